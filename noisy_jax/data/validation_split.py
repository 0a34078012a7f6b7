"""The validation split of a training set, by its name in flags."""

import dataclasses
import re

_FORM = re.compile(r"(0?\.[0-9]+)(:clean)?")


@dataclasses.dataclass(frozen=True)
class ValidationSplit:
  """Training examples held out to choose the best epoch by; its `str` parses to the same.

  Attributes:
    share: share of the training examples, in (0, 1).
    is_clean: whether it has the labels before the noise, in place of the given ones, and
      no foreign images.
  """

  share: float
  is_clean: bool = False

  def __str__(self) -> str:
    return f"{self.share}{':clean' if self.is_clean else ''}"


def parse_validation(text: str) -> ValidationSplit | None:
  """Parses a validation split.

  Args:
    text: SHARE or SHARE:clean with 0 < SHARE < 1, such as 0.1; or none.

  Returns:
    `ValidationSplit`; None for the text none.

  Raises:
    ValueError: naming the value and what would be right.

  Example:
    >>> parse_validation("0.1:clean")
    ValidationSplit(share=0.1, is_clean=True)
  """
  if text == "none":
    return None
  match = _FORM.fullmatch(text)
  if match is None or float(match[1]) == 0:
    raise ValueError(
      f"validation: {text!r}, must be none, SHARE or SHARE:clean with SHARE in (0, 1), "
      "such as 0.1"
    )
  return ValidationSplit(float(match[1]), match[2] is not None)

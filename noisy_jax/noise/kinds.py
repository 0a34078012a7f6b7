"""Kinds of noise by name, as in flags, such as symmetric or asymmetric:MAP."""

import dataclasses

from noisy_jax.noise.class_maps import CLASS_MAPS
from noisy_jax.noise.columns import check_path
from noisy_jax.noise.instance import PIXELS

# A word in capitals stands for any text.
_FORMS = (
  "symmetric",
  "symmetric_including_true",
  "pairflip",
  "asymmetric",
  "asymmetric:MAP",
  "instance",
  "instance:PIXELS",
  "matrix:FILE",
  "file:PATH",
  "human:KIND",
  "open_set:DATASET",
  "open_set:COUNT",
)
KINDS = ", ".join(_FORMS)


@dataclasses.dataclass(frozen=True)
class NoiseKind:
  """A kind of noise; its `str` parses to the same.

  Attributes:
    name: text before the colon.
    detail: text after the colon; empty without one.
  """

  name: str
  detail: str = ""

  def __str__(self) -> str:
    return f"{self.name}:{self.detail}" if self.detail else self.name

  @property
  def has_rate(self) -> bool:
    """Whether it needs a rate; other kinds define the wrong labels themselves."""
    return self.name not in ("matrix", "human", "file")

  @property
  def has_sampling(self) -> bool:
    """Whether its labels are drawn from a transition matrix."""
    return not self.needs_images and self.name != "file"

  @property
  def needs_images(self) -> bool:
    """Whether it needs the images or their ids."""
    return self.name in ("instance", "human", "open_set")

  @property
  def has_votes(self) -> bool:
    """Whether each example has the labels of several people."""
    return str(self) == "human:votes"

  @property
  def num_held_out(self) -> int | None:
    """Number of classes that become foreign: COUNT of `open_set:COUNT`, else None."""
    is_count = self.name == "open_set" and self.detail.isdecimal()
    return int(self.detail) if is_count else None

  @property
  def file_and_column(self) -> tuple[str, str]:
    """Path and column of `file:PATH::COLUMN`; the column is empty for `file:PATH`."""
    path, colons, column = self.detail.rpartition("::")
    return (path, column) if colons else (column, "")


def parse(text: str) -> NoiseKind:
  """Parses a kind of noise, without reading its file.

  Args:
    text: one of `KINDS`, where MAP is a key of `CLASS_MAPS`, PIXELS one of `PIXELS`, KIND a
      kind of human labels, and COUNT a number of classes.

  Returns:
    `NoiseKind`.

  Raises:
    ValueError: if the form of the text, the map, the pixels or the ending of a file of
      labels is unknown.
  """
  name, colon, detail = text.partition(":")
  known_forms = {(form.partition(":")[0], ":" in form) for form in _FORMS}
  if (name, bool(colon)) not in known_forms or (colon and not detail):
    raise ValueError(f"noise: unknown {text!r}; known: {KINDS}")
  kind = NoiseKind(name, detail)
  if name == "asymmetric" and detail and detail not in CLASS_MAPS:
    raise ValueError(f"noise: unknown map {detail!r}; known: {', '.join(CLASS_MAPS)}")
  if name == "instance" and detail not in ("", *PIXELS):
    raise ValueError(f"noise: unknown pixels {detail!r}; known: {', '.join(PIXELS)}")
  if name == "file":
    try:
      check_path(kind.file_and_column[0])
    except ValueError as error:
      raise ValueError(f"noise: {text}: {error}") from None
  return kind

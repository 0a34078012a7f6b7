"""Names of data sets, as flags write them."""

import dataclasses
import re

from noisy_jax.data.tfds_builder import check_tfds_name

_DIGITS = re.compile(r"digits([1-9][0-9]{0,3})")
_FILES = re.compile(r"(folder|npz):(.+)", re.DOTALL)
_KNOWN = "digits2 ... digits1000, folder:PATH, npz:PATH, and sets of TFDS such as cifar10"
_NONE = "none"


@dataclasses.dataclass(frozen=True)
class DatasetName:
  """A data set by name; its `str` parses to the same.

  Attributes:
    source: digits, folder, npz or tfds.
    detail: number of classes, path of the folder or the file, or name in TFDS.
  """

  source: str
  detail: str

  def __str__(self) -> str:
    prefix = {"digits": "digits", "tfds": ""}.get(self.source, f"{self.source}:")
    return f"{prefix}{self.detail}"

  @property
  def tfds_set(self) -> str:
    """The set of TFDS without configuration and version; empty for other sources."""
    return re.split("[:/]", self.detail)[0] if self.source == "tfds" else ""

  @property
  def has_one_size(self) -> bool:
    """Whether all its images are in memory in one size, neither scaled nor streamed."""
    return self.source in ("digits", "npz")


@dataclasses.dataclass(frozen=True)
class SplitName:
  """One split of a set of TFDS; its `str` parses to the same."""

  dataset: DatasetName
  split: str

  def __str__(self) -> str:
    return f"{self.dataset}:{self.split}"


def parse_name(name: str | DatasetName) -> DatasetName:
  """The data set of that name; reads no data.

  Args:
    name: `digitsK` with 2 <= K <= 1000, `folder:PATH`, `npz:PATH`, or a name that TFDS
      knows: NAME, NAME/CONFIG, NAME:VERSION or NAME/CONFIG:VERSION. A parsed one stays.

  Returns:
    `DatasetName`.

  Raises:
    ValueError: if the name is unknown, with the known ones and the nearest of TFDS.
  """
  if isinstance(name, DatasetName):
    return name
  if (match := _DIGITS.fullmatch(name)) and 2 <= int(match[1]) <= 1000:
    return DatasetName("digits", match[1])
  if match := _FILES.fullmatch(name):
    return DatasetName(*match.groups())
  if name.startswith(("digits", "folder", "npz")):
    raise ValueError(f"dataset: unknown {name!r}; known: {_KNOWN}")
  try:
    check_tfds_name(name)
  except ValueError as error:
    near = str(error).rpartition("; ")[2]
    raise ValueError(f"dataset: unknown {name!r}; known: {_KNOWN}; {near}") from None
  return DatasetName("tfds", name)


def parse_extra_test(text: str) -> SplitName | None:
  """The split of a set of TFDS to measure on besides the test set; reads no data.

  Args:
    text: NAME:SPLIT, such as `webvision_imagenet/mini:validation`; or none.

  Returns:
    `SplitName`; None for none.

  Raises:
    ValueError: naming the value and what would be right.
  """
  if text == _NONE:
    return None
  name, _, split = text.rpartition(":")
  if not (name and split) or name.startswith(("digits", "folder", "npz")):
    raise ValueError(
      f"extra_test: {text!r}, must be none or NAME:SPLIT, a split of a set of TFDS, such "
      "as webvision_imagenet/mini:validation"
    )
  try:
    return SplitName(parse_name(name), split)
  except ValueError as error:
    raise ValueError(f"extra_test: {text!r}: {error}") from None


def parse_clean(text: str) -> DatasetName | None:
  """Files with examples whose labels are right; reads nothing.

  Args:
    text: folder:PATH or npz:PATH; or none.

  Returns:
    `DatasetName`; None for none.

  Raises:
    ValueError: naming the value and what would be right.
  """
  if text == _NONE:
    return None
  if not (match := _FILES.fullmatch(text)):
    raise ValueError(f"clean: unknown {text!r}; known: none, folder:PATH, npz:PATH")
  return DatasetName(*match.groups())

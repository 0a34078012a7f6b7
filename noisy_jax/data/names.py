"""Names of data sets in flags, parsed."""

import dataclasses
import re

from noisy_jax.data.tfds_builder import check_tfds_name

_DIGITS = re.compile(r"digits([1-9][0-9]{0,3})")
_FILES = re.compile(r"(folder|npz|npy|arrays):(.+)", re.DOTALL)
_KNOWN = (
  "digits2 ... digits1000, folder:PATH, npz:FILE, npy:DIR, and TFDS sets such as cifar10"
)
_NONE = "none"
# No name of TFDS begins so.
_OWN_SOURCES = ("digits", "folder", "npz", "npy", "arrays")


@dataclasses.dataclass(frozen=True)
class DatasetName:
  """A data set by name; its `str` parses to the same.

  Attributes:
    source: digits, folder, npz, npy, arrays or tfds.
    detail: number of classes, path of the folder, the file or the directory, any text for
      arrays, or name in TFDS.
  """

  source: str
  detail: str

  def __str__(self) -> str:
    prefix = {"digits": "digits", "tfds": ""}.get(self.source, f"{self.source}:")
    return f"{prefix}{self.detail}"

  @property
  def tfds_set(self) -> str:
    """The name in TFDS without configuration and version; empty for other sources."""
    return re.split("[:/]", self.detail)[0] if self.source == "tfds" else ""

  @property
  def has_one_size(self) -> bool:
    """Whether inputs have one size and stay in memory, neither scaled nor streamed."""
    return self.source in ("digits", "npz", "npy", "arrays")


@dataclasses.dataclass(frozen=True)
class SplitName:
  """One split of a TFDS set; its `str` parses to the same.

  Attributes:
    dataset: name of the set.
    split: name of the split.
  """

  dataset: DatasetName
  split: str

  def __str__(self) -> str:
    return f"{self.dataset}:{self.split}"


def parse_name(name: str | DatasetName) -> DatasetName:
  """Parses the name of a data set, without reading data.

  Args:
    name: `digitsK` with 2 <= K <= 1000, `folder:PATH`, `npz:FILE`, `npy:DIR`,
      `arrays:TEXT` for a set that is passed in Python, or a name in TFDS: NAME,
      NAME/CONFIG, NAME:VERSION or NAME/CONFIG:VERSION. A parsed name is returned as it is.

  Returns:
    `DatasetName`.

  Raises:
    ValueError: if the name is unknown, with the known names and the nearest ones in TFDS.

  Example:
    >>> parse_name("digits100")
    DatasetName(source='digits', detail='100')
  """
  if isinstance(name, DatasetName):
    return name
  if (match := _DIGITS.fullmatch(name)) and 2 <= int(match[1]) <= 1000:
    return DatasetName("digits", match[1])
  if match := _FILES.fullmatch(name):
    return DatasetName(*match.groups())
  if name.startswith(_OWN_SOURCES):
    raise ValueError(f"dataset: unknown {name!r}; known: {_KNOWN}")
  try:
    check_tfds_name(name)
  except ValueError as error:
    near = str(error).rpartition("; ")[2]
    raise ValueError(f"dataset: unknown {name!r}; known: {_KNOWN}; {near}") from None
  return DatasetName("tfds", name)


def parse_extra_test(text: str) -> SplitName | None:
  """Parses the name of a second test set, without reading data.

  Args:
    text: NAME:SPLIT in TFDS, such as `webvision_imagenet/mini:validation`; or none.

  Returns:
    `SplitName`; None for the text none.

  Raises:
    ValueError: naming the value and what would be right.
  """
  if text == _NONE:
    return None
  name, _, split = text.rpartition(":")
  if not (name and split) or name.startswith(_OWN_SOURCES):
    raise ValueError(
      f"extra_test: {text!r}, must be none or NAME:SPLIT, a split of a TFDS set, such as "
      "webvision_imagenet/mini:validation"
    )
  try:
    return SplitName(parse_name(name), split)
  except ValueError as error:
    raise ValueError(f"extra_test: {text!r}: {error}") from None


def parse_clean(text: str) -> DatasetName | None:
  """Parses the name of files with right labels, without reading them.

  Args:
    text: folder:PATH or npz:FILE; or none.

  Returns:
    `DatasetName`; None for the text none.

  Raises:
    ValueError: naming the value and what would be right.
  """
  if text == _NONE:
    return None
  match = _FILES.fullmatch(text)
  if match is None or match[1] in ("npy", "arrays"):
    raise ValueError(f"clean: unknown {text!r}; known: none, folder:PATH, npz:FILE")
  return DatasetName(*match.groups())

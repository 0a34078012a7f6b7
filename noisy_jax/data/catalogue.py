"""Data sets by the names that flags use."""

import os
import re

from noisy_jax.data.dataset import Dataset
from noisy_jax.data.digits import digits
from noisy_jax.data.tfds import from_tfds
from noisy_jax.data.tfds_builder import check_tfds_name

_DIGITS = re.compile(r"digits([1-9][0-9]*)")
_KNOWN = "digits2 ... digits1000, and sets of TFDS such as cifar10"


def check_name(name: str) -> None:
  """Refuses a name that `load` does not know, without loading anything.

  Args:
    name: of a data set; see `load`.

  Raises:
    ValueError: if the name is unknown, with the known ones and the nearest of TFDS.
  """
  match = _DIGITS.fullmatch(name)
  if match and 2 <= int(match[1]) <= 1000:
    return
  if name.startswith("digits"):
    raise ValueError(f"dataset: unknown {name!r}; known: {_KNOWN}")
  try:
    check_tfds_name(name)
  except ValueError as error:
    near = str(error).rpartition("; ")[2]
    raise ValueError(f"dataset: unknown {name!r}; known: {_KNOWN}; {near}") from None


def load(
  name: str,
  data_dir: str | os.PathLike | None = None,
  *,
  image_size: int | None = None,
  download: bool = False,
) -> Dataset:
  """The data set of that name, in memory.

  Args:
    name: `digitsK` with 2 <= K <= 1000 (needs no files), or a name TFDS knows, such as
      `cifar10` or `imagenet_resized/32x32` (`from_tfds`).
    data_dir: where TFDS finds prepared sets.
    image_size: height and width to scale images to, for sets of TFDS; None leaves
      them as they are.
    download: whether TFDS may download and prepare a set that is not there.

  Returns:
    `Dataset`.

  Raises:
    ValueError: if the name is unknown, with the known ones; if an option is out of range
      or not for this set; or if the set is not what it must be.
    OSError: if the set is missing, with what to run, or if it is damaged.
  """
  check_name(name)
  match = _DIGITS.fullmatch(name)
  if not match:
    return from_tfds(name, data_dir, image_size=image_size, download=download)
  if image_size is not None:
    raise ValueError(
      f"image_size: {image_size}, must be left out for {name}, whose images have one size"
    )
  return digits(int(match[1]))

"""Data sets by the names that flags use."""

import os
import re

from noisy_jax.data.dataset import Dataset
from noisy_jax.data.digits import digits
from noisy_jax.data.folder import ON_BAD_IMAGE, from_folder
from noisy_jax.data.npz import from_npz
from noisy_jax.data.tfds import from_tfds
from noisy_jax.data.tfds_builder import check_tfds_name

_DIGITS = re.compile(r"digits([1-9][0-9]{0,3})")
_FILES = re.compile(r"(folder|npz):(.+)", re.DOTALL)
_KNOWN = "digits2 ... digits1000, folder:PATH, npz:PATH, and sets of TFDS such as cifar10"


def check_name(name: str) -> None:
  """Refuses a name that `load` does not know, without loading anything.

  Args:
    name: of a data set; see `load`.

  Raises:
    ValueError: if the name is unknown, with the known ones and the nearest of TFDS.
  """
  match = _DIGITS.fullmatch(name)
  if (match and 2 <= int(match[1]) <= 1000) or _FILES.fullmatch(name):
    return
  if name.startswith(("digits", "folder", "npz")):
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
  on_bad_image: str = "fail",
  download: bool = False,
) -> Dataset:
  """The data set of that name, in memory.

  Args:
    name: `digitsK` with 2 <= K <= 1000 (needs no files), `folder:PATH` (`from_folder`),
      `npz:PATH` (`from_npz`), or a name TFDS knows, such as `cifar10` or
      `imagenet_resized/32x32` (`from_tfds`).
    data_dir: where TFDS finds prepared sets.
    image_size: height and width to scale images to, for folders and sets of TFDS; None
      leaves them as they are.
    on_bad_image: `fail` or `skip` files of a folder that cannot be read.
    download: whether TFDS may download and prepare a set that is not there.

  Returns:
    `Dataset`.

  Raises:
    ValueError: if the name is unknown, with the known ones; if an option is out of range
      or not for this set; or if the set is not what it must be.
    OSError: if the set is missing, with what to run, or if it is damaged.
  """
  check_name(name)
  if on_bad_image not in ON_BAD_IMAGE:
    raise ValueError(f"on_bad_image: {on_bad_image!r}, must be {' or '.join(ON_BAD_IMAGE)}")
  kind, path = match.groups() if (match := _FILES.fullmatch(name)) else ("", "")
  if kind == "folder":
    return from_folder(path, image_size=image_size, on_bad_image=on_bad_image)
  digits_match = _DIGITS.fullmatch(name)
  if not (digits_match or kind):
    return from_tfds(name, data_dir, image_size=image_size, download=download)
  if image_size is not None:
    raise ValueError(
      f"image_size: {image_size}, must be left out for {name}, whose images have one size"
    )
  return digits(int(digits_match[1])) if digits_match else from_npz(path)

"""Data sets by the names that flags use."""

import os

from noisy_jax.data.dataset import Dataset
from noisy_jax.data.digits import digits
from noisy_jax.data.folder import ON_BAD_IMAGE, from_folder
from noisy_jax.data.names import DatasetName, parse_name
from noisy_jax.data.npz import from_npz
from noisy_jax.data.tfds import from_tfds


def load(
  name: str | DatasetName,
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
      `imagenet_resized/32x32` (`from_tfds`); or a parsed one.
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
  name = parse_name(name)
  if on_bad_image not in ON_BAD_IMAGE:
    raise ValueError(f"on_bad_image: {on_bad_image!r}, must be {' or '.join(ON_BAD_IMAGE)}")
  if name.has_one_size and image_size is not None:
    raise ValueError(
      f"image_size: {image_size}, must be left out for {name}, whose images have one size"
    )
  match name.source:
    case "digits":
      return digits(int(name.detail))
    case "npz":
      return from_npz(name.detail)
    case "folder":
      return from_folder(name.detail, image_size=image_size, on_bad_image=on_bad_image)
  return from_tfds(name.detail, data_dir, image_size=image_size, download=download)

"""Data sets by the names that flags use."""

import os

from noisy_jax.data.dataset import Dataset
from noisy_jax.data.digits import digits
from noisy_jax.data.folder import ON_BAD_IMAGE, from_folder
from noisy_jax.data.names import DatasetName, parse_name
from noisy_jax.data.npz import from_npy, from_npz
from noisy_jax.data.tfds import from_tfds


def load(
  name: str | DatasetName,
  data_dir: str | os.PathLike | None = None,
  *,
  image_size: int | None = None,
  on_bad_image: str = "fail",
  download: bool = False,
) -> Dataset:
  """Loads a data set by name into memory.

  Args:
    name: `digitsK` with 2 <= K <= 1000 (needs no files), `folder:PATH` (`from_folder`),
      `npz:FILE` (`from_npz`), `npy:DIR` (`from_npy`), or a name in TFDS, such as `cifar10`
      or `imagenet_resized/32x32` (`from_tfds`); or a parsed name.
    data_dir: directory of prepared TFDS sets.
    image_size: height and width to scale images to, for folders and TFDS sets; None keeps
      their size.
    on_bad_image: `fail` or `skip` at files of a folder that cannot be read.
    download: whether TFDS may download and prepare a set that is not there.

  Returns:
    `Dataset`.

  Raises:
    ValueError: if the name is unknown, with the known ones; if an option is out of range
      or does not apply to this set; or if the set has not the form that it must have.
    OSError: if the set is missing, with the command that prepares it, or damaged.

  Example:
    >>> dataset = load("digits100")
    >>> dataset.train_images.shape
    (40000, 8, 24, 1)
  """
  name = parse_name(name)
  if on_bad_image not in ON_BAD_IMAGE:
    raise ValueError(f"on_bad_image: {on_bad_image!r}, must be {' or '.join(ON_BAD_IMAGE)}")
  if name.has_one_size and image_size is not None:
    raise ValueError(
      f"image_size: {image_size}, must be left out for {name}, whose examples have one size"
    )
  match name.source:
    case "digits":
      return digits(int(name.detail))
    case "npz":
      return from_npz(name.detail)
    case "arrays":
      raise ValueError(
        f"dataset: {name}, must be passed beside the config: "
        "runs.prepare(config, dataset=data.from_arrays(...))"
      )
    case "npy":
      return from_npy(name.detail)
    case "folder":
      return from_folder(name.detail, image_size=image_size, on_bad_image=on_bad_image)
  return from_tfds(name.detail, data_dir, image_size=image_size, download=download)

"""How much memory a set would take, told before its images are read."""

import os

from noisy_jax.data import tfds
from noisy_jax.data.folder import list_folder
from noisy_jax.data.formats import FORMATS
from noisy_jax.data.names import DatasetName, parse_name
from noisy_jax.data.tfds_builder import damage_in_one_line, open_builder, prepared_builder

# Of a set of TFDS, in search of one that can be read.
_NUM_TRIED = 100


def decoded_bytes(
  name: str | DatasetName,
  data_dir: str | os.PathLike | None = None,
  *,
  image_size: int | None = None,
  download: bool = False,
) -> int:
  """What the images of both splits would take, if `load` read them.

  An estimate where images differ in size: all count as large as the first one.

  Args:
    name: as `load` takes it.
    data_dir: where TFDS finds prepared sets.
    image_size: height and width that images are scaled to; None leaves them as they are.
    download: whether TFDS may download and prepare a set that is not there.

  Returns:
    Bytes; 0 for digits and npz files, which cannot be streamed.

  Raises:
    OSError: as `load`.
    ValueError: likewise.
  """
  name = parse_name(name)
  if name.has_one_size:
    return 0
  if name.source == "folder":
    num_images, pixels = _of_folder(name.detail)
  else:
    num_images, pixels = _of_tfds(name.detail, data_dir, download)
  return 3 * num_images * (image_size**2 if image_size else pixels)


def _of_folder(path):
  """How many images there are, and how many pixels the first readable one has."""
  from PIL import Image

  listing = list_folder(path)
  splits = (listing.train, listing.test)
  num_images = sum(len(split.paths) for split in splits)
  for file in listing.train.paths:
    try:
      with Image.open(os.path.join(listing.root, file), formats=FORMATS) as image:
        return num_images, image.width * image.height
    except Exception:
      # Pillow's decoders fail in many ways; who reads the file will tell.
      continue
  return num_images, 0


def _of_tfds(name, data_dir, download):
  """Likewise."""
  # Asked before anything is downloaded.
  tfds.feature_names(name, open_builder(name, data_dir).info)
  builder = prepared_builder(name, data_dir, download=download)
  chosen = tfds.choose(name, builder)
  splits = builder.info.splits
  num_images = sum(splits[split].num_examples for split in (chosen.train, chosen.test))
  with damage_in_one_line(name, data_dir):
    source = builder.as_data_source(chosen.train)
  for index in range(min(len(source), _NUM_TRIED)):
    try:
      height, width, _ = source[index][chosen.image_key].shape
    except Exception:
      # Likewise.
      continue
    return num_images, height * width
  return num_images, 0

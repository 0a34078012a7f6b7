"""An estimate of a set's size in memory, before its images are read."""

import os

from noisy_jax.data import tfds
from noisy_jax.data.folder_listing import list_folder
from noisy_jax.data.formats import FORMATS
from noisy_jax.data.names import DatasetName, parse_name
from noisy_jax.data.tfds_builder import damage_in_one_line, open_builder, prepared_builder

# Images of a TFDS set to try, in search of a readable one.
_NUM_TRIED = 100


def decoded_bytes(
  name: str | DatasetName,
  data_dir: str | os.PathLike | None = None,
  *,
  image_size: int | None = None,
  download: bool = False,
) -> int:
  """Estimates the memory for the images of both splits, if `load` read them.

  Where images differ in size, all count as large as the first one.

  Args:
    name: name of the set, as in `load`.
    data_dir: directory of prepared TFDS sets.
    image_size: height and width to scale images to; None keeps their size.
    download: whether TFDS may download and prepare a set that is not there.

  Returns:
    Bytes; 0 for digits and for npz and npy files, which cannot be streamed.

  Raises:
    OSError: as `load`.
    ValueError: as `load`.
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
  """The number of images of a folder, and of pixels of the first readable one."""
  from PIL import Image

  listing = list_folder(path)
  splits = (listing.train, listing.test)
  num_images = sum(len(split.paths) for split in splits)
  for file in listing.train.paths:
    try:
      with Image.open(os.path.join(listing.root, file), formats=FORMATS) as image:
        return num_images, image.width * image.height
    except Exception:
      # Pillow's decoders fail in many ways; the reader of the file reports it.
      continue
  return num_images, 0


def _of_tfds(name, data_dir, download):
  """The number of images of a TFDS set, and of pixels of the first readable one."""
  # Checked before any download.
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
      # Decoders fail in many ways; the reader of the set reports it.
      continue
    return num_images, height * width
  return num_images, 0

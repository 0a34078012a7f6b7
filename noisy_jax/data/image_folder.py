"""Images of any folder, in the shape that a network was trained on."""

import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from noisy_jax.data.formats import ENDINGS, left_out_note
from noisy_jax.data.image_files import decode
from noisy_jax.data.image_paths import images_below
from noisy_jax.data.links import Places
from noisy_jax.data.stream import Stream
from noisy_jax.data.stream_sources import FolderSource
from noisy_jax.paths import expanded_path


class ImageFolder(NamedTuple):
  """What a folder holds.

  Attributes:
    images: uint8[n, height, width, channels]; or a stream of them.
    paths: of the n images, relative to the folder, with /, sorted.
    bad: those of the files that cannot be read whole.
    notes: what is to be said of the files that are no pictures, a sentence each.
  """

  images: np.ndarray | Stream
  paths: tuple[str, ...]
  bad: tuple[str, ...]
  notes: tuple[str, ...] = ()


def read_images(path: str | os.PathLike, image_shape: Sequence[int]) -> ImageFolder:
  """Reads all pictures below a folder, which need no order of any kind.

  By their endings; names that begin with a dot are passed over. What becomes of an image
  does not depend on those beside it.

  Args:
    path: the folder; ~ is the home directory.
    image_shape: height and width that all images are scaled to, and the number of
      channels, 1 or 3; with 3, grey images get three equal ones.

  Returns:
    `ImageFolder`.

  Raises:
    OSError: if there is no such folder, or no file in it that can be read.
    ValueError: if an image has colours and is to have one channel, if the number of
      channels is another, or if a link leads back into the folder or above it.
  """
  height, width, channels = image_shape
  if channels not in (1, 3):
    raise ValueError(f"images: files have 1 or 3 channels, must be {channels}")
  root, (paths, others) = _listed(path)
  images, bad = decode(root, paths, (height, width), skip_bad=True)
  if not len(images):
    raise OSError(f"images: {root}, none of {len(paths):,} files can be read as an image")
  if images.shape[-1] > channels:
    raise ValueError(f"images: {root} has images with colours, must have grey ones alone")
  if images.shape[-1] < channels:
    images = np.repeat(images, channels, axis=-1)
  unreadable = {paths[position] for position in bad}
  return ImageFolder(
    images,
    tuple(file for file in paths if file not in unreadable),
    tuple(file for file in paths if file in unreadable),
    left_out_note(others),
  )


def labels_by_folder(paths: Sequence[str], class_names: Sequence[str]) -> np.ndarray:
  """The class that the first folder on the way to each image names.

  Args:
    paths: of the images, with /.
    class_names: the class id is the position.

  Returns:
    Class ids, int32[n]; -1 where there is no folder, or none of that name.
  """
  class_ids = {name: class_id for class_id, name in enumerate(class_names)}
  folders = [path.partition("/")[0] if "/" in path else None for path in paths]
  labels = [-1 if name is None else class_ids.get(name, -1) for name in folders]
  return np.array(labels, np.int32)


def stream_images(path: str | os.PathLike) -> ImageFolder:
  """The same files as `read_images` reads, streamed.

  Args:
    path: the folder; ~ is the home directory.

  Returns:
    `ImageFolder` of a `Stream`, whose labels are 0.

  Raises:
    OSError: if there is no such folder, or no file in it that can be read.
    ValueError: if a link leads back into the folder or above it.
  """
  root, (paths, others) = _listed(path)
  source = FolderSource(root, paths, np.zeros(len(paths), np.int32))
  stream, bad = Stream(source).readable("images")
  return ImageFolder(stream, stream.ids(), bad, left_out_note(others))


def _listed(path):
  root = os.path.abspath(expanded_path("images", path))
  if not os.path.isdir(root):
    raise FileNotFoundError(f"images: {root}, there is no such folder")
  places = Places("images")
  places.add(root)
  found = images_below(root, "", places)
  if not found.paths:
    raise FileNotFoundError(f"images: {root} has no picture ({', '.join(ENDINGS)})")
  return root, found

"""The images of any folder, in the shape that a network was trained on."""

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
  """The images of a folder.

  Attributes:
    images: uint8[n, height, width, channels]; or a stream of images.
    paths: paths of the n images, relative to the folder, with /, sorted.
    bad: paths of the files that cannot be read whole.
    notes: sentences on the files that are not pictures.
  """

  images: np.ndarray | Stream
  paths: tuple[str, ...]
  bad: tuple[str, ...]
  notes: tuple[str, ...] = ()


def read_images(path: str | os.PathLike, image_shape: Sequence[int]) -> ImageFolder:
  """Reads all pictures below a folder, in any arrangement.

  A picture is known by its ending; names that begin with a dot are ignored. The result of
  one image does not depend on the others.

  Args:
    path: the folder; ~ is the home directory.
    image_shape: height and width to scale all images to, and the number of channels, 1 or
      3; with 3, grey images get three equal channels.

  Returns:
    `ImageFolder`.

  Raises:
    OSError: if there is no such folder, or it has no readable image.
    ValueError: if an image has colours where one channel is wanted, if the number of
      channels is not 1 or 3, or if a link leads back into the folder or above it.
  """
  height, width, channels = image_shape
  if channels not in (1, 3):
    raise ValueError(f"images: files have 1 or 3 channels, must be {channels}")
  root, (paths, others) = _listed(path)
  images, bad = decode(root, paths, (height, width), skip_bad=True)
  if not len(images):
    raise OSError(f"images: {root}, none of {len(paths):,} files can be read as an image")
  if images.shape[-1] > channels:
    raise ValueError(f"images: {root} has images with colours, must have only grey images")
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
  """The class of each image, by the name of the first folder in its path.

  Args:
    paths: paths of the images, with /.
    class_names: names of the classes; the class id is the position.

  Returns:
    Class ids, int32[n]; -1 if the path has no folder, or its folder no class.
  """
  class_ids = {name: class_id for class_id, name in enumerate(class_names)}
  folders = [path.partition("/")[0] if "/" in path else None for path in paths]
  labels = [-1 if name is None else class_ids.get(name, -1) for name in folders]
  return np.array(labels, np.int32)


def stream_images(path: str | os.PathLike) -> ImageFolder:
  """Streams the files that `read_images` would read.

  Args:
    path: the folder; ~ is the home directory.

  Returns:
    `ImageFolder` of a `Stream`, whose labels are 0.

  Raises:
    OSError: if there is no such folder, or it has no readable image.
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

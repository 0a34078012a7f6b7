"""Reading examples with right labels, for a set whose labels may be wrong."""

from typing import NamedTuple

import numpy as np
from absl import logging

from noisy_jax.data import npz
from noisy_jax.data.dataset import Dataset
from noisy_jax.data.image_folder import labels_by_folder, read_images
from noisy_jax.data.names import DatasetName
from noisy_jax.data.stream import Stream
from noisy_jax.noise import check_labels


class LabeledExamples(NamedTuple):
  """Images or features outside the training set, with labels.

  Attributes:
    images: in the shape of the data set's images or features, [n, ...]; or a stream.
    labels: class ids, int32[n].
  """

  images: np.ndarray | Stream
  labels: np.ndarray


def clean_examples(name: DatasetName, dataset: Dataset) -> LabeledExamples:
  """Reads examples with right labels, with the classes and image shape of a set.

  Args:
    name: name of the files, from `parse_clean`. `folder:PATH` has images in PATH/CLASS/, at
      any depth, which are scaled to the set's shape. `npz:FILE` has `images`, uint8
      [n, height, width, channels] or [n, height, width], or `features`, [n, d]; `labels`,
      int[n]; and optionally `class_names`, str[K], by which labels are matched to the set's
      classes.
    dataset: the set.

  Returns:
    `LabeledExamples`, with uint8 images or float32 features.

  Raises:
    OSError: if the folder or the file is missing, or cannot be read.
    ValueError: if the images or the classes do not fit the set.
  """
  try:
    images, labels = _READERS[name.source](name.detail, dataset)
    if images.shape[1:] != dataset.image_shape or len(images) != len(labels):
      raise ValueError(
        f"{len(labels)} labels and images of shape {list(images.shape)}, must be n of "
        f"both, and the images {list(dataset.image_shape)} as in the data set"
      )
    return LabeledExamples(images, check_labels(labels, dataset.num_classes))
  except (ValueError, OSError) as error:
    raise type(error)(f"clean: {name}: {error}") from error


def _from_folder(path, dataset):
  if len(dataset.image_shape) == 1:
    raise ValueError("a folder has images, and the data set features; must be npz:FILE")
  found = read_images(path, dataset.image_shape)
  if found.bad:
    raise OSError(f"{found.bad[0]} cannot be read, one of {len(found.bad)} such files")
  for note in found.notes:
    logging.warning("clean: %s", note)
  names = dataset.class_names or tuple(map(str, range(dataset.num_classes)))
  labels = labels_by_folder(found.paths, names)
  nameless = np.flatnonzero(labels < 0)
  if nameless.size:
    raise ValueError(
      f"{found.paths[nameless[0]]}, one of {nameless.size} such files, must lie in a "
      f"folder with the name of a class, such as {names[0]}"
    )
  return found.images, labels


def _from_npz(path, dataset):
  kind = "features" if len(dataset.image_shape) == 1 else "images"
  arrays = npz.read_arrays(path, (kind, "labels", "class_names"))
  npz.check_complete(f"npz:{path}", arrays, (kind, "labels"))
  images, labels = npz.as_inputs(arrays, kind), arrays["labels"]
  theirs = tuple(arrays.get("class_names", np.array([], str)).tolist())
  if theirs in ((), dataset.class_names):
    return images, labels
  if sorted(theirs) != sorted(dataset.class_names):
    other = min(set(theirs) ^ set(dataset.class_names), default=theirs[0])
    raise ValueError(f"class_names: {other!r}, must be in both data sets, once")
  class_ids = np.array([dataset.class_names.index(name) for name in theirs])
  return images, class_ids[check_labels(labels, len(theirs))]


_READERS = {"folder": _from_folder, "npz": _from_npz}

"""A data set from arrays of images or of features."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from noisy_jax.data.dataset import Dataset, check_dataset


def from_arrays(
  train: ArrayLike,
  train_labels: ArrayLike,
  test: ArrayLike,
  test_labels: ArrayLike,
  *,
  class_names: Sequence[str] | np.ndarray = (),
  train_ids: ArrayLike | None = None,
  test_ids: ArrayLike | None = None,
) -> Dataset:
  """Makes a data set from arrays of images or of features, such as embeddings.

  Features are numbers of any scale, [n, d]; training standardises each of them. Float32
  arrays are not copied, so that a memory-mapped array stays in its file.

  Args:
    train: training images, uint8 [n, height, width, channels] or [n, height, width], or
      float32 in [0, 1]; or training features, [n, d], of any real type.
    train_labels: class ids from 0, int[n].
    test: images or features to measure on, in the form of `train`.
    test_labels: labels of these, int[m].
    class_names: one name a class. Without names, K is the largest label plus one, and must
      not exceed the number of labels.
    train_ids: names of the training examples, n of them.
    test_ids: names of the test examples, m of them.

  Returns:
    `Dataset`.

  Raises:
    ValueError: if an array has another type or shape, a float32 image is not in [0, 1], a
      feature is not finite, two classes have the same name, or a label is out of range; in
      one line.

  Example:
    >>> rng = np.random.default_rng(0)
    >>> features, labels = rng.normal(size=(30, 8)), np.arange(30) % 3
    >>> dataset = from_arrays(features, labels, features, labels)
    >>> dataset.num_classes, dataset.image_shape
    (3, (8,))
  """
  names = _checked_names(class_names)
  labels = np.asarray(train_labels), np.asarray(test_labels)
  return check_dataset(
    Dataset(
      _inputs(train),
      labels[0],
      _inputs(test),
      labels[1],
      len(names) or _count_classes(labels),
      names,
      None if train_ids is None else np.asarray(train_ids, str),
      None if test_ids is None else np.asarray(test_ids, str),
    )
  )


def _checked_names(class_names):
  if not len(class_names):
    return ()
  names = np.asarray(class_names)
  if names.ndim != 1 or names.dtype.kind != "U" or names.size == 1:
    raise ValueError(
      f"class_names: {names.dtype}{list(names.shape)}, must be one row of at least two "
      "strings"
    )
  values, counts = np.unique(names, return_counts=True)
  if len(values) < len(names):
    twice = str(values[counts > 1][0])
    raise ValueError(f"class_names: {twice!r} names two classes, must name one")
  return tuple(names.tolist())


def _inputs(array):
  array = np.asanyarray(array)
  if array.ndim == 2 and array.dtype.kind in "buif":
    array = array.astype(np.float32, copy=False)
  return array[..., None] if array.ndim == 3 else array


def _count_classes(labels):
  """The largest label plus one, or 2; labels of another type are left to check_dataset."""
  rows = [row for row in labels if row.size and row.dtype.kind in "iu"]
  largest = max([1, *(int(row.max()) for row in rows)])
  num_labels = sum(map(np.size, labels))
  # A stray number would make as many classes, most of them without an example.
  if largest >= max(2, num_labels):
    raise ValueError(
      f"labels: {largest}, must be below {num_labels}, the number of labels; class_names "
      "allow more classes"
    )
  return largest + 1

"""npz:PATH, a data set of four arrays in one NumPy file."""

import os
from collections.abc import Mapping, Sequence

import numpy as np

from noisy_jax.data.dataset import Dataset, check_dataset
from noisy_jax.paths import expanded_path

_ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")


def from_npz(path: str | os.PathLike) -> Dataset:
  """Reads a data set from a file that `np.savez` or `np.savez_compressed` wrote.

  The file has `train_images` and `test_images`, uint8 [n, height, width, channels], or
  [n, height, width] for one channel; `train_labels` and `test_labels`, integers [n] from
  0; and optionally `class_names`, str[K]. Without names, K is the largest label plus one,
  and must not exceed the number of labels.

  Args:
    path: path of the file.

  Returns:
    `Dataset` with uint8 images.

  Raises:
    OSError: if the file is missing or damaged, or not an npz file.
    ValueError: if an array is missing or has another type or shape, if two classes have the
      same name, or if a label is too large.

  Example:
    >>> dataset = from_npz("photos.npz")  # doctest: +SKIP
    >>> dataset.num_classes  # doctest: +SKIP
    10
  """
  try:
    arrays = read_arrays(path, _ARRAYS, ("class_names",))
  except (ValueError, OSError) as error:
    raise type(error)(f"dataset: {error}") from error
  names = arrays.get("class_names", np.array([], str))
  if names.ndim != 1 or names.dtype.kind != "U" or names.size == 1:
    raise ValueError(
      f"class_names: {names.dtype}{list(names.shape)}, must be one row of at least two "
      "strings"
    )
  if len(set(names)) < len(names):
    values, counts = np.unique(names, return_counts=True)
    twice = str(values[counts > 1][0])
    raise ValueError(f"class_names: {twice!r} names two classes, must name one")
  labels = [arrays[f"{split}_labels"] for split in ("train", "test")]
  return check_dataset(
    Dataset(
      as_images(arrays, "train_images"),
      labels[0],
      as_images(arrays, "test_images"),
      labels[1],
      len(names) or _count_classes(labels),
      tuple(names.tolist()),
    )
  )


def read_arrays(
  path: str | os.PathLike, names: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, np.ndarray]:
  """Reads the arrays of these names from an npz file.

  Args:
    path: path of the file; ~ is the home directory.
    names: arrays that the file must have.
    optional: arrays that the file may have.

  Returns:
    The arrays by name.

  Raises:
    OSError: if the file is missing or damaged, or not an npz file.
    ValueError: if an array is missing.
  """
  path = expanded_path("npz", path)
  if not os.path.isfile(path):
    raise FileNotFoundError(f"npz:{path}, there is no such file")
  try:
    # Opened here: np.load leaves a damaged file open.
    with open(path, "rb") as stream, np.lib.npyio.NpzFile(stream) as file:
      arrays = {name: file[name] for name in (*names, *optional) if name in file}
  except Exception as error:
    # A damaged zip fails in many ways; a file with Python objects fails in another.
    cause = str(error).strip().partition("\n")[0]
    raise OSError(f"npz:{path} cannot be read as arrays of numbers ({cause})") from error
  missing = [name for name in names if name not in arrays]
  if missing:
    raise ValueError(
      f"npz:{path} lacks {', '.join(missing)}; it has "
      + (", ".join(arrays) or "none of these arrays")
    )
  return arrays


def _count_classes(labels):
  """The largest label plus one, or 2; labels of another type are left to check_dataset."""
  rows = [row for row in labels if row.size and row.dtype.kind in "iu"]
  largest, num_labels = (
    max([1, *(int(row.max()) for row in rows)]),
    sum(map(np.size, labels)),
  )
  # A stray number would make as many classes, most of them without an example.
  if largest >= max(2, num_labels):
    raise ValueError(
      f"labels: {largest}, must be below {num_labels}, the number of labels in the file; "
      "class_names allow more classes"
    )
  return largest + 1


def as_images(arrays: Mapping[str, np.ndarray], name: str) -> np.ndarray:
  """The images of that name, uint8[n, height, width, channels]; ValueError for others."""
  images = arrays[name]
  if images.dtype != np.uint8 or images.ndim not in (3, 4):
    raise ValueError(
      f"{name}: {images.dtype}{list(images.shape)}, must be uint8 of "
      "[n, height, width, channels] or [n, height, width]"
    )
  return images[..., None] if images.ndim == 3 else images

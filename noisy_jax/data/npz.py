"""npz:FILE and npy:DIR, data sets of NumPy arrays in one file or in a directory."""

import os
import pathlib
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from noisy_jax.data.arrays import from_arrays
from noisy_jax.data.dataset import Dataset, select
from noisy_jax.data.names import DatasetName
from noisy_jax.data.test_share import NOTE, in_test_share
from noisy_jax.paths import expanded_path

_SPLITS = ("train", "test")
_OPTIONAL = ("class_names", "train_ids", "test_ids")
_INPUTS = tuple(f"{split}_{kind}" for kind in ("images", "features") for split in _SPLITS)
_LABELS = tuple(f"{split}_labels" for split in _SPLITS)


def from_npz(path: str | os.PathLike) -> Dataset:
  """Reads a data set from a file that `np.savez` or `np.savez_compressed` wrote.

  The file has `train_images` and `test_images`, uint8 [n, height, width, channels], or
  [n, height, width] for one channel; or `train_features` and `test_features`, numbers
  [n, d]. It has `train_labels` and `test_labels`, integers [n] from 0; and optionally
  `class_names`, str[K], and `train_ids` and `test_ids`, str[n]. Without names, K is the
  largest label plus one, and must not exceed the number of labels. Without any array of a
  test split, a tenth of each class is the test split, chosen by the positions alone (see
  `in_test_share`), as `notes` says; the ids of both are then `train_ids`, or positions.

  Args:
    path: path of the file.

  Returns:
    `Dataset` with uint8 images or float32 features.

  Raises:
    OSError: if the file is missing or damaged, or not an npz file.
    ValueError: if an array is missing or has another type or shape, if two classes have the
      same name, if a label is too large, or if no class has an example to spare for a test
      split.

  Example:
    >>> dataset = from_npz("photos.npz")  # doctest: +SKIP
    >>> dataset.num_classes  # doctest: +SKIP
    10
  """
  try:
    arrays = read_arrays(path, (*_INPUTS, *_LABELS, *_OPTIONAL))
    return _dataset(f"npz:{expanded_path('npz', path)}", arrays)
  except OSError as error:
    raise type(error)(f"dataset: {error}") from error


def from_npy(path: str | os.PathLike) -> Dataset:
  """Reads a data set from a directory of arrays that `np.save` wrote.

  Each array is a file of its own: train_features.npy, train_labels.npy, and so on, as in
  `from_npz`. Arrays of images and of float32 features are mapped into memory, and read only
  where they are needed; but taking a test split out of them copies them.

  Args:
    path: path of the directory.

  Returns:
    `Dataset` with uint8 images or float32 features.

  Raises:
    OSError: if the directory or a file is missing or damaged.
    ValueError: as `from_npz`.
  """
  root = pathlib.Path(expanded_path("npy", path))
  if not root.is_dir():
    raise FileNotFoundError(f"dataset: npy:{root}, there is no such directory")
  arrays = {}
  for name in (*_INPUTS, *_LABELS, *_OPTIONAL):
    if (file := root / f"{name}.npy").exists():
      try:
        arrays[name] = np.load(file, mmap_mode="r" if name in _INPUTS else None)
      except Exception as error:
        # A damaged file fails in many ways; one with Python objects fails in another.
        cause = str(error).strip().partition("\n")[0]
        raise OSError(
          f"dataset: {file} cannot be read as an array of numbers ({cause})"
        ) from error
  return _dataset(f"npy:{root}", arrays)


def has_features(name: DatasetName) -> bool:
  """Whether a set has features in place of images, told from the names of its arrays.

  Args:
    name: name of a set.

  Returns:
    True for an npz or npy set with train_features; False for other sets, and where there is
    no readable file.
  """
  try:
    if name.source == "npz":
      with np.load(expanded_path("npz", name.detail)) as file:
        return "train_features" in file
    if name.source == "npy":
      root = pathlib.Path(expanded_path("npy", name.detail))
      return (root / "train_features.npy").exists()
  except Exception:
    # A damaged zip fails in many ways; the reader of the set reports it.
    pass
  return False


def read_arrays(path: str | os.PathLike, names: Collection[str]) -> dict[str, np.ndarray]:
  """Reads those arrays of an npz file that have one of these names.

  Args:
    path: path of the file; ~ is the home directory.
    names: names of arrays.

  Returns:
    The arrays by name.

  Raises:
    OSError: if the file is missing or damaged, or not an npz file.
  """
  path = expanded_path("npz", path)
  if not os.path.isfile(path):
    raise FileNotFoundError(f"npz:{path}, there is no such file")
  try:
    # Opened here: np.load leaves a damaged file open.
    with open(path, "rb") as stream, np.lib.npyio.NpzFile(stream) as file:
      return {name: file[name] for name in names if name in file}
  except Exception as error:
    # A damaged zip fails in many ways; a file with Python objects fails in another.
    cause = str(error).strip().partition("\n")[0]
    raise OSError(f"npz:{path} cannot be read as arrays of numbers ({cause})") from error


def check_complete(
  place: str, arrays: Mapping[str, np.ndarray], names: Sequence[str]
) -> None:
  """Refuses arrays that lack one of these names, with a ValueError that names the place."""
  missing = [name for name in names if name not in arrays]
  if missing:
    found = ", ".join(arrays) or "none of these arrays"
    raise ValueError(f"{place} lacks {', '.join(missing)}; it has {found}")


def as_inputs(arrays: Mapping[str, np.ndarray], name: str) -> np.ndarray:
  """The array of that name; ValueError for images that are not uint8, or have no rows."""
  array, is_image = arrays[name], name.endswith("images")
  if is_image and (array.dtype != np.uint8 or array.ndim not in (3, 4)):
    raise ValueError(
      f"{name}: {array.dtype}{list(array.shape)}, must be uint8 of "
      "[n, height, width, channels] or [n, height, width]"
    )
  if not is_image and (array.dtype.kind not in "buif" or array.ndim != 2):
    raise ValueError(f"{name}: {array.dtype}{list(array.shape)}, must be numbers of [n, d]")
  if is_image and array.ndim == 3:
    return array[..., None]
  return array if is_image else array.astype(np.float32, copy=False)


def _dataset(place, arrays):
  kind = "features" if "train_features" in arrays else "images"
  # Not for a part of a test split alone, which is a mistake.
  splits = _SPLITS if any(name.startswith("test_") for name in arrays) else _SPLITS[:1]
  inputs = [f"{split}_{kind}" for split in splits]
  names = [name for split in splits for name in (f"{split}_{kind}", f"{split}_labels")]
  try:
    check_complete(place, arrays, names)
  except ValueError as error:
    raise ValueError(f"dataset: {error}") from None
  if both := [name for name in _INPUTS if name in arrays and name not in inputs]:
    raise ValueError(f"dataset: {place} has {both[0]} beside {inputs[0]}, must have one")
  optional = {name: arrays[name] for name in _OPTIONAL if name in arrays}
  train, test = as_inputs(arrays, inputs[0]), as_inputs(arrays, inputs[-1])
  labels = arrays["train_labels"]
  if len(splits) > 1:
    return from_arrays(train, labels, test, arrays["test_labels"], **optional)
  whole = from_arrays(train, labels, train[:1], np.ravel(labels)[:1], **optional)
  return _with_test_share(place, whole)


def _with_test_share(place, dataset):
  positions = np.arange(len(dataset.train_labels)).astype(np.str_)
  is_test = in_test_share(place, positions, dataset.train_labels)
  train, test = (select(dataset, "train", chosen) for chosen in (~is_test, is_test))
  return train._replace(
    test_images=test.train_images,
    test_labels=test.train_labels,
    test_ids=test.train_ids,
    notes=(f"no test arrays: {NOTE}",),
  )

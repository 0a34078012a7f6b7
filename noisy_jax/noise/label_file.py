"""Noisy labels from a file, joined to the images by their ids or by position."""

import os
import pathlib

import numpy as np
from numpy.typing import ArrayLike

from noisy_jax.checks import check_labels
from noisy_jax.noise.columns import (
  IDS,
  UNNAMED,
  numbers_of,
  read_columns,
  rows_by_position,
  rows_of_ids,
)
from noisy_jax.noise.noisy_labels import NoisyLabels
from noisy_jax.paths import expanded_path

_CLEAN = ("clean", "clean_label")
# The agreement of fewer labels may be luck.
_ENOUGH = 100


def labels_from_file(
  labels: ArrayLike,
  path: str | os.PathLike,
  num_classes: int,
  *,
  column: str = "",
  ids: np.ndarray | None = None,
  places: np.ndarray | None = None,
  is_ordered: bool = True,
) -> NoisyLabels:
  """Reads noisy labels from a file.

  A file has one row of labels, or named columns of equal length: a `.npy` file an array or
  a structured array; a `.csv` file a column of numbers, or columns below a line of names; a
  `.json` file a list, an object of lists, or an object with a label for each id; a `.pt`
  file of torch.save an array or a dict of arrays. The noisy labels are `column`, or the
  column `noisy`, or the only one beside `clean` (or `clean_label`) and `id` (or `ids`).

  If the file has ids, each image takes the label of its id. Otherwise the labels have the
  order of the images or, with places, of their source. Clean labels in the file must equal
  the labels of the images. Without ids and clean labels, labels that agree with the clean
  ones no more often than by chance are refused, as their order must be another.

  Args:
    labels: clean class ids in [0, K), int[n].
    path: path of the file.
    num_classes: K, at least 2.
    column: name of the column of noisy labels; may be empty if the file has only one.
    ids: ids of the images, str[n]; None if images have no ids.
    places: places of the images in their source, int[n]; None if the images have the order
      of the source.
    is_ordered: whether the order of the source is known. If not, a file without ids must
      have clean labels, which show the order.

  Returns:
    `NoisyLabels`, on the host.

  Raises:
    OSError: if the file cannot be read.
    ValueError: if the file is of another kind or damaged, has no such column, or does not
      fit the images.
  """
  path = pathlib.Path(expanded_path("path", path))
  clean = check_labels(labels, num_classes)
  columns = read_columns(path)
  noisy_name = _noisy_name(columns, column, path)
  file_labels = _class_ids(columns, noisy_name, path)
  clean_name = next((n for n in _CLEAN if n in columns and n != noisy_name), None)
  id_name = next((name for name in IDS if name in columns), None)
  if id_name is not None:
    rows = rows_of_ids(columns[id_name], ids, len(file_labels), path)
  else:
    if clean_name is None and not is_ordered:
      raise ValueError(
        f"path: {path} has labels by position, and the order of these images is not that "
        "of their source; must have ids, or clean labels that show the order"
      )
    rows = rows_by_position(len(clean), places, len(file_labels), path)
  if clean_name is not None:
    _check_clean(_class_ids(columns, clean_name, path), rows, clean, path)
  try:
    noisy = check_labels(file_labels[rows], num_classes)
  except ValueError as error:
    raise ValueError(f"path: {path}: {error}") from None
  if id_name is None and clean_name is None:
    _check_order(noisy, clean, num_classes, path)
  return NoisyLabels(noisy, clean, num_classes)


def _noisy_name(columns, column, path):
  others = [name for name in columns if name not in (*_CLEAN, *IDS)]
  if column in columns:
    return column
  if not column and UNNAMED in columns:
    return UNNAMED
  if not column and len(others) == 1:
    return others[0]
  problem = f"has no column {column!r}" if column else "does not say which labels are meant"
  raise ValueError(
    f"path: {path} {problem}; must be asked for one of {', '.join(columns) or 'none'}"
  )


def _class_ids(columns, name, path):
  """A column as int64[n]; whole numbers may be floats or texts."""
  column = numbers_of(columns[name], name, path)
  off = np.flatnonzero(~(np.abs(column) < 2**31) | (column != np.rint(column)))
  if off.size:
    place = f"path: {path}: {name}: {column[off[0]]} at position {off[0]}"
    raise ValueError(f"{place}, must be the number of a class")
  return column.astype(np.int64)


def _check_order(noisy, clean, num_classes, path):
  if clean.size < _ENOUGH:
    return
  shares = (np.bincount(x, minlength=num_classes) / x.size for x in (noisy, clean))
  chance = float(np.prod(list(shares), axis=0).sum())
  agreement = float((noisy == clean).mean())
  if agreement <= chance + 3 * np.sqrt(chance * (1 - chance) / clean.size):
    raise ValueError(
      f"path: {path}: {agreement:.1%} of its labels are the clean ones, no more than by "
      "chance; must be in the order of the images' source, or have ids or clean labels"
    )


def _check_clean(file_clean, rows, clean, path):
  wrong = np.flatnonzero(file_clean[rows] != clean)
  if wrong.size:
    first = wrong[0]
    raise ValueError(
      f"path: {path}: {wrong.size:,} of {clean.size:,} clean labels are not those of the "
      f"images, the first {file_clean[rows[first]]} in place of {clean[first]}; must be of "
      "the same images"
    )

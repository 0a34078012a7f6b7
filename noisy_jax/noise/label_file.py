"""Noisy labels from a file, joined to the images by their ids or by position."""

import csv
import json
import os
import pathlib
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from noisy_jax.checks import check_labels
from noisy_jax.noise.noisy_labels import NoisyLabels
from noisy_jax.noise.torch_file import read_torch
from noisy_jax.paths import expanded_path

SUFFIXES = (".npy", ".csv", ".json", ".pt", ".pth")
_CLEAN = ("clean", "clean_label")
_IDS = ("id", "ids")
# The name of the column of a file without names.
_UNNAMED = "noisy"
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
  columns = _columns(path)
  noisy_name = _noisy_name(columns, column, path)
  file_labels = _row(columns[noisy_name], noisy_name, path)
  clean_name = next((n for n in _CLEAN if n in columns and n != noisy_name), None)
  id_name = next((name for name in _IDS if name in columns), None)
  if id_name is not None:
    rows = _rows_of_ids(columns[id_name], ids, len(file_labels), path)
  else:
    if clean_name is None and not is_ordered:
      raise ValueError(
        f"path: {path} has labels by position, and the order of these images is not that "
        "of their source; must have ids, or clean labels that show the order"
      )
    rows = _rows_by_position(len(clean), places, len(file_labels), path)
  if clean_name is not None:
    _check_clean(_row(columns[clean_name], clean_name, path), rows, clean, path)
  try:
    noisy = check_labels(file_labels[rows], num_classes)
  except ValueError as error:
    raise ValueError(f"path: {path}: {error}") from None
  if id_name is None and clean_name is None:
    _check_order(noisy, clean, num_classes, path)
  return NoisyLabels(noisy, clean, num_classes)


def check_label_path(path: str) -> None:
  """Raises a ValueError unless a path ends in one of `SUFFIXES`."""
  if pathlib.Path(path).suffix not in SUFFIXES:
    raise ValueError(f"path: {path}, must end in one of {', '.join(SUFFIXES)}")


def _columns(path) -> Mapping[str, Any]:
  check_label_path(os.fspath(path))
  readers = {".npy": _read_npy, ".csv": _read_csv, ".json": _read_json}
  try:
    table = readers.get(path.suffix, read_torch)(path)
  except OSError:
    raise
  except Exception as error:
    # A damaged file fails in many ways.
    cause = " ".join(str(error).split())[:200] or type(error).__name__
    raise ValueError(f"path: {path}, must hold labels ({cause})") from error
  if not isinstance(table, Mapping):
    return {_UNNAMED: table}
  if any(not isinstance(name, str) for name in table):
    raise ValueError(f"path: {path}, must have texts as names of columns")
  lengths = {len(column) for column in table.values() if np.ndim(column) == 1}
  if len(lengths) > 1:
    raise ValueError(
      f"path: {path}, must have columns of one length, has {sorted(lengths)}"
    )
  return table


def _read_npy(path):
  with open(path, "rb") as file:
    array = np.lib.format.read_array(file, allow_pickle=False)
  return array if array.dtype.names is None else {n: array[n] for n in array.dtype.names}


def _read_csv(path):
  with open(path, newline="", encoding="utf-8-sig") as file:
    lines = csv.reader(file, strict=True)
    rows = [(lines.line_num, row) for row in lines if row]
  if not rows:
    raise ValueError("it is empty")
  (_, first), *rest = rows
  if all(_is_number(text) for text in first):
    if len(first) > 1:
      raise ValueError("several columns, and no line of names above them")
    first, rest = [_UNNAMED], rows
  if len(set(first)) < len(first):
    raise ValueError("two columns of one name")
  for line, row in rest:
    if len(row) != len(first):
      raise ValueError(f"line {line}: {len(row)} columns, must be {len(first)}")
  return {name: [row[i] for _, row in rest] for i, name in enumerate(first)}


def _read_json(path):
  def without_repeats(pairs):
    table = dict(pairs)
    if len(table) < len(pairs):
      raise ValueError("a name occurs twice")
    return table

  with open(path, encoding="utf-8") as file:
    value = json.load(file, object_pairs_hook=without_repeats)
  if isinstance(value, dict) and not any(isinstance(x, list) for x in value.values()):
    # A label for each id.
    return {"id": list(value), _UNNAMED: list(value.values())}
  return value


def _is_number(text):
  return re.fullmatch(r"\s*[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?\s*", text) is not None


def _noisy_name(columns, column, path):
  others = [name for name in columns if name not in (*_CLEAN, *_IDS)]
  if column in columns:
    return column
  if not column and _UNNAMED in columns:
    return _UNNAMED
  if not column and len(others) == 1:
    return others[0]
  problem = f"has no column {column!r}" if column else "does not say which labels are meant"
  raise ValueError(
    f"path: {path} {problem}; must be asked for one of {', '.join(columns) or 'none'}"
  )


def _row(column, name, path):
  """A column as int64[n]; whole numbers may be floats or texts."""
  place = f"path: {path}: {name}"
  if isinstance(column, list):
    if any(type(value) not in (int, float, str) for value in column):
      raise ValueError(f"{place}, must be one row of numbers")
    for position, value in enumerate(column):
      if isinstance(value, str) and not _is_number(value):
        raise ValueError(
          f"{place}: {value[:30]!r} at position {position}, must be a number"
        )
    column = np.array([float(value) for value in column])
  if (
    not isinstance(column, np.ndarray) or column.ndim != 1 or column.dtype.kind not in "iuf"
  ):
    shape = f"{column.dtype}{list(column.shape)}" if isinstance(column, np.ndarray) else ""
    found = shape or type(column).__name__
    raise ValueError(f"{place}: {found}, must be one row of numbers")
  off = np.flatnonzero(~(np.abs(column) < 2**31) | (column != np.rint(column)))
  if off.size:
    raise ValueError(
      f"{place}: {column[off[0]]} at position {off[0]}, must be the number of a class"
    )
  return column.astype(np.int64)


def _rows_of_ids(column, ids, size, path):
  if ids is None:
    raise ValueError(f"path: {path} has ids, and these images have none; must be left out")
  if len(column) != size:
    raise ValueError(f"path: {path}, must have an id for each label")
  try:
    row_of = {_as_text(id_): row for row, id_ in enumerate(column)}
  except (SystemError, UnicodeError):
    # NumPy and Python raise these for bytes that are not text.
    raise ValueError(f"path: {path}, must have ids that are texts") from None
  if len(row_of) < size:
    raise ValueError(f"path: {path} has {size} ids, must be all different")
  missing = [id_ for id_ in map(str, ids) if id_ not in row_of]
  if missing:
    raise ValueError(
      f"path: {path} has no label for {missing[0]!r}, nor for {len(missing) - 1:,} others "
      f"of {len(ids):,} images; must have one for each"
    )
  return np.array([row_of[str(id_)] for id_ in ids])


def _as_text(id_):
  return id_.decode() if isinstance(id_, bytes) else str(id_)


def _rows_by_position(size, places, length, path):
  rows = np.arange(size) if places is None else places
  # If the set was thinned, the file may have the labels of the whole set.
  is_whole = places is None or np.array_equal(np.sort(rows), np.arange(size))
  if length != size if is_whole else rows.max() >= length:
    needed = f"{size:,}" if is_whole else f"more than {rows.max():,}"
    raise ValueError(
      f"path: {path} has {length:,} labels, must have {needed}: one for each image"
    )
  return rows


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

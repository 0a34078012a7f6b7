"""Columns of numbers in files, and the rows that belong to examples."""

import json
import os
import pathlib
import re
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from noisy_jax import csv_rows
from noisy_jax.noise.torch_file import read_torch
from noisy_jax.paths import expanded_path

SUFFIXES = (".npy", ".csv", ".json", ".pt", ".pth")
IDS = ("id", "ids")
# Name of the column of a file without names.
UNNAMED = "noisy"


def numbers_from_file(
  path: str | os.PathLike, size: int, *, column: str, ids: np.ndarray | None = None
) -> np.ndarray:
  """Reads one number for each example, by ids or by position.

  Args:
    path: path of a file, as for `labels_from_file`.
    size: number of examples.
    column: name of the column of numbers, if the file names its columns.
    ids: ids of the examples, str[size]; None if they have none. A file with a column id is
      read by them, and one without by position.

  Returns:
    int[size] or float[size].

  Raises:
    OSError: if the file cannot be read.
    ValueError: if the file is of another kind or damaged, has no such column, has names
      outside a column id, or without one a column that numbers the rows out of order, or
      does not fit the examples.
  """
  path = pathlib.Path(expanded_path("path", path))
  columns = read_columns(path)
  id_name = next((name for name in IDS if name in columns), None)
  others = [name for name in columns if name != id_name]
  chosen = column if column in columns or len(others) != 1 else others[0]
  if chosen not in columns:
    raise ValueError(
      f"path: {path} has {', '.join(columns)}, must have a column {column!r}"
    )
  numbers = numbers_of(columns[chosen], chosen, path)
  if id_name is None:
    wanted = "left out" if ids is None else "called id, or left out"
    beside = {n: columns[n] for n in others if n != chosen and np.ndim(columns[n]) == 1}
    _refuse_names(beside, wanted, path)
    _refuse_disorder(beside, path)
    return numbers[rows_by_position(size, None, len(numbers), path)]
  return numbers[rows_of_ids(columns[id_name], ids, len(numbers), path)]


def _refuse_names(columns, wanted, path):
  """Refuses names of the rows, which positions would pass over."""
  for name, column in columns.items():
    if any(map(_is_name, column)):
      raise ValueError(
        f"path: {path} has names in the column {name!r}, must be {wanted}: without ids, "
        "rows count by position"
      )


def _refuse_disorder(columns, path):
  """Refuses numbers of the rows that do not rise, such as of classes sorted by count."""
  numbers = {
    name: np.array(column, np.float64)
    for name, column in columns.items()
    if all(isinstance(cell, str | Real) for cell in column)
  }
  numbered = {n: rows for n, rows in numbers.items() if _is_rising(np.sort(rows))}
  # Beside numbers in order, others are of something else, such as counts.
  if numbered and not any(map(_is_rising, numbered.values())):
    raise ValueError(
      f"path: {path} has the numbers of the column {next(iter(numbered))!r} out of order, "
      "must have its rows sorted by them: without ids, rows count by position"
    )


def _is_rising(numbers):
  return bool((np.diff(numbers) == 1).all())


def _is_name(cell):
  return isinstance(cell, bytes) or (isinstance(cell, str) and not _is_number(cell))


def check_path(path: str) -> None:
  """Raises a ValueError unless a path ends in one of `SUFFIXES`."""
  if pathlib.Path(path).suffix not in SUFFIXES:
    raise ValueError(f"path: {path}, must end in one of {', '.join(SUFFIXES)}")


def read_columns(path) -> Mapping[str, Any]:
  """The columns of a file by name."""
  check_path(os.fspath(path))
  readers = {".npy": _read_npy, ".csv": _read_csv, ".json": _read_json}
  try:
    table = readers.get(path.suffix, read_torch)(path)
  except OSError:
    raise
  except Exception as error:
    # A damaged file fails in many ways.
    cause = " ".join(str(error).split())[:200] or type(error).__name__
    raise ValueError(f"path: {path}, must hold numbers ({cause})") from error
  if not isinstance(table, Mapping):
    return {UNNAMED: table}
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
  rows = csv_rows.read_lines(path)
  if not rows:
    raise ValueError("it is empty")
  (_, first), *rest = rows
  if all(_is_number(text) for text in first):
    if len(first) > 1:
      raise ValueError("several columns, and no line of names above them")
    first, rest = [UNNAMED], rows
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
    return {"id": list(value), UNNAMED: list(value.values())}
  return value


def _is_number(text):
  return re.fullmatch(r"\s*[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?\s*", text) is not None


def numbers_of(column, name, path):
  """A column as numbers [n]; those of a csv or JSON file may be texts."""
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
  return column


def rows_of_ids(column, ids, size, path):
  """The row of each id in a column of ids, int[n]."""
  if ids is None:
    raise ValueError(f"path: {path} has ids, and the examples have none; must be left out")
  if len(column) != size:
    raise ValueError(f"path: {path}, must have an id for each row")
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
      f"path: {path} has no row for {missing[0]!r}, nor for {len(missing) - 1:,} others "
      f"of {len(ids):,} examples; must have one for each"
    )
  return np.array([row_of[str(id_)] for id_ in ids])


def _as_text(id_):
  return id_.decode() if isinstance(id_, bytes) else str(id_)


def rows_by_position(size, places, length, path):
  """The row of each example in a file without ids, int[n]."""
  rows = np.arange(size) if places is None else places
  # If the set was thinned, the file may have the whole set.
  is_whole = places is None or np.array_equal(np.sort(rows), np.arange(size))
  if length != size if is_whole else rows.max() >= length:
    needed = f"{size:,}" if is_whole else f"more than {rows.max():,}"
    raise ValueError(
      f"path: {path} has {length:,} rows, must have {needed}: one for each example"
    )
  return rows

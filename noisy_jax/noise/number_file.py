"""Numbers from a file, one for each example or class."""

import os
import pathlib

import numpy as np

from noisy_jax.noise import label_file
from noisy_jax.paths import expanded_path


def numbers_from_file(
  path: str | os.PathLike, size: int, *, column: str, ids: np.ndarray | None = None
) -> np.ndarray:
  """Reads one number for each of some examples, by their ids or by position.

  Args:
    path: path of a file of the kinds that `labels_from_file` reads.
    size: number of examples.
    column: name of the column of numbers, where the file names its columns.
    ids: names of the examples, str[size]; None where they have no names. They are used if
      the file has a column id.

  Returns:
    float64[size].

  Raises:
    OSError: if the file cannot be read.
    ValueError: if it is of another kind or damaged, has no such column, or does not fit the
      examples; in one line.
  """
  path = pathlib.Path(expanded_path("path", path))
  columns = label_file.read_columns(path)
  chosen = label_file.choose_column(columns, column if column in columns else "", path)
  numbers = label_file.numbers_of(columns[chosen], chosen, path)
  by_id = next((name for name in ("id", "ids") if name in columns), None)
  if by_id is None:
    return numbers[label_file.rows_by_position(size, None, len(numbers), path)]
  return numbers[label_file.rows_of_ids(columns[by_id], ids, len(numbers), path)]

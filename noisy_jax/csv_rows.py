"""The rows of CSV files that users give, with the lines that messages name."""

import csv
import os
from collections.abc import Sequence


def read_lines(path: str | os.PathLike) -> list[tuple[int, list[str]]]:
  """The lines of a CSV file that are not empty.

  Args:
    path: path of the file, in UTF-8. Bytes of another encoding, as in names of files, are
      kept as Python keeps them in paths.

  Returns:
    The number of each line, from 1, and its cells. Of a row over several lines, the last
    one counts.

  Raises:
    OSError: if the file cannot be read.
    csv.Error: if it is not CSV.
  """
  with open(path, newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
    lines = csv.reader(file, strict=True)
    return [(lines.line_num, row) for row in lines if row]


def read_columns(
  name: str, path: str | os.PathLike, columns: Sequence[str]
) -> list[tuple[int, list[str]]]:
  """Some columns of a CSV file whose first line names them.

  Args:
    name: of the argument that gave the path, for messages.
    path: path of the file.
    columns: names of the columns to read; others are skipped.

  Returns:
    The line of each row, and its cells in the order of `columns`.

  Raises:
    OSError: if the file cannot be read.
    ValueError: if it is not CSV, lacks a column or has it twice, or if a row has too many
      or too few cells.
  """
  place = f"{name}: {os.fspath(path)}"
  try:
    lines = read_lines(path)
  except FileNotFoundError:
    raise FileNotFoundError(f"{place}, there is no such file") from None
  except OSError as error:
    raise OSError(f"{place} cannot be read ({error.strerror})") from error
  except csv.Error as error:
    raise ValueError(f"{place}, must be a CSV file ({error})") from error
  heading = lines[0][1] if lines else []
  if any(heading.count(column) != 1 for column in columns):
    found = ", ".join(map(repr, heading))[:200] or "none"
    raise ValueError(
      f"{place} has the columns {found}, must have {', '.join(columns)}, each once"
    )
  chosen = [heading.index(column) for column in columns]
  for line, row in lines[1:]:
    if len(row) != len(heading):
      raise ValueError(
        f"{place}, line {line} has {len(row)} cells, must have {len(heading)}"
      )
  return [(line, [row[i] for i in chosen]) for line, row in lines[1:]]

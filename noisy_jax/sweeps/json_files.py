"""Reading JSON files of runs and reports, with one line for an error."""

import contextlib
import json
import pathlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def read(path: pathlib.Path, kind: Any) -> Any:
  """Reads a JSON file.

  Args:
    path: path of the file.
    kind: type that the content must have, field by field.

  Returns:
    The content, of that type.

  Raises:
    OSError: if the file cannot be read, is not JSON, or has another type.
  """
  with readable(path):
    return msgspec.convert(json.loads(_content(path)), kind)


def read_lines(path: pathlib.Path, parse: Callable[[Any], T]) -> list[T]:
  """Parses the JSON of each line of a file; raises as `read`."""
  rows = []
  for number, line in enumerate(_content(path).splitlines(), 1):
    with readable(path, number):
      rows.append(parse(json.loads(line)))
  return rows


@contextlib.contextmanager
def readable(path: pathlib.Path, line: int | None = None) -> Iterator[None]:
  """Turns an error in JSON into one line with file, line and field.

  Args:
    path: path of the file.
    line: number of the line, from 1; None for the whole file.

  Raises:
    OSError: in place of the errors of msgspec, and of ValueError and TypeError.
  """
  try:
    yield
  except (ValueError, TypeError, RecursionError) as error:
    # msgspec says "Expected `int`, got `str` - at `$.config.seed`".
    problem, _, field = str(error).partition(" - at `$")
    field = field.strip("`.")
    where = f"line {line}: " * (line is not None) + f"{field}: " * bool(field)
    raise OSError(f"runs: {path} is damaged ({where}{problem})") from None


def _content(path):
  try:
    return path.read_bytes()
  except OSError as error:
    raise OSError(f"runs: {path} cannot be read ({error.strerror})") from error

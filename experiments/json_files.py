"""JSON files of runs and reports: what cannot be read is told in one line."""

import json
import pathlib
from typing import Any


def read(path: pathlib.Path) -> Any:
  """The content of a JSON file; raises as `read_text` and `parse`."""
  return parse(read_text(path), path)


def read_text(path: pathlib.Path) -> str:
  """The text of a file; raises OSError, naming it, if it cannot be read or is no text."""
  try:
    return path.read_text()
  except OSError as error:
    raise OSError(f"runs: {path} cannot be read ({error.strerror})") from error
  except ValueError as error:
    raise damaged(path, error) from None


def parse(text: str, path: pathlib.Path) -> Any:
  """What a JSON text of a file says; raises OSError, naming the file, if it is none."""
  try:
    return json.loads(text)
  except (ValueError, RecursionError) as error:
    raise damaged(path, error) from None


def damaged(path: pathlib.Path, problem: object) -> OSError:
  """The error that tells what is wrong with the content of a file."""
  return OSError(f"runs: {path} is damaged ({problem})")

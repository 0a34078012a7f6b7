"""Reading and writing files of a workdir: each is whole or absent, and named in errors."""

import contextlib
import csv
import hashlib
import json
import pathlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import tqdm

# Advice where several seeds cannot go on together.
REMEDY = "train them one by one, each with its seed and workdir"


class ApartError(OSError):
  """Workdirs of several seeds that cannot go on together, though each can by itself."""


def read_json(path: pathlib.Path) -> dict[str, Any]:
  """The object in a JSON file; OSError if the file cannot be read or has no object."""
  try:
    content = json.loads(path.read_text())
  except FileNotFoundError:
    raise
  except OSError as error:
    raise OSError(f"workdir: {path} cannot be read ({error.strerror})") from error
  except (ValueError, RecursionError):
    content = None
  if not isinstance(content, dict):
    raise OSError(f"workdir: {path} is damaged; choose another")
  return content


def read_arrays(path: pathlib.Path) -> dict[str, np.ndarray]:
  """The arrays in an npz file; OSError if it is damaged."""
  try:
    # Opened here: np.load leaves a damaged file open.
    with open(path, "rb") as stream, np.lib.npyio.NpzFile(stream) as saved:
      return {name: saved[name] for name in saved.files}
  except Exception as error:
    # A damaged zip fails in many ways.
    raise OSError(f"workdir: {path} is damaged ({error})") from error


def write_json(path: pathlib.Path, content: Mapping[str, Any]) -> None:
  """Writes a JSON file; ValueError for NaN and infinity, which JSON does not have."""
  with whole(path) as partial:
    partial.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n")


def write_csv(
  path: pathlib.Path,
  heading: Iterable[str],
  rows: Iterable[Iterable[Any]],
  name: str = "workdir",
) -> None:
  """Writes a CSV file; `name` is that of the argument that gave its place."""
  # File names may be undecodable.
  errors = "surrogateescape"
  with (
    whole(path, name) as partial,
    partial.open("w", newline="", encoding="utf-8", errors=errors) as file,
  ):
    writer = csv.writer(file)
    writer.writerow(heading)
    writer.writerows(rows)


@contextlib.contextmanager
def whole(path: pathlib.Path, name: str = "workdir") -> Iterator[pathlib.Path]:
  """A path to write to, renamed when all is written: a reader finds the file or none."""
  partial = path.with_name("partial." + path.name)
  with named(path, name):
    try:
      yield partial
      partial.replace(path)
    except Exception:
      with contextlib.suppress(OSError):
        partial.unlink(missing_ok=True)
      raise


@contextlib.contextmanager
def left_out_on_failure(what: str) -> Iterator[None]:
  """Turns a failure into one line: a finished training is worth more than one file.

  Args:
    what: name of the file for a reader, such as its path.

  Yields:
    Once, around the code that makes the file.
  """
  try:
    yield
  except Exception as error:
    # A library for pictures, or for files, fails in many ways.
    cause = str(error).strip().partition("\n")[0]
    tqdm.tqdm.write(
      f"{what} is left out ({type(error).__name__}: {cause}); the run does without it"
    )


@contextlib.contextmanager
def named(path: pathlib.Path, name: str = "workdir") -> Iterator[None]:
  """Names the file, and the argument that gave its place, in an error from writing it."""
  try:
    yield
  except OSError as error:
    cause = error.strerror or error
    raise OSError(f"{name}: {path} cannot be written ({cause})") from error


def digest(content: bytes) -> str:
  """A short text that changes with the content."""
  return hashlib.blake2b(content, digest_size=16).hexdigest()

"""Files of a workdir: whole or not there at all, and named in every error."""

import contextlib
import hashlib
import json
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tqdm

# What helps where several seeds cannot go on together.
REMEDY = "train them one by one, each with its seed and workdir"


class ApartError(OSError):
  """Workdirs of several seeds that cannot go on together, though each can by itself."""


def read_json(path: pathlib.Path) -> dict[str, Any]:
  """The object in a JSON file; OSError if it cannot be read or is none."""
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
  """Writes a JSON file; ValueError for NaN and infinity, which JSON does not know."""
  with whole(path) as partial:
    partial.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n")


@contextlib.contextmanager
def whole(path: pathlib.Path) -> Iterator[pathlib.Path]:
  """A path to write to, renamed when all is written: a reader finds the file or none."""
  partial = path.with_name("partial." + path.name)
  with named(path):
    try:
      yield partial
      partial.replace(path)
    except Exception:
      with contextlib.suppress(OSError):
        partial.unlink(missing_ok=True)
      raise


@contextlib.contextmanager
def left_out_on_failure(what: str) -> Iterator[None]:
  """Says in one line what could not be made: it is worth less than a finished training.

  Args:
    what: as a reader knows it, such as the path of a file.

  Yields:
    Once, around the making.
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
def named(path: pathlib.Path) -> Iterator[None]:
  """Names the file in an error that comes from writing it."""
  try:
    yield
  except OSError as error:
    cause = error.strerror or error
    raise OSError(f"workdir: {path} cannot be written ({cause})") from error


def digest(content: bytes) -> str:
  """A short text that changes with the content."""
  return hashlib.blake2b(content, digest_size=16).hexdigest()

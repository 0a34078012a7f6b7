"""A cache on disk for arrays made from files, valid until the files change."""

import hashlib
import json
import os
import pathlib
import tempfile
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from absl import logging

# To be raised when the same files give other arrays.
_FORMAT = 2

Arrays = dict[str, np.ndarray]


def fingerprint(options: Any, files: Iterable[str]) -> str:
  """A hash of the states of files, which changes when they do.

  Files count as unchanged if their paths, sizes, inodes and times of change (mtime and
  ctime) are. The mtime alone would not do: swapping two files, or copying one over another,
  may keep it.

  Args:
    options: further choices that decide the arrays, as values that JSON can hold.
    files: paths of the files, in an order that counts.

  Returns:
    A hash in hexadecimal digits.
  """
  digest = hashlib.sha256(json.dumps([_FORMAT, options]).encode())
  for file in files:
    try:
      status = os.stat(file)
      times = status.st_mtime_ns, status.st_ctime_ns
      state = f"{file!r} {status.st_size} {status.st_ino} {times}"
    except OSError:
      # A broken link, which its reader reports.
      state = repr(file)
    digest.update(f"{state}\n".encode())
  return digest.hexdigest()


def in_cache(key: Any) -> pathlib.Path:
  """The file for arrays in the user's cache, $XDG_CACHE_HOME/noisy_jax/folders.

  Args:
    key: the origin of the arrays, as a value that JSON can hold.

  Returns:
    The path of a file, below ~/.cache if that variable is not set.
  """
  home = os.environ.get("XDG_CACHE_HOME") or os.path.join("~", ".cache")
  name = hashlib.sha256(json.dumps(key).encode()).hexdigest()
  return pathlib.Path(home).expanduser() / "noisy_jax" / "folders" / f"{name}.npz"


def kept(file: pathlib.Path, of: str, make: Callable[[], Arrays]) -> Arrays:
  """Reads arrays from the cache, or makes them and writes them there.

  Args:
    file: the file in the cache. It is replaced if it has another fingerprint or is damaged;
      if it cannot be written, only a warning says so.
    of: the `fingerprint` of the arrays' files, taken before the arrays are made.
    make: function that returns the arrays by name.

  Returns:
    The arrays by name.

  Raises:
    OSError: as `make`.
  """
  arrays = _read(file, of)
  if arrays is None:
    arrays = make()
    _write(file, of, arrays)
  return arrays


def _read(file, of):
  try:
    # The file is uncompressed and has a checksum of each array, which finds damage. It is
    # opened here, as np.load leaves a damaged file open.
    with open(file, "rb") as stream, np.load(stream, allow_pickle=False) as arrays:
      if str(arrays["fingerprint"]) != of:
        return None
      return {name: arrays[name] for name in arrays.files if name != "fingerprint"}
  except FileNotFoundError:
    return None
  except Exception as error:
    # A damaged zip fails in many ways.
    logging.warning("cache: %s is damaged (%s); reading again", file, error)
    return None


def _write(file, of, arrays):
  try:
    file.parent.mkdir(parents=True, exist_ok=True)
    # Written beside its final place and then renamed: nobody reads half a file.
    with tempfile.TemporaryDirectory(dir=file.parent) as directory:
      temporary = os.path.join(directory, file.name)
      np.savez(temporary, fingerprint=np.array(of), **arrays)
      os.replace(temporary, file)
  except OSError as error:
    logging.warning("cache: %s cannot be written (%s); not kept", file, error)

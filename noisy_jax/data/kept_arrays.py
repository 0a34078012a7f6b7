"""Arrays made from files, kept on disk until these files change."""

import hashlib
import json
import os
import pathlib
import tempfile
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from absl import logging

# Changes whenever the same files would give other arrays.
_FORMAT = 2

Arrays = dict[str, np.ndarray]


def fingerprint(options: Any, files: Iterable[str]) -> str:
  """What stays the same as long as files do.

  Files are the same if their paths, sizes, inodes and times of change are. The time at
  which the content changed would not do: who swaps two files, or copies one over another,
  may well keep it.

  Args:
    options: whatever else decides what is made of the files, as JSON can hold it.
    files: their paths, in an order that counts.

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
      # A link that ends nowhere; who reads it tells.
      state = repr(file)
    digest.update(f"{state}\n".encode())
  return digest.hexdigest()


def in_cache(key: Any) -> pathlib.Path:
  """Where the user's cache has arrays: in $XDG_CACHE_HOME/noisy_jax/folders.

  Args:
    key: what the arrays are of, as JSON can hold it.

  Returns:
    The path of a file, below ~/.cache where that variable is not set.
  """
  home = os.environ.get("XDG_CACHE_HOME") or os.path.join("~", ".cache")
  name = hashlib.sha256(json.dumps(key).encode()).hexdigest()
  return pathlib.Path(home).expanduser() / "noisy_jax" / "folders" / f"{name}.npz"


def kept(file: pathlib.Path, of: str, make: Callable[[], Arrays]) -> Arrays:
  """What `make` gives, or what it gave before for the same fingerprint.

  Args:
    file: where it is kept; replaced when the fingerprint is another, and when damaged. One
      that cannot be written does no harm.
    of: the `fingerprint` of what arrays are made from, taken before they are.
    make: arrays by name.

  Returns:
    These arrays.

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
    # Uncompressed, and with a checksum of each array, which finds damage. Opened here:
    # np.load leaves a damaged file open.
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
    # Beside its final place, and renamed when whole: nobody reads half of it.
    with tempfile.TemporaryDirectory(dir=file.parent) as directory:
      temporary = os.path.join(directory, file.name)
      np.savez(temporary, fingerprint=np.array(of), **arrays)
      os.replace(temporary, file)
  except OSError as error:
    logging.warning("cache: %s cannot be written (%s); not kept", file, error)

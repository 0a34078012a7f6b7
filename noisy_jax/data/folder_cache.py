"""Decoded images kept on disk, so that a folder is decoded once."""

import contextlib
import hashlib
import json
import os
import pathlib
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from absl import logging

from noisy_jax.data.image_files import Decoded

# Changes whenever the same files would decode to other arrays.
_FORMAT = 1


def cached(
  root: str, paths: Sequence[str], options: Any, decode: Callable[[], Decoded]
) -> Decoded:
  """What `decode` gives, or what it gave for the same files and options before.

  Files are the same if their paths, sizes and times of change are. A folder has one file
  per set of options in the cache, $XDG_CACHE_HOME/noisy_jax/folders (~/.cache by default);
  it is replaced when the folder changes, and ignored when it is damaged.

  Args:
    root: the folder.
    paths: of its image files, relative to it.
    options: whatever else decides the result, as JSON can hold it.
    decode: reads the files.

  Returns:
    `Decoded`.

  Raises:
    OSError: as `decode`.
  """
  fingerprint = _fingerprint(root, paths, options)
  file = _directory() / f"{_hash([root, options])}.npz"
  decoded = _read(file, fingerprint)
  if decoded is None:
    decoded = decode()
    _write(file, fingerprint, decoded)
  return decoded


def _directory():
  home = os.environ.get("XDG_CACHE_HOME") or os.path.join("~", ".cache")
  return pathlib.Path(home).expanduser() / "noisy_jax" / "folders"


def _hash(value):
  return hashlib.sha256(json.dumps(value).encode("utf-8", "surrogatepass")).hexdigest()


def _fingerprint(root, paths, options):
  files = []
  for path in paths:
    try:
      status = os.stat(os.path.join(root, path))
      files.append((path, status.st_size, status.st_mtime_ns))
    except OSError:
      # A link that ends nowhere; decoding tells.
      files.append((path, 0, 0))
  return _hash([_FORMAT, options, files])


def _read(file, fingerprint):
  try:
    # Uncompressed, and with a checksum of each array, which finds damage. Opened here:
    # np.load leaves a damaged file open.
    with open(file, "rb") as stream, np.load(stream, allow_pickle=False) as arrays:
      if str(arrays["fingerprint"]) != fingerprint:
        return None
      return Decoded(arrays["images"], tuple(arrays["bad"].tolist()))
  except FileNotFoundError:
    return None
  except Exception as error:
    # A damaged zip fails in many ways.
    logging.warning("cache: %s is damaged (%s); decoding again", file, error)
    return None


def _write(file, fingerprint, decoded):
  temporary = None
  try:
    file.parent.mkdir(parents=True, exist_ok=True)
    # Beside its final place, and renamed when whole: nobody reads half of it.
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as stream:
      temporary = stream.name
      np.savez(
        stream,
        fingerprint=np.array(fingerprint),
        images=decoded.images,
        bad=np.array(decoded.bad, np.int64),
      )
    os.replace(temporary, file)
  except OSError as error:
    logging.warning("cache: %s cannot be written (%s); not kept", file, error)
    if temporary:
      with contextlib.suppress(OSError):
        os.unlink(temporary)

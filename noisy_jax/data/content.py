"""Digests of a data set's content, equal for equal data in any place."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tqdm

from noisy_jax.data.kept_arrays import fingerprint, in_cache, kept
from noisy_jax.data.pooled import Joined
from noisy_jax.data.readable import Part
from noisy_jax.data.stream import Stream
from noisy_jax.data.streamed import AnyDataset

# Bytes hashed at once: a copy of a whole set might not fit in memory.
_BLOCK = 2**26
_CHUNK = 256


def content(dataset: AnyDataset) -> dict[str, str]:
  """Digests of the parts of a data set that training and evaluation depend on.

  Two sets have the same digests if they have the same images, labels and class names in
  the same order. A set in memory is read once, at the speed of SHA-256.

  Args:
    dataset: a set in memory; or a streamed set, whose files are then read once.

  Returns:
    Digests by the name of the part: train images, train labels, test images, test labels,
    class names.

  Raises:
    OSError: if a file of a streamed set cannot be read.
  """
  parts = {"class names": digest(np.array(dataset.class_names, np.str_))}
  for split in ("train", "test"):
    parts[f"{split} images"] = digest(dataset.images(split))
    parts[f"{split} labels"] = digest(getattr(dataset, f"{split}_labels"))
  return parts


def digest(values: np.ndarray | Stream) -> str:
  """A digest of an array, or of the encoded images of a stream and their order.

  The first call on a stream reads all images, with a progress bar on a terminal. Its digest
  is kept in the user's cache until one of the files changes.

  Args:
    values: an array of numbers or texts, of any shape; its type and shape count too. Or a
      stream of any images.

  Returns:
    32 hexadecimal digits.

  Raises:
    OSError: if an image of a stream cannot be read.
  """
  if isinstance(values, Stream):
    return _stream_digest(values)
  state = hashlib.sha256(f"{values.dtype.str}{values.shape}".encode())
  rows = max(1, _BLOCK // max(1, values[:1].nbytes))
  for start in range(0, len(values), rows):
    state.update(np.ascontiguousarray(values[start : start + rows]).data)
  return state.hexdigest()[:32]


def _stream_digest(stream):
  source = stream.source
  arrays = kept(
    in_cache(["digest", source.place, _part(source)]),
    fingerprint([len(stream)], source.files()),
    lambda: {"digest": np.array(_of_source(source))},
  )
  return str(arrays["digest"])


def _part(source):
  """Which images of a place a source has; a part has the place and files of its source."""
  if isinstance(source, Part):
    return [digest(source.indices), _part(source.whole)]
  return [_part(one) for one in source.sources] if isinstance(source, Joined) else ""


def _of_source(source):
  state, size = hashlib.sha256(), len(source.labels)

  def digests(start):
    stop = min(start + _CHUNK, size)
    return [hashlib.sha256(source.read(i)).digest() for i in range(start, stop)]

  with (
    ThreadPoolExecutor(os.cpu_count()) as pool,
    tqdm.tqdm(total=size, desc="digests", disable=None, leave=False) as bar,
  ):
    for of_chunk in pool.map(digests, range(0, size, _CHUNK)):
      state.update(b"".join(of_chunk))
      bar.update(len(of_chunk))
  return state.hexdigest()[:32]

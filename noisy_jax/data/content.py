"""Digests of a data set's content, equal for equal data in any place."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tqdm

from noisy_jax.data.kept_arrays import fingerprint, in_cache, kept
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
    parts[f"{split} images"] = images_digest(dataset.images(split))
    parts[f"{split} labels"] = digest(getattr(dataset, f"{split}_labels"))
  return parts


def images_digest(images: np.ndarray | Stream) -> str:
  """The `digest` of images in memory, or the `stream_digest` of a stream."""
  return stream_digest(images) if isinstance(images, Stream) else digest(images)


def digest(array: np.ndarray) -> str:
  """A digest of the type, the shape and all values of an array.

  Args:
    array: an array of numbers or texts, of any shape.

  Returns:
    32 hexadecimal digits.
  """
  state = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
  rows = max(1, _BLOCK // max(1, array[:1].nbytes))
  for start in range(0, len(array), rows):
    state.update(np.ascontiguousarray(array[start : start + rows]).data)
  return state.hexdigest()[:32]


def stream_digest(stream: Stream) -> str:
  """A digest of the encoded images of a stream and their order.

  The first call reads all images, with a progress bar on a terminal. The digest is kept in
  the user's cache until one of the files changes.

  Args:
    stream: a stream of any images.

  Returns:
    32 hexadecimal digits.

  Raises:
    OSError: if an image cannot be read.
  """
  arrays = kept(
    in_cache(["digest", stream.source.place]),
    # The size too: a part of a source has the source's place and files.
    fingerprint([len(stream)], stream.source.files()),
    lambda: {"digest": np.array(_of_source(stream.source))},
  )
  return str(arrays["digest"])


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

"""Leaving out unreadable images of a source: all are decoded once, the result is cached."""

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tqdm

from noisy_jax.data.decode import decode_rgb
from noisy_jax.data.kept_arrays import fingerprint, in_cache, kept
from noisy_jax.data.stream_sources import Source

_CHUNK = 64


class Part:
  """Some images of a source, as a source of their own.

  Attributes:
    whole: the source; of a part of a part, the source of all.
    indices: indices of these images there, int[n].
  """

  def __init__(self, source: Source, indices: np.ndarray):
    """Takes the source, and the indices of these images there, int[n]."""
    whole, self.labels = source, source.labels[indices]
    if isinstance(source, Part):
      whole, indices = source.whole, source.indices[indices]
    self.whole: Source = whole
    self.indices: np.ndarray = indices
    self.class_names = whole.class_names
    self.place, self.files = whole.place, whole.files

  def read(self, index: int) -> bytes:
    """The encoded image."""
    return self.whole.read(self.indices[index])

  def id(self, index: int) -> str:
    """The image's id in the source."""
    return self.whole.id(self.indices[index])

  def name(self, index: int) -> str:
    """The image's name in messages."""
    return self.whole.name(self.indices[index])


def positions(source: Source) -> Iterable[int]:
  """The position of each image in the source of all, of which this may be a part."""
  return source.indices if isinstance(source, Part) else range(len(source.labels))


def readable(source: Source, flag: str = "dataset") -> tuple[Source, tuple[str, ...]]:
  """Leaves out the images of a source that cannot be read whole.

  The first call decodes every image, with a progress bar on a terminal. Its result is kept
  in the user's cache until one of the files changes.

  Args:
    source: a source of any images.
    flag: the flag that named the source, for messages.

  Returns:
    The source of the readable images, and the names of the bad ones.

  Raises:
    OSError: if no image can be read.
  """
  size = len(source.labels)
  arrays = kept(
    in_cache(["readable", source.place]),
    fingerprint(_which(source), source.files()),
    lambda: {"bad": _bad_indices(source)},
  )
  bad = arrays["bad"]
  if not len(bad):
    return source, ()
  if len(bad) == size:
    raise OSError(f"{flag}: {source.place}, none of {size:,} images can be read")
  names = tuple(_id(source, index) for index in bad)
  return Part(source, np.delete(np.arange(size), bad)), names


def _which(source):
  """Which images of its place and files a source has: all, or the indices of a part."""
  size = len(source.labels)
  if not isinstance(source, Part):
    return [size]
  return [size, hashlib.sha256(source.indices.astype(np.int64).tobytes()).hexdigest()]


def _bad_indices(source):
  """The indices of images that cannot be read, ascending, int64[m]."""
  size = len(source.labels)

  def bad_from(start):
    return [
      index
      for index in range(start, min(start + _CHUNK, size))
      if not _can_be_read(source, index)
    ]

  bad: list[int] = []
  with (
    ThreadPoolExecutor(os.cpu_count()) as pool,
    tqdm.tqdm(total=size, desc="readable images", disable=None, leave=False) as bar,
  ):
    for found in pool.map(bad_from, range(0, size, _CHUNK)):
      bad += found
      bar.update(min(_CHUNK, size - bar.n))
  return np.array(bad, np.int64)


def _can_be_read(source, index):
  try:
    decode_rgb(source.read(index))
  except OSError:
    return False
  return True


def _id(source, index):
  try:
    return source.id(index)
  except OSError:
    # The id is in the record that cannot be read.
    return source.name(index)

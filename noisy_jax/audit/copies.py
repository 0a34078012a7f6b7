"""Copies: examples with the same image and another label."""

import collections
import hashlib
from collections.abc import Iterator

import numpy as np

from noisy_jax import data


def copies(
  images: np.ndarray | data.Stream, labels: np.ndarray
) -> dict[int, tuple[int, ...]]:
  """Finds images that are there more than once, under different labels.

  Args:
    images: [n, ...]; or a stream, whose files are compared byte by byte.
    labels: class ids, int[n].

  Returns:
    For each such image, the positions of its copies under other labels.

  Example:
    >>> copies(np.uint8([[7], [8], [7], [7]]), np.array([0, 0, 1, 1]))
    {0: (2, 3), 2: (0,), 3: (0,)}
  """
  groups = collections.defaultdict(list)
  for position, content in enumerate(_contents(images)):
    groups[hashlib.blake2b(content, digest_size=16).digest()].append(position)
  found = {
    one: tuple(other for other in group if labels[other] != labels[one])
    for group in groups.values()
    if len(group) > 1
    for one in group
  }
  return {one: others for one, others in sorted(found.items()) if others}


def _contents(images) -> Iterator[bytes]:
  if isinstance(images, data.Stream):
    return map(images.source.read, range(len(images)))
  return (np.ascontiguousarray(image).tobytes() for image in images)

"""The test split of a set that has none: a tenth of each class, by a hash of its names."""

import hashlib
import os
from collections.abc import Sequence

import numpy as np

NOTE = "a tenth of each class is the test split"


def in_test_share(
  place: str, names: Sequence[str] | np.ndarray, labels: np.ndarray
) -> np.ndarray:
  """Chooses a tenth of each class, by nothing but the names of its examples.

  Of n > 1 examples of a class, n / 10 are chosen, rounded half up, and at least one: those
  whose names have the smallest SHA-256. A class of one example keeps it for training. So
  the choice is the same on every machine, and moves little as a class grows.

  Args:
    place: text that identifies the set, for messages.
    names: names of the examples, n of them, all different.
    labels: class ids, int[n].

  Returns:
    bool[n], true for the examples to test on.

  Raises:
    ValueError: if no class has two examples.
  """
  hashes = np.array([hashlib.sha256(os.fsencode(name)).hexdigest() for name in names])
  order = np.lexsort((hashes, labels))
  _, starts, counts = np.unique(labels[order], return_index=True, return_counts=True)
  sizes = np.where(counts > 1, np.maximum(1, (counts + 5) // 10), 0)
  if not sizes.any():
    raise ValueError(
      f"dataset: {place} has one example a class and no test split, must have a class of "
      "several to take it from"
    )
  # The place of each example in its class.
  ranks = np.arange(len(order)) - np.repeat(starts, counts)
  chosen = np.zeros(len(order), bool)
  chosen[order] = ranks < np.repeat(sizes, counts)
  return chosen

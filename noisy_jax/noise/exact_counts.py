"""Choices of fixed numbers of labels that change."""

import jax
import numpy as np


def choose_flipped(
  clean: np.ndarray, expected: np.ndarray, order_key: jax.Array, round_key: jax.Array
) -> np.ndarray:
  """Marks `round_to_sum(expected)` random examples of each class, bool[n].

  `clean` are class ids, int32[n], `expected` the expected number for each class,
  float64[K].
  """
  num_classes = len(expected)
  # The order is by class, and random inside a class; the first examples of a class change.
  order = np.lexsort((np.asarray(jax.random.uniform(order_key, clean.shape)), clean))
  counts = np.bincount(clean, minlength=num_classes)
  starts = np.cumsum(counts) - counts
  position = np.empty_like(order)
  position[order] = np.arange(clean.size) - starts[clean[order]]
  return position < round_to_sum(expected, round_key)[clean]


def round_to_sum(expected: np.ndarray, key: jax.Array) -> np.ndarray:
  """Rounds numbers [..., m] up or down so that each row has the rounded sum, int64[..., m].

  The largest remainders are rounded up; chance decides between equal ones.
  """
  rounded = np.floor(expected)
  missing = np.rint(expected.sum(axis=-1)) - rounded.sum(axis=-1)
  chance = np.asarray(jax.random.uniform(key, expected.shape))
  order = np.lexsort((chance, rounded - expected))
  place = np.argsort(order, axis=-1)
  return (rounded + (place < missing[..., None])).astype(np.int64)

"""Which labels change, where the number that does is fixed and not left to chance."""

import jax
import numpy as np


def choose_flipped(
  clean: np.ndarray, expected: np.ndarray, order_key: jax.Array, round_key: jax.Array
) -> np.ndarray:
  """Marks a fixed number of examples of every class, each set of that size equally likely.

  Args:
    clean: class ids, int32[n].
    expected: how many of each class are to change, float64[K]; see `round_to_sum`.
    order_key: random key, for which examples of a class.
    round_key: random key, for which of two equal classes is rounded up.

  Returns:
    bool[n].
  """
  num_classes = len(expected)
  # Sorted by class, and at random inside each class, the first ones of every class change.
  order = np.lexsort((np.asarray(jax.random.uniform(order_key, clean.shape)), clean))
  counts = np.bincount(clean, minlength=num_classes)
  starts = np.cumsum(counts) - counts
  position = np.empty_like(order)
  position[order] = np.arange(clean.size) - starts[clean[order]]
  return position < round_to_sum(expected, round_key)[clean]


def round_to_sum(expected: np.ndarray, key: jax.Array) -> np.ndarray:
  """Rounds each number up or down so that the sum of each row is rounded as well.

  The largest remainders are rounded up; chance decides between equal ones.

  Args:
    expected: float64[..., m], from 0 up.
    key: random key.

  Returns:
    Whole numbers, int64[..., m].
  """
  rounded = np.floor(expected)
  missing = np.rint(expected.sum(axis=-1)) - rounded.sum(axis=-1)
  chance = np.asarray(jax.random.uniform(key, expected.shape))
  order = np.lexsort((chance, rounded - expected))
  place = np.argsort(order, axis=-1)
  return (rounded + (place < missing[..., None])).astype(np.int64)

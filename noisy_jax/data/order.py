"""Which examples each step takes, as rows of indices."""

import numpy as np


def epoch_rows(size: int, batch_size: int, *, seed: int, epoch: int) -> np.ndarray:
  """The examples of each step of an epoch, in an order that seed and epoch decide.

  Args:
    size: how many examples there are.
    batch_size: how many a step takes.
    seed: any integer from 0 up.
    epoch: likewise.

  Returns:
    int32[steps, batch_size], no example twice; what fills no row is left out.

  Raises:
    ValueError: if the batch is larger than the set.
  """
  if not 1 <= batch_size <= size:
    raise ValueError(f"batch_size: {batch_size}, must be in [1, {size}], the examples")
  steps = size // batch_size
  order = np.random.default_rng((seed, epoch)).permutation(size)
  return order[: steps * batch_size].reshape(steps, batch_size).astype(np.int32)


def all_rows(size: int, batch_size: int) -> np.ndarray:
  """All examples in their order, a batch a row.

  Args:
    size: how many examples there are.
    batch_size: how many a row has.

  Returns:
    int32[rows, batch_size]; -1 fills up the last row.
  """
  num_rows = -(-size // batch_size)
  padded = np.full(num_rows * batch_size, -1, np.int32)
  padded[:size] = np.arange(size)
  return padded.reshape(num_rows, batch_size)

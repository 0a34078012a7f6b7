"""The order of examples in an epoch, as rows of indices, one row a step."""

import numpy as np


def epoch_rows(size: int, batch_size: int, *, seed: int, epoch: int) -> np.ndarray:
  """The examples of each step of an epoch, in an order that seed and epoch decide.

  Args:
    size: number of examples.
    batch_size: number of examples of a step.
    seed: any integer from 0 up.
    epoch: any integer from 0 up.

  Returns:
    int32[steps, batch_size], no example twice; the last examples are left out if they do
    not fill a row.

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
    size: number of examples.
    batch_size: number of examples of a row.

  Returns:
    int32[rows, batch_size]; -1 fills up the last row.
  """
  num_rows = -(-size // batch_size)
  padded = np.full(num_rows * batch_size, -1, np.int32)
  padded[:size] = np.arange(size)
  return padded.reshape(num_rows, batch_size)

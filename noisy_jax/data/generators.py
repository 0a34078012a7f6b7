"""Random numbers that follow from an index, on the host."""

from collections.abc import Callable

import numpy as np


def generators(*seed: int) -> Callable[[int], np.random.Generator]:
  """A random generator for each index, without the cost of making one.

  Philox turns a key and a counter into random bits. The key comes from the seed, and the
  index is the upper part of the counter, so that no two indices share a number.

  Args:
    *seed: integers from 0 up.

  Returns:
    A function from an index, from 0 up, to its generator. Each call returns the same object
    in another state, so that the generator is for one thread and valid until the next call.
  """
  bits = np.random.Philox(np.random.SeedSequence(seed))
  generator, start = np.random.Generator(bits), bits.state

  def of(index: int) -> np.random.Generator:
    start["state"]["counter"][-1] = index
    bits.state = start
    return generator

  return of

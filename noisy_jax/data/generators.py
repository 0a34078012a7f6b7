"""Random numbers that follow from an index, on the host."""

from collections.abc import Callable

import numpy as np


def generators(*seed: int) -> Callable[[int], np.random.Generator]:
  """A generator for each index, found faster than one is made.

  Philox turns a key and a counter into random bits. The key comes from the seed, and the
  index is the upper part of the counter, so that no two indices share a number.

  Args:
    *seed: integers from 0 up.

  Returns:
    From an index, from 0 up, to its generator. That is the same object each time, wound to
    another place: for one thread, and until the next call.
  """
  bits = np.random.Philox(np.random.SeedSequence(seed))
  generator, start = np.random.Generator(bits), bits.state

  def of(index: int) -> np.random.Generator:
    start["state"]["counter"][-1] = index
    bits.state = start
    return generator

  return of

import numpy as np

from noisy_jax.data.generators import generators
from tests.data.uniform import assert_uniform


def draws(rng_of, index):
  rng = rng_of(index)
  return (*rng.random(5), *rng.integers(1000, size=3), rng.random(dtype=np.float32))


def test_numbers_follow_from_seed_and_index_alone():
  rng_of = generators(1, 2)
  expected = [draws(rng_of, index) for index in range(4)]
  # Also after an odd number of 32-bit draws, of which Philox keeps the other half.
  for index in (3, 0, 2, 2, 1):
    assert draws(rng_of, index) == expected[index]
  assert [draws(generators(1, 2), index) for index in range(4)] == expected
  others = [draws(generators(*seed), 0) for seed in ((1, 3), (2, 2), (1,))]
  assert len({*expected, *others}) == 7


def test_numbers_are_uniform_and_independent_over_indices():
  rng_of = generators(5)
  numbers = np.array([rng_of(index).random(2) for index in range(4000)])
  first, second = numbers.T
  assert_uniform(first, 0, 1)
  assert_uniform(second, 0, 1)
  for one, two in ((first, second), (first[1:], first[:-1]), (second[:-1], first[1:])):
    assert abs(np.corrcoef(one, two)[0, 1]) < 5 / np.sqrt(4000)

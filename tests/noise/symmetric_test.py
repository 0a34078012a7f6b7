import chex
import jax
import numpy as np
import pytest

from noisy_jax import noise

KEY = jax.random.key(3)


def balanced(num_classes=10, per_class=500):
  return np.random.default_rng(0).permutation(np.repeat(np.arange(num_classes), per_class))


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.0125, 0.0375, 0.4, 0.99])
def test_every_class_loses_its_share_and_rounding_by_class_keeps_the_rate(rate):
  # 40 examples a class: 0, 0.4, 0.5, 1.5, 16 and 39.6 of them.
  labels = noise.symmetric(balanced(1000, 40), 1000, rate, key=KEY)
  assert labels.flipped.sum() == round(40_000 * rate)
  flipped = np.bincount(labels.clean, weights=labels.flipped)
  assert flipped.min() == np.floor(40 * rate)
  assert flipped.max() == np.ceil(40 * rate)


def test_clean_labels_are_kept():
  clean = balanced()
  labels = noise.symmetric(clean, 10, 0.4, key=KEY)
  np.testing.assert_array_equal(labels.clean, clean)
  np.testing.assert_array_equal(labels.flipped, labels.noisy != clean)
  chex.assert_type([labels.noisy, labels.clean], np.int32)


def test_wrong_labels_are_uniform_over_the_other_classes():
  labels = noise.symmetric(balanced(per_class=5000), 10, 0.9, key=KEY)
  table = np.zeros((10, 10))
  np.add.at(table, (labels.clean, labels.noisy), 1)
  off_diagonal = table[~np.eye(10, dtype=bool)]
  # 90 cells of mean 500: chi-square with 80 degrees of freedom, mean 80 and deviation 12.6.
  statistic = ((off_diagonal - 500) ** 2 / 500).sum()
  assert 80 - 4 * 12.6 < statistic < 80 + 4 * 12.6


@pytest.mark.parametrize("num_classes, size", [(2, 30), (10, 999), (100, 4000)])
def test_symmetric_draws_what_it_always_drew(num_classes, size):
  # Published numbers hang on these labels, so the draws are spelled out a second time.
  clean = np.random.default_rng(1).integers(0, num_classes, size)
  order_key, target_key, round_key = jax.random.split(KEY, 3)
  order = np.asarray(jax.random.uniform(order_key, (size,)))
  shift = np.asarray(jax.random.randint(target_key, (size,), 1, num_classes))
  chance = np.asarray(jax.random.uniform(round_key, (num_classes,)))
  for rate in (0.0, 0.25, 0.4, 0.8):
    shares = rate * np.bincount(clean, minlength=num_classes)
    quota = [int(share) for share in shares]
    by_rest = sorted(range(num_classes), key=lambda k: (quota[k] - shares[k], chance[k]))
    for k in by_rest[: int(np.rint(shares.sum())) - sum(quota)]:
      quota[k] += 1
    expected = clean.copy()
    for k in range(num_classes):
      members = sorted(np.flatnonzero(clean == k), key=lambda i: (order[i], i))
      for i in members[: quota[k]]:
        expected[i] = (clean[i] + shift[i]) % num_classes
    labels = noise.symmetric(clean, num_classes, rate, key=KEY)
    np.testing.assert_array_equal(labels.noisy, expected)


def test_realised_matrix_counts_pairs_and_knows_nothing_of_absent_classes():
  labels = noise.NoisyLabels(np.array([1, 0, 0, 2, 3]), np.array([0, 0, 0, 0, 3]), 4)
  expected = np.full((4, 4), np.nan)
  expected[0] = [0.5, 0.25, 0.25, 0]
  expected[3] = [0, 0, 0, 1]
  np.testing.assert_array_equal(labels.matrix, expected)
  chex.assert_type(labels.matrix, np.float64)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 40])
def test_rate_out_of_range_is_refused(rate):
  with pytest.raises(ValueError, match=r"rate: .*, must be in \[0, 1\)"):
    noise.symmetric(balanced(), 10, rate, key=KEY)


@pytest.mark.parametrize(
  "labels, num_classes, message",
  [
    ([0, 1, 3, 1], 3, r"labels: 3 at position 2, must be in \[0, 3\); 1 of 4"),
    ([0, -1, 2], 3, r"labels: -1 at position 1"),
    ([0.0, 1.0], 3, r"labels: float64\[2\], must be one row of integers"),
    ([[0, 1]], 3, r"labels: int64\[1, 2\], must be one row of integers"),
    ([0, 0], 1, r"num_classes: 1, must be a whole number from 2 on"),
    ([0, 0], 2.5, r"num_classes: 2.5, must be a whole number from 2 on"),
  ],
)
def test_labels_that_are_no_class_ids_are_refused(labels, num_classes, message):
  with pytest.raises(ValueError, match=message):
    noise.check_labels(np.array(labels), num_classes)

import math

import numpy as np
import pytest

from noisy_jax import losses, noise
from noisy_jax.analysis import theory

# Row by row, the clean label is 2.33, 3.2 and 9 times as likely as the next.
UNEVEN_NOISE = np.array([[0.56, 0.2, 0.24], [0.2, 0.64, 0.16], [0.1, 0.0, 0.9]])


@pytest.mark.parametrize("num_classes", [3, 100, 1000])
@pytest.mark.parametrize("rate", [0.02, 0.4, 0.6])
def test_mae_bears_half_the_logarithm_of_the_odds(num_classes, rate):
  matrix = noise.symmetric_matrix(num_classes, rate)
  expected = math.log((1 - rate) * (num_classes - 1) / rate) / 2
  assert theory.largest_tolerant_bias(losses.mae, matrix) == pytest.approx(expected, 1e-4)


def test_the_row_with_the_smallest_odds_decides():
  found = theory.largest_tolerant_bias(losses.mae, UNEVEN_NOISE)
  assert found == pytest.approx(math.log(0.56 / 0.24) / 2, 1e-4)
  flips = noise.pairflip_matrix(10, 0.4)
  found = theory.largest_tolerant_bias(losses.mae, flips)
  assert found == pytest.approx(math.log(1.5) / 2, 1e-4)


# Linear, convex, and concave, which a bias makes neither.
@pytest.mark.parametrize("text", ["mae", "agce", "taylor_ce", "agce(a=3, q=2)"])
def test_below_it_a_loss_is_tolerant_and_above_not(text):
  loss = losses.parse(text)
  largest = theory.largest_tolerant_bias(loss, UNEVEN_NOISE)
  assert largest > 0.05
  for factor, holds in ((0.98, True), (1.02, False)):
    biased = losses.with_logit_bias(loss, factor * largest)
    assert bool(theory.is_noise_tolerant(biased, UNEVEN_NOISE)) == holds


def test_the_minimum_leaves_the_clean_label_above_it():
  # By brute force over three classes, and not by the condition on the slopes.
  weights = UNEVEN_NOISE[0]
  largest = theory.largest_tolerant_bias(losses.mae, UNEVEN_NOISE)
  for factor, stays in ((0.98, True), (1.02, False)):
    biased = losses.with_logit_bias(losses.mae, factor * largest)
    assert (theory.minimizer(biased, weights).probabilities[0] == 1) == stays


def test_what_no_bias_or_any_bias_can_do():
  assert theory.largest_tolerant_bias(losses.mae, np.eye(3)) == math.inf
  # Neither bears this noise without a bias.
  assert theory.largest_tolerant_bias(losses.parse("ce"), UNEVEN_NOISE) is None
  misleading = noise.pairflip_matrix(3, 0.6)
  assert theory.largest_tolerant_bias(losses.mae, misleading) is None
  # Symmetric without a bias, and with one not known to be anything.
  symmetric = noise.symmetric_matrix(3, 0.4)
  assert theory.largest_tolerant_bias(losses.parse("nce"), symmetric) == 0.0


def test_a_matrix_that_is_none_is_refused():
  with pytest.raises(ValueError, match=r"^matrix: row 1 sums to 0.9, must sum to 1"):
    theory.largest_tolerant_bias(losses.mae, [[1, 0], [0.5, 0.4]])

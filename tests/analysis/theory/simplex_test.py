import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses
from noisy_jax.analysis import theory
from tests.analysis.theory.label_curves_test import flat, rising

NCE, NGCE = losses.parse("nce"), losses.parse("ngce")


def hinge(logits, labels):
  """Nothing to gain beyond p_k = 1/2: the minimum may be a tie of two classes."""
  return jnp.maximum(0, 1 - 2 * rising(logits, labels))


def test_minimiser_of_cross_entropy_and_gce_is_known():
  # Half a step of 0.05 moves a probability by less than 0.0125 * 0.5.
  weights = np.array([0.5, 0.3, 0.2])
  best = theory.minimizer(losses.parse("ce"), weights)
  np.testing.assert_allclose(best.probabilities, weights, atol=0.007)
  assert best.value == pytest.approx(-np.sum(weights * np.log(weights)), rel=1e-3)
  best = theory.minimizer(losses.parse("gce(q=0.5)"), weights)
  np.testing.assert_allclose(best.probabilities, weights**2 / sum(weights**2), atol=0.007)
  best = theory.minimizer(losses.parse("ce"), [1, 3])
  np.testing.assert_allclose(best.probabilities, [0.25, 0.75], atol=0.007)


def test_a_loss_that_is_infinite_at_a_vertex_has_its_minimum_and_nan_has_none():
  def log_p(logits):
    return jnp.log(jax.nn.softmax(logits))

  def cross_entropy(logits, labels):
    return -jnp.take_along_axis(log_p(logits), labels[:, None], axis=-1)[:, 0]

  def normalized(logits, labels):
    return cross_entropy(logits, labels) / -log_p(logits).sum(axis=-1)

  best = theory.minimizer(cross_entropy, [0.7, 0.3, 0])
  np.testing.assert_allclose(best.probabilities, [0.7, 0.3, 0], atol=0.007)
  with pytest.raises(ValueError, match="loss: nan at some probabilities, must be a numb"):
    theory.is_classification_calibrated(normalized)


@pytest.mark.parametrize("largest", range(3))
def test_minimiser_of_mae_is_a_vertex(largest):
  weights = np.insert([0.9, 0.8], largest, 1.0)
  best = theory.minimizer(losses.parse("mae"), weights)
  np.testing.assert_array_equal(best.probabilities, np.eye(3)[largest])
  assert best.value == pytest.approx(2 * 1.7)


def test_normalized_losses_leave_the_vertex_under_uneven_noise():
  # u = (1/2, 1/2, 0) makes L 0 for the first two classes and 1 for the third; at the vertex
  # it is 0 for the first and 1/2 for both others.
  assert theory.minimizer(NCE, [1.1, 1, 0.7]).value == pytest.approx(0.7)
  best = theory.minimizer(NGCE, [1.0, 0.9, 0.1])
  assert best.value < 0.5 * (0.9 + 0.1) - 0.01
  assert best.probabilities.max() < 0.9
  best = theory.minimizer(NGCE, [1.0, 0.5, 0.5])
  assert best.value == pytest.approx(0.5 * (0.5 + 0.5))
  np.testing.assert_allclose(best.probabilities, [1, 0, 0], atol=1e-6)


@pytest.mark.parametrize("name", ["ce", "ls", "mae", "ael", "nce", "nfl", "ngce"])
def test_no_counterexample_to_calibration_but_for_two_normalized_losses(name):
  found = theory.is_classification_calibrated(losses.parse(name))
  assert found.holds == bool(found) == (name not in ("nce", "nfl"))
  assert (found.weights is None) == (found.probabilities is None) == found.holds


def test_with_two_classes_nce_has_no_counterexample_but_a_flat_loss_has():
  assert theory.is_classification_calibrated(NCE, num_classes=2)
  assert not theory.is_classification_calibrated(flat, num_classes=2)


@pytest.mark.parametrize("loss", [flat, rising, hinge, NCE])
def test_a_counterexample_to_calibration_is_one(loss):
  found = theory.is_classification_calibrated(loss)
  largest = found.weights.argmax()
  rest = np.delete(found.probabilities, largest)
  assert rest.max() >= found.probabilities[largest]
  assert np.delete(found.weights, largest).max() < found.weights[largest]
  logits = np.full(3, -1e30, np.float32)
  possible = found.probabilities > 0
  logits[possible] = np.log(found.probabilities[possible])
  every = np.asarray(loss(np.tile(logits, (3, 1)), np.arange(3)))
  least = theory.minimizer(loss, found.weights).value
  assert every @ found.weights == pytest.approx(least, abs=1e-5)


@pytest.mark.parametrize(
  "weights, problem",
  [
    ([1], "shape (1,), must be (2,) or (3,)"),
    ([1, -2, np.nan], "-2.0, must be finite and at least 0"),
  ],
)
def test_refuses_what_are_no_weights(weights, problem):
  with pytest.raises(ValueError, match=f"^weights: {re.escape(problem)}$"):
    theory.minimizer(losses.mae, weights)


def test_calibration_is_tried_with_two_or_three_classes():
  with pytest.raises(ValueError, match=r"^num_classes: 4, must be 2 or 3$"):
    theory.is_classification_calibrated(losses.mae, num_classes=4)


def test_a_loss_that_is_already_reduced_is_refused():
  def reduced(logits, labels):
    return losses.mae(logits, labels).mean()

  with pytest.raises(ValueError, match=r"^loss: \[\] values of examples \[323\], must be"):
    theory.is_classification_calibrated(reduced, num_classes=2)
  with pytest.raises(ValueError, match=r"^loss: \[\] values of examples \[6\], must be"):
    theory.label_curve(reduced)

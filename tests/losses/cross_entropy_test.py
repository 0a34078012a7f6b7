"""Cross-entropy, smoothed and focal: the battery, and where probabilities round away."""

import functools

import chex
import jax
import numpy as np
import pytest

from noisy_jax import losses, per_logit_gradient
from tests import references
from tests.losses import battery
from tests.losses.battery import *  # noqa: F403

CASES = {
  "ce": battery.of_label(references.cross_entropy, np.ones_like),
  "ls": battery.Case(
    references.label_smoothing,
    references.gradient_of_label_smoothing,
    admits_minus_infinity=False,
  ),
  "fl": battery.of_label(references.focal, references.focal_weight),
  "fl(gamma=2)": battery.of_label(
    functools.partial(references.focal, gamma=2),
    functools.partial(references.focal_weight, gamma=2),
  ),
}


def test_cross_derivative_survives_where_the_label_probability_rounds_away():
  # d^2 log p_k / dz_j dz_k = p_j p_k; an exponential of expm1 would give 0.
  logits = np.array([-20.0, 0.5, 0.0], np.float32)
  hessian = jax.hessian(losses.label_log_prob)(logits, 0)
  p = references.softmax(logits)
  expected = np.outer(p, p) - np.diag(p)
  np.testing.assert_allclose(hessian, expected, rtol=1e-5)


def test_curvature_survives_where_a_wrong_class_is_certain():
  # d^2 log p_k / dz_0^2 = -p_0 (1 - p_0), with p_0 within 1e-17 of 1.
  logits = np.array([40.0, 0.0, 0.0], np.float32)
  p = references.softmax(logits)
  curvature = jax.hessian(losses.label_log_prob)(logits, 1)[0, 0]
  np.testing.assert_allclose(curvature, -p[0] * p[1:].sum(), rtol=1e-5)


def test_detached_focal_loss_has_the_value_but_holds_the_factor():
  detached = losses.parse("fl(detach=True)")
  logits, labels = battery.batch(num=10)
  values = [references.focal(row, k) for row, k in zip(logits, labels, strict=True)]
  np.testing.assert_allclose(detached(logits, labels), values, rtol=1e-5)
  gradient = references.gradient_of_label(lambda p: (1 - p) ** 0.5)
  rows = [gradient(row, k)[0] for row, k in zip(logits, labels, strict=True)]
  found = per_logit_gradient(detached, logits, labels)
  np.testing.assert_allclose(found, rows, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("loss", [losses.focal, losses.normalized_focal])
def test_focal_gradient_is_finite_where_the_label_is_certain(loss):
  logits = np.float32([200.0, 0.0, -3.0])

  @jax.jit
  def derivatives(logits, gamma):
    with_gamma = functools.partial(loss, gamma=gamma)
    of_labels = jax.vmap(jax.hessian(with_gamma), (None, 0))
    return jax.value_and_grad(with_gamma)(logits, 0), of_labels(logits, np.array([0, 2]))

  for gamma in np.float32([0.0, 0.5, 1.0, 2.0]):
    chex.assert_tree_all_finite(derivatives(logits, gamma))

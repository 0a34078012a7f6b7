import functools

import chex
import jax
import numpy as np
import pytest

from noisy_jax import losses
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


def test_second_derivatives_survive_where_probabilities_round_away():
  hessian = jax.jit(jax.hessian(losses.label_log_prob))
  # d^2 log p_k / dz_j dz_k = p_j p_k; an exponential of expm1 would give 0.
  logits = np.array([-20.0, 0.5, 0.0], np.float32)
  p = references.softmax(logits)
  np.testing.assert_allclose(hessian(logits, 0), np.outer(p, p) - np.diag(p), rtol=1e-5)
  # d^2 log p_k / dz_0^2 = -p_0 (1 - p_0), with p_0 within 1e-17 of 1.
  logits = np.array([40.0, 0.0, 0.0], np.float32)
  p = references.softmax(logits)
  np.testing.assert_allclose(hessian(logits, 1)[0, 0], -p[0] * p[1:].sum(), rtol=1e-5)


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

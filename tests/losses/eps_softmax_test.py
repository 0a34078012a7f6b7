import functools

import jax
import numpy as np
import pytest

from noisy_jax import losses, per_logit_gradient
from tests import references
from tests.losses import battery
from tests.losses.battery import *  # noqa: F403

LOGITS = 3 * np.random.default_rng(0).standard_normal((30, 5)).astype(np.float32)
AGREEING = LOGITS.argmax(-1)
ece = losses.epsilon_softmax_cross_entropy


def case(**hyperparameters):
  return battery.Case(
    functools.partial(references.eps_softmax, **hyperparameters),
    functools.partial(references.gradient_of_eps_softmax, **hyperparameters),
    admits_minus_infinity=False,
  )


CASES = {
  "ece": case(),
  **{f"ece(m={m})": case(m=m) for m in (0, 0.1, 100)},
  **{
    f"ece(m={m}, q_min={q_min})": case(m=m, q_min=q_min)
    for m, q_min in ((1e5, 1e-8), (0.1, 0.05))
  },
}


def test_of_equal_logits_the_first_is_the_likeliest():
  first, second = np.asarray(ece(np.zeros((2, 3), np.float32), np.array([0, 1]), m=100.0))
  assert first == pytest.approx(-np.log((1 / 3 + 100) / 101), rel=1e-5)
  assert second == pytest.approx(np.log(3 * 101), rel=1e-6)


def test_what_is_clamped_has_no_gradient_and_the_rest_is_as_without():
  p_k = np.array([1e-6, 0.9e-3, 1.1e-3, 0.2])
  others = np.stack([0.9 * (1 - p_k), 0.1 * (1 - p_k)], axis=1)
  logits = np.log(np.concatenate([p_k[:, None], others], axis=1)).astype(np.float32)
  labels = np.zeros(4, int)

  def clamped(z, y):
    return ece(z, y, m=1e5, q_min=1e-8)

  expected = -np.log(np.maximum(p_k / (1 + 1e5), 1e-8))
  np.testing.assert_allclose(clamped(logits, labels), expected, rtol=1e-6)
  assert expected.max() == pytest.approx(18.42, abs=0.01)
  gradient = per_logit_gradient(clamped, logits, labels)
  np.testing.assert_array_equal(gradient[:2], 0)
  whole = per_logit_gradient(lambda z, y: ece(z, y, m=1e5), logits, labels)
  np.testing.assert_array_equal(gradient[2:], whole[2:])
  assert (whole[:, 0] < -0.7).all()


def test_q_min_has_a_derivative_where_it_is_zero():
  def total(q_min):
    return ece(LOGITS, (AGREEING + 1) % 5, q_min=q_min).sum()

  assert jax.grad(total)(0.0) == 0

import functools

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses, per_logit_gradient
from tests import references
from tests.losses import battery
from tests.losses.battery import *  # noqa: F403

LOGITS = 3 * np.random.default_rng(0).standard_normal((20, 6)).astype(np.float32)
LABELS = np.arange(20) % 6


def polysoft_weight(p, lam=5.0, d=2.0):
  return np.maximum(1 + np.log(p) / lam, 0) ** (1 / (d - 1))


CASES = {
  "taylor_ce": battery.of_label(references.taylor, lambda p: p * (2 - p)),
  "taylor_ce(t=5)": battery.of_label(
    functools.partial(references.taylor, t=5),
    lambda p: p * sum((1 - p) ** i for i in range(5)),
  ),
  "phuber_ce": battery.of_label(references.phuber, lambda p: np.minimum(1, 10 * p)),
  "phuber_ce(tau=2)": battery.of_label(
    functools.partial(references.phuber, tau=2), lambda p: np.minimum(1, 2 * p)
  ),
  "polysoft": battery.of_label(references.polysoft, polysoft_weight),
  **{
    f"polysoft(lam={lam}, d={d})": battery.of_label(
      functools.partial(references.polysoft, lam=lam, d=d),
      functools.partial(polysoft_weight, lam=lam, d=d),
    )
    for lam, d in ((90, 1.5), (8, 4), (1000, 1 + 2**-10))
  },
}


def test_many_terms_are_cross_entropy():
  likely = np.argmax(LOGITS, axis=-1)
  values = losses.taylor_cross_entropy(LOGITS, likely, t=100)
  chex.assert_trees_all_close(values, losses.cross_entropy(LOGITS, likely), rtol=1e-5)


@pytest.mark.parametrize("t", [2.5, np.float32(1.1)])
def test_terms_come_whole(t):
  with pytest.raises(ValueError, match=f"t: {t}, must be a whole number"):
    losses.taylor_cross_entropy(LOGITS, LABELS, t=t)


def test_polysoft_of_a_large_d_is_cross_entropy_up_to_lam():
  values = losses.polysoft_cross_entropy(LOGITS, LABELS, lam=3.0, d=1e6)
  ce = losses.cross_entropy(LOGITS, LABELS)
  assert (ce > 3).any()
  chex.assert_trees_all_close(values, np.minimum(ce, 3), rtol=1e-5)


@pytest.mark.parametrize("d", [1.5, 2.0, 5.0])
def test_the_weight_of_polysoft_is_exact_next_to_its_end(d):
  steps = np.float32([-1e-2, -1e-4, -1e-5, -2e-6, 0, 1e-6, 1e-3])
  logits = np.stack([-4 - steps, np.zeros(7, np.float32)], axis=-1)
  labels = np.zeros(7, int)
  ce = np.asarray(losses.cross_entropy(logits, labels))
  lam = ce[4]

  def loss(logits, labels):
    return losses.polysoft_cross_entropy(logits, labels, lam=lam, d=d)

  # Against cross-entropy's gradient, and from its value as float32 has it.
  left = np.maximum(np.float64(lam) - ce, 0) / lam
  assert (left > 0).sum() == 4
  weights = (left ** (1 / (d - 1)))[:, None]
  expected = weights * per_logit_gradient(losses.cross_entropy, logits, labels)
  gradient = per_logit_gradient(loss, logits, labels)
  np.testing.assert_allclose(gradient, expected, rtol=1e-5)


def test_derivatives_of_polysoft_are_finite_in_every_direction():
  # CE from 0 to infinity, past and exactly at the end.
  log_odds = np.float32([-np.inf, -3e38, -1e4, -60, -5, -1, 0, 1, 10, 60, 3e38])
  logits = jnp.stack([log_odds, np.zeros_like(log_odds)], axis=-1)
  labels = np.zeros(len(log_odds), int)
  at_minus_five = losses.cross_entropy(logits, labels)[4]

  def total(lam, d):
    return losses.polysoft_cross_entropy(logits, labels, lam=lam, d=d)

  def by_logits(lam, d, logits=logits[2:-1]):
    def loss(logits, labels):
      return losses.polysoft_cross_entropy(logits, labels, lam=lam, d=d)

    return per_logit_gradient(loss, logits, labels[2:-1])

  @jax.jit
  def derivatives(lam, d):
    first = jax.jacfwd(total, (0, 1))(lam, d)
    backward = jax.grad(lambda *values: total(*values).sum(), (0, 1))(lam, d)
    # What a step of gradient descent changes by, for whoever learns lam and d through it.
    return first, backward, by_logits(lam, d), jax.jacfwd(by_logits, (0, 1))(lam, d)

  for lam in (1e-6, 0.1, at_minus_five, 5.0, 1e6):
    for d in (1 + 1e-6, 1.5, 2.0, 3.0, 1e6):
      chex.assert_tree_all_finite(derivatives(jnp.float32(lam), jnp.float32(d)))

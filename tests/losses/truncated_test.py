"""Taylor, partially Huberised and PolySoft cross-entropy: ends, and where pieces meet."""

import functools

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses, per_logit_gradient
from noisy_jax.analysis import theory
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


@pytest.mark.parametrize("loss, keyword", [("taylor_ce", "t"), ("phuber_ce", "tau")])
def test_at_one_they_are_mae(loss, keyword):
  values = losses.NAMES[loss](LOGITS, LABELS, **{keyword: 1})
  expected = losses.mae(LOGITS, LABELS, scale=1)
  chex.assert_trees_all_close(values, expected, rtol=1e-6)


def test_many_terms_are_cross_entropy():
  likely = np.argmax(LOGITS, axis=-1)
  values = losses.taylor_cross_entropy(LOGITS, likely, t=100)
  chex.assert_trees_all_close(values, losses.cross_entropy(LOGITS, likely), rtol=1e-5)


def test_a_large_tau_is_cross_entropy():
  values = losses.partially_huberized_cross_entropy(LOGITS, LABELS, tau=1e8)
  chex.assert_trees_all_equal(values, losses.cross_entropy(LOGITS, LABELS))


def test_the_pieces_meet_with_their_slopes():
  # Two classes: p_k = 1/4 at the log-odds -log 3.
  log_odds = -np.log(3) + np.float32([-1e-3, 1e-3])
  logits = np.stack([log_odds, np.zeros(2, np.float32)], axis=-1)

  def loss(logits, labels):
    return losses.partially_huberized_cross_entropy(logits, labels, tau=4.0)

  below, above = np.asarray(loss(logits, np.zeros(2, int)))
  assert below - above == pytest.approx(0.75 * 2e-3, rel=1e-2)
  below, above = np.asarray(per_logit_gradient(loss, logits, np.zeros(2, int)))[:, 0]
  assert below == pytest.approx(above, rel=2e-3)


@pytest.mark.parametrize("text, ratio", [("taylor_ce(t=4)", 4), ("phuber_ce(tau=3)", 3)])
def test_how_much_noise_they_bear(text, ratio):
  loss = losses.parse(text)
  assert theory.asymmetry_ratio(loss) == pytest.approx(1 / ratio, rel=1e-4)
  assert theory.variation_ratio(loss) == pytest.approx(ratio, rel=1e-4)


@pytest.mark.parametrize("t", [2.5, np.float32(1.1)])
def test_terms_come_whole(t):
  with pytest.raises(ValueError, match=f"t: {t}, must be a whole number"):
    losses.taylor_cross_entropy(LOGITS, LABELS, t=t)


def test_terms_are_written_whole():
  loss = losses.parse("2*taylor_ce(t=4)")
  assert str(loss) == "2*taylor_ce(t=4)"
  jitted = jax.jit(loss)(LOGITS, LABELS)
  expected = 2 * losses.taylor_cross_entropy(LOGITS, LABELS, t=4)
  chex.assert_trees_all_close(jitted, expected, rtol=1e-6)


def test_polysoft_of_a_large_d_is_cross_entropy_up_to_lam():
  values = losses.polysoft_cross_entropy(LOGITS, LABELS, lam=3.0, d=1e6)
  ce = losses.cross_entropy(LOGITS, LABELS)
  assert (ce > 3).any()
  chex.assert_trees_all_close(values, np.minimum(ce, 3), rtol=1e-5)


def test_polysoft_of_a_small_d_is_gce():
  values = losses.polysoft_cross_entropy(LOGITS, LABELS, lam=1e6 / 0.7, d=1 + 1e-6)
  expected = losses.generalized_cross_entropy(LOGITS, LABELS, q=0.7)
  chex.assert_trees_all_close(values, expected, rtol=1e-4)


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


def test_a_bias_gives_polysoft_the_gradient_that_many_classes_take():
  logits, labels = np.zeros((1, 1000), np.float32), np.zeros(1, int)
  loss = losses.parse("polysoft(lam=5)")
  np.testing.assert_array_equal(per_logit_gradient(loss, logits, labels), 0)
  # CE falls from log 1000 to log(1 + 999/111) = log 10.
  biased = losses.with_logit_bias(loss, np.log(111))
  pull = per_logit_gradient(biased, logits, labels)[0, 0]
  assert pull == pytest.approx(-0.9 * (1 - np.log(10) / 5), rel=1e-5)

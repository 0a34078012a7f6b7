"""Taylor and partially Huberised cross-entropy: their ends, and where the pieces meet."""

import chex
import jax
import numpy as np
import pytest

from noisy_jax import losses, per_logit_gradient
from noisy_jax.analysis import theory

LOGITS = 3 * np.random.default_rng(0).standard_normal((20, 6)).astype(np.float32)
LABELS = np.arange(20) % 6


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
  values = losses.partially_huberised_cross_entropy(LOGITS, LABELS, tau=1e8)
  chex.assert_trees_all_equal(values, losses.cross_entropy(LOGITS, LABELS))


def test_the_pieces_meet_with_their_slopes():
  # Two classes: p_k = 1/4 at the log-odds -log 3.
  log_odds = -np.log(3) + np.float32([-1e-3, 1e-3])
  logits = np.stack([log_odds, np.zeros(2, np.float32)], axis=-1)

  def loss(logits, labels):
    return losses.partially_huberised_cross_entropy(logits, labels, tau=4.0)

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

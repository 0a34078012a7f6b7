"""Cross-entropy of eps-softmax: what agreement changes."""

import chex
import numpy as np
import pytest

from noisy_jax import losses, per_logit_gradient

LOGITS = 3 * np.random.default_rng(0).standard_normal((30, 5)).astype(np.float32)
AGREEING = LOGITS.argmax(-1)
ece = losses.epsilon_softmax_cross_entropy


def test_without_m_it_is_cross_entropy():
  labels = np.arange(30) % 5
  chex.assert_trees_all_close(
    ece(LOGITS, labels, m=0), losses.cross_entropy(LOGITS, labels), rtol=1e-6
  )


@pytest.mark.parametrize("m", [0.5, 100.0, 1e5])
def test_disagreement_keeps_the_gradient_of_cross_entropy(m):
  labels = (AGREEING + 1) % 5
  expected = losses.cross_entropy(LOGITS, labels) + np.log1p(m)
  chex.assert_trees_all_close(ece(LOGITS, labels, m=m), expected, rtol=1e-6)
  gradient = per_logit_gradient(lambda z, y: ece(z, y, m=m), LOGITS, labels)
  chex.assert_trees_all_close(
    gradient, per_logit_gradient(losses.cross_entropy, LOGITS, labels), rtol=1e-6
  )


def test_agreement_leaves_next_to_none_of_it():
  gradient = per_logit_gradient(ece, LOGITS, AGREEING)
  whole = per_logit_gradient(losses.cross_entropy, LOGITS, AGREEING)
  assert (np.abs(gradient) <= 1.0001e-4 * np.abs(whole)).all()
  assert (np.abs(gradient) > 0).any()


def test_of_equal_logits_the_first_is_the_likeliest():
  first, second = np.asarray(ece(np.zeros((2, 3), np.float32), np.array([0, 1]), m=100.0))
  assert first == pytest.approx(-np.log((1 / 3 + 100) / 101), rel=1e-5)
  assert second == pytest.approx(np.log(3 * 101), rel=1e-6)

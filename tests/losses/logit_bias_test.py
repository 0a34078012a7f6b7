import re

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses, per_logit_gradient
from tests import references


def test_bias_raises_the_labelled_logit_alone_and_keeps_its_digits_in_bfloat16():
  biased = losses.add_logit_bias(np.zeros((2, 3), np.float32), np.array([2, 0]), 1.5)
  np.testing.assert_array_equal(biased, [[0, 0, 1.5], [1.5, 0, 0]])
  logits = jax.numpy.full((1, 3), 100.0, jax.numpy.bfloat16)
  biased = losses.add_logit_bias(logits, np.array([1]), 0.125)
  np.testing.assert_array_equal(biased, [[100, 100.125, 100]])


def test_biased_loss_is_the_loss_of_biased_logits_and_the_bias_may_be_traced():
  logits, label, eps = np.float32([0.3, -1.0, 2.0, 0.1]), 3, 1.2
  shifted = logits + np.float32(eps) * np.eye(4, dtype=np.float32)[label]

  @jax.jit
  def both(logits, shifted, eps):
    biased = {k: losses.with_logit_bias(loss, eps) for k, loss in losses.NAMES.items()}
    of_shifted = {k: loss(shifted, label) for k, loss in losses.NAMES.items()}
    return {k: loss(logits, label) for k, loss in biased.items()}, of_shifted

  biased, expected = both(logits, shifted, eps)
  chex.assert_trees_all_close(biased, expected, rtol=1e-6, atol=3e-7)


def test_gradient_of_mae_star_is_its_closed_form():
  # With pt = softmax(z + eps e_k): dL/dz = 2 pt_k (pt - e_k).
  logits, label, eps = np.array([1.0, -0.5, 2.0, 0.3, -1.2], np.float32), 0, 1.0
  one_hot = np.eye(5)[label]
  pt = references.softmax(logits + eps * one_hot)
  gradient = per_logit_gradient(losses.with_logit_bias(losses.mae, eps), logits, label)
  np.testing.assert_allclose(gradient, 2 * pt[label] * (pt - one_hot), rtol=1e-5)


@pytest.mark.parametrize("shape", [(3,), (1, 1)])
def test_bias_must_be_a_scalar(shape):
  message = re.escape(f"eps: float32{list(shape)}, must be a scalar")
  with pytest.raises(ValueError, match=message):
    losses.add_logit_bias(np.zeros((3, 3), np.float32), np.zeros(3, int), np.ones(shape))
  with pytest.raises(ValueError, match=message):
    losses.with_logit_bias(losses.mae, np.ones(shape))


def test_equal_biased_losses_are_one_to_jit():
  biased = losses.with_logit_bias(losses.parse("nce + mae"), 2.0)
  assert biased == losses.with_logit_bias(losses.parse("nce+mae"), np.float32(2))
  assert hash(biased) == hash(losses.with_logit_bias(losses.parse("nce+mae"), jnp.array(2)))
  assert biased != losses.with_logit_bias(losses.parse("nce+mae"), 3.0)

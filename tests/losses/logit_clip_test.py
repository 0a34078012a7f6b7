import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses
from tests import references

LOGITS = np.random.default_rng(0).standard_normal((20, 6)).astype(np.float32)
LABELS = np.arange(20) % 6


def clipped(z, tau):
  z = np.asarray(z, np.float64)
  return z * min(1, tau / np.linalg.norm(z))


@pytest.mark.parametrize("tau", [0.1, 1.0, 2.5, 100.0])
def test_norm_is_at_most_tau_and_shorter_ones_stay(tau):
  expected = np.stack([clipped(row, tau) for row in LOGITS])
  np.testing.assert_allclose(losses.clip_logits(LOGITS, tau), expected, rtol=1e-5)


def test_a_clipped_loss_is_the_loss_of_clipped_logits_and_tau_may_be_traced():
  @jax.jit
  def both(logits, tau):
    short = losses.clip_logits(logits, tau)
    expected = {k: loss(short, LABELS) for k, loss in losses.NAMES.items()}
    clipped = {k: losses.with_logit_clip(loss, tau) for k, loss in losses.NAMES.items()}
    return {k: loss(logits, LABELS) for k, loss in clipped.items()}, expected

  chex.assert_trees_all_close(*both(LOGITS, 1.5), rtol=1e-6)


@pytest.mark.parametrize("tau", [1.0, 3.0])
def test_gradient_is_that_of_finite_differences(tau):
  def reference(z):
    return references.cross_entropy(clipped(z, tau), 2)

  gradient = jax.jit(jax.grad(losses.with_logit_clip(losses.cross_entropy, tau)))
  for row in LOGITS[:5]:
    expected = references.central_difference(reference, row)
    np.testing.assert_allclose(gradient(row, 2), expected, rtol=1e-4, atol=1e-7)


def test_cross_entropy_stays_between_the_stated_bounds():
  num_classes, tau = 5, 1.3
  loss = losses.with_logit_clip(losses.cross_entropy, tau)
  low = np.log1p(4 * np.exp(-tau * np.sqrt(5 / 4)))
  high = np.log1p(4 * np.exp(np.sqrt(2) * tau))
  logits = 10 * np.random.default_rng(1).standard_normal((500, num_classes))
  values = np.asarray(loss(logits.astype(np.float32), np.zeros(500, int)))
  assert (low <= values).all()
  assert (values <= high).all()
  # The least: all wrong classes alike, and the mean of all logits 0.
  best = np.float32([40, -10, -10, -10, -10])
  assert loss(best, 0) == pytest.approx(low, rel=1e-5)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16, jnp.float16])
def test_any_logits_give_finite_values_and_gradients(dtype):
  logits = jnp.asarray(np.outer([0.0, 1e4, -1e4, 1e-4] * 2, np.eye(4)[1]), dtype)
  loss, labels = losses.with_logit_clip(losses.cross_entropy, 1.0), np.repeat([0, 1], 4)
  value, gradient = jax.jit(jax.value_and_grad(lambda z: loss(z, labels).sum()))(logits)
  chex.assert_tree_all_finite((value, gradient))
  assert gradient.dtype == dtype


def test_squares_may_leave_the_range_of_floats_and_what_has_no_norm_is_nan():
  logits = np.float32([3e30, 4e30, 0])
  np.testing.assert_allclose(losses.clip_logits(logits, 1.0), [0.6, 0.8, 0], rtol=1e-6)
  tiny = np.float32([3e-30, 4e-30, 0])
  np.testing.assert_array_equal(losses.clip_logits(tiny, 1.0), tiny)
  for bad in (np.nan, np.inf, -np.inf):
    assert np.isnan(losses.clip_logits(np.float32([3, bad, 0]), 1.0)).all()


def test_equal_clipped_losses_are_one_to_jit_and_bad_values_of_tau_are_refused():
  once = losses.with_logit_clip(losses.parse("nce + mae"), 2.0)
  again = losses.with_logit_clip(losses.parse("nce+mae"), jnp.array(2.0))
  assert once == again
  assert hash(once) == hash(again)
  assert once != losses.with_logit_clip(losses.parse("nce+mae"), 1.0)
  with pytest.raises(ValueError, match=r"tau: 0, must be in \(0, inf\)"):
    losses.with_logit_clip(losses.mae, 0)
  with pytest.raises(ValueError, match=r"tau: float32\[2\], must be a scalar$"):
    losses.with_logit_clip(losses.mae, np.ones(2))

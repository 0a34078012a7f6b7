import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from noisy_jax import losses

LOGITS = np.linspace(-6, 6, 24, dtype=np.float32).reshape(8, 3)
LABELS = np.arange(24).reshape(8, 3) % 2


def test_cross_entropy_is_that_of_the_sigmoid():
  values = jax.jit(losses.with_binary_labels(losses.ce))(LOGITS, LABELS)
  expected = optax.sigmoid_binary_cross_entropy(LOGITS, LABELS.astype(np.float32))
  chex.assert_trees_all_close(values, expected, rtol=1e-5)


@pytest.mark.parametrize("name", ["mae", "gce"])
def test_bounded_losses_are_functions_of_the_label_s_probability(name):
  logits = LOGITS.astype(np.float64)
  p = 1 / (1 + np.exp(np.where(LABELS, -logits, logits)))
  expected = {"mae": 2 * (1 - p), "gce": (1 - p**0.7) / 0.7}[name]
  loss = losses.with_binary_labels(losses.NAMES[name])
  chex.assert_trees_all_close(loss(LOGITS, LABELS), expected.astype(np.float32), rtol=1e-5)
  chex.assert_trees_all_equal(loss(LOGITS, LABELS == 1), loss(LOGITS, LABELS))


def test_other_labels_have_no_loss_and_no_gradient():
  def total(logits):
    values = losses.with_binary_labels(losses.mae)(logits, jnp.array([1, -1, 2, 0]))
    return jnp.where(jnp.isnan(values), 0.0, values).sum()

  gradient = jax.grad(total)(jnp.zeros(4))
  chex.assert_trees_all_equal(gradient != 0, jnp.array([True, False, False, True]))


def test_other_labels_are_no_class_of_a_function_of_the_user():
  def margin(logits, labels):
    return -jnp.take_along_axis(logits, labels[..., None], axis=-1)[..., 0]

  loss, labels = losses.with_binary_labels(margin), jnp.array([1, -1, 2, 0])
  values, pullback = jax.vjp(lambda logits: loss(logits, labels), jnp.ones(4))
  np.testing.assert_array_equal(values, [-1, np.nan, np.nan, 0])
  np.testing.assert_array_equal(*pullback(jnp.ones(4)), [-1, 0, 0, 0])


def test_equal_losses_are_equal():
  one, two = (losses.with_binary_labels(losses.parse("gce(q=0.5)")) for _ in range(2))
  assert hash(one) == hash(two)
  assert one == two != losses.with_binary_labels(losses.gce)


def test_wrong_inputs_are_refused_in_one_line():
  loss = losses.with_binary_labels(losses.mae)
  with pytest.raises(ValueError, match=r"labels: int64\[8\], must have the shape of logit"):
    loss(LOGITS, LABELS[:, 0])
  with pytest.raises(TypeError, match=r"labels: float32\[8, 3\], must be integers"):
    loss(LOGITS, LABELS.astype(np.float32))
  with pytest.raises(TypeError, match=r"logits: int32\[8, 3, 2\], must be float"):
    loss(LABELS, LABELS)
  with pytest.raises(ValueError, match=r"loss: \[\] values of examples \[8, 3\], must be"):
    losses.with_binary_labels(lambda *of: losses.mae(*of).mean())(LOGITS, LABELS)

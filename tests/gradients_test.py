import chex
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses, per_logit_gradient
from tests import references


def test_each_example_has_its_own_gradient_also_without_a_batch():
  logits = np.random.default_rng(0).standard_normal((2, 3, 4)).astype(np.float32)
  labels = np.array([[0, 1, 2], [3, 0, 1]])
  expected = references.softmax(logits) - np.eye(4)[labels]
  gradient = per_logit_gradient(losses.cross_entropy, logits, labels)
  np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-7)
  gradient = per_logit_gradient(losses.mae, np.zeros(4, np.float32), 1)
  chex.assert_shape(gradient, (4,))
  with pytest.raises(ValueError, match=r"^labels: "):
    per_logit_gradient(losses.mae, np.zeros((2, 3), np.float32), np.zeros(3, int))


def test_a_label_outside_the_classes_has_no_gradient_also_in_a_function_of_the_user():
  def margin(logits, labels):
    return -jnp.take_along_axis(logits, labels[..., None], axis=-1)[..., 0]

  found = per_logit_gradient(margin, np.zeros((2, 3), np.float32), [-100, 1])
  np.testing.assert_array_equal(found, [[0, 0, 0], [0, -1, 0]])

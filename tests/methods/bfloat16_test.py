import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses, methods
from tests.methods.batches import K, N
from tests.methods.methods_test import AUM, METHODS


@pytest.mark.parametrize("text", [*METHODS, AUM])
def test_outputs_in_bfloat16_are_computed_in_float32(text):
  method = methods.parse(text).around(losses.parse("gce(q=0.4)"))
  state = method.init(np.arange(N) % K, K)
  for _ in range(3 if method.end_of_epoch else 0):  # behind the warm-up
    state = method.end_of_epoch(state)
  outputs = np.random.default_rng(0).normal(size=(N, K + method.num_extra_outputs))
  short = jnp.bfloat16(8 * outputs)

  def total(outputs):
    labels = jnp.arange(N) % K
    values, rows = method.loss(state.shared, state.examples, outputs, labels)
    return values.sum(), (values, rows)

  gradient, actual = jax.grad(total, has_aux=True)(short)
  exact, expected = jax.grad(total, has_aux=True)(jnp.float32(short))
  chex.assert_trees_all_equal(actual, expected)
  chex.assert_trees_all_equal(gradient, jnp.bfloat16(exact))

"""The logits of a fresh network on real inputs: where training starts."""

import functools
from typing import TYPE_CHECKING

import chex
import jax
from jax.typing import ArrayLike

if TYPE_CHECKING:
  from flax import linen as nn


def initial_logits(model: "nn.Module", inputs: ArrayLike, keys: jax.Array) -> jax.Array:
  """Logits of freshly initialised networks, one network per key.

  Args:
    model: a flax module that maps inputs to logits.
    inputs: a batch as the training loop would feed it, float[n, ...].
    keys: random keys, [seeds].

  Returns:
    float[seeds, n, K].

  Raises:
    AssertionError: if keys is no row of keys.
  """
  chex.assert_rank(keys, 1, custom_message="keys")
  return _initial_logits(model, inputs, keys)


@functools.partial(jax.jit, static_argnums=0)
def _initial_logits(model, inputs, keys):
  return jax.vmap(lambda key: model.init_with_output(key, inputs)[0])(keys)

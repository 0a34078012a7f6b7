"""The logits of a fresh network on real inputs: where training starts."""

from typing import TYPE_CHECKING

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
  """

  def of_one_network(key):
    return model.init_with_output(key, inputs)[0]

  return jax.jit(jax.vmap(of_one_network))(keys)

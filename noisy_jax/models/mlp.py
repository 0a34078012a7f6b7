"""A multilayer perceptron on features or flattened images."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike

from noisy_jax.models.initializers import initializers
from noisy_jax.models.layers import dense


class MLP(nn.Module):
  """Dense layers with ReLU between them, over features or pixels as one vector.

  The initialisation is Flax's default: weights of variance 1 / inputs, biases 0. Every ReLU
  halves the mean square, so that standardised inputs give fresh logits with a standard
  deviation near 2^(-n/2) after n hidden layers: 0.5 after two.

  Attributes:
    num_classes: K, the number of logits.
    widths: units of each hidden layer; without any, the network is linear.
    initialization: initializer of the weights, a name in `INITIALIZERS`.
    dtype: compute dtype of the hidden layers; parameters and logits are float32.
  """

  num_classes: int
  widths: Sequence[int] = (1024, 1024)
  initialization: str = "flax"
  dtype: DTypeLike = jnp.float32

  @nn.compact
  def __call__(self, images: jax.Array, *, train: bool = False) -> jax.Array:
    """Logits [n, K] of images or features [n, ...], the same in both modes."""
    del train
    init = initializers(self.initialization)
    x = images.reshape(images.shape[0], -1)
    for width in self.widths:
      x = nn.relu(dense(x, width, init=init, dtype=self.dtype))
    return dense(x, self.num_classes, init=init, dtype=jnp.float32)

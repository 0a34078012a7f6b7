"""A multilayer perceptron on flattened images."""

from collections.abc import Sequence

import jax
from flax import linen as nn


class MLP(nn.Module):
  """Dense layers with ReLU between them, over the pixels as one vector.

  Initialised as Flax does by default: weights of variance 1 / inputs, biases 0. Every ReLU
  halves the mean square, so that standardised inputs give fresh logits of standard
  deviation near 2^(-n/2) after n hidden layers: 0.5 after two.

  Attributes:
    num_classes: K, the number of logits.
    widths: units of each hidden layer.
  """

  num_classes: int
  widths: Sequence[int] = (1024, 1024)

  @nn.compact
  def __call__(self, images: jax.Array) -> jax.Array:
    """Logits [n, K] of images [n, height, width, channels]."""
    x = images.reshape(images.shape[0], -1)
    for width in self.widths:
      x = nn.relu(nn.Dense(width)(x))
    return nn.Dense(self.num_classes)(x)

"""A multilayer perceptron on flattened images."""

from collections.abc import Sequence

import jax
from flax import linen as nn


class MLP(nn.Module):
  """Dense layers with ReLU between them, over the pixels as one vector.

  Initialised so that standardised inputs give logits of variance near 1: He's normal
  initialisation under each ReLU, LeCun's at the output, biases 0. That is the width at
  which `analysis` looks at a loss by default.

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
      x = nn.relu(nn.Dense(width, kernel_init=nn.initializers.he_normal())(x))
    return nn.Dense(self.num_classes, kernel_init=nn.initializers.lecun_normal())(x)

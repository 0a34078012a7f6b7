"""A network with outputs beside its logits, which only the training sees."""

import jax
from flax import linen as nn


class ExtraOutputs(nn.Module):
  """A network of more outputs than classes.

  Attributes:
    network: from images to outputs [n, K + extra], of which the first K are logits.
    num_classes: K.
  """

  network: nn.Module
  num_classes: int

  @nn.compact
  def __call__(self, images: jax.Array, *, train: bool = False) -> jax.Array:
    """All outputs [n, K + extra] in train mode, else the logits [n, K]."""
    outputs = self.network(images, train=train)
    return outputs if train else outputs[:, : self.num_classes]

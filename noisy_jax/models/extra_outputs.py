"""A network with extra outputs beside its logits, for training only."""

import jax
from flax import linen as nn


class ExtraOutputs(nn.Module):
  """A network with more outputs than classes.

  Attributes:
    network: module from images to outputs [n, K + extra], of which the first K are logits.
    num_classes: K.
  """

  network: nn.Module
  num_classes: int

  @nn.compact
  def __call__(self, images: jax.Array, *, train: bool = False) -> jax.Array:
    """All outputs [n, K + extra] in train mode, otherwise the logits [n, K]."""
    outputs = self.network(images, train=train)
    return outputs if train else outputs[:, : self.num_classes]

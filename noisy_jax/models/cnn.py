"""Plain convolutional networks with batch normalisation."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike

from noisy_jax.models.initializers import initializers
from noisy_jax.models.layers import batch_norm, dense


class CNN(nn.Module):
  """Blocks of 3x3 convolutions, a 2x2 max pooling after each, and one hidden dense layer.

  BatchNorm and ReLU follow every layer but the last. The output of the last pooling is
  flattened, so that the number of parameters depends on the size of the images.

  Attributes:
    num_classes: K, the number of logits.
    blocks: channels of each convolution of each block.
    hidden: units of the dense layer before the logits.
    initialization: initializer of the weights, a name in `INITIALIZERS`.
    dtype: compute dtype of all layers but the last; parameters, statistics and logits are
      float32.
    axis_name: name of the axis of devices that share batch statistics; None for one device.

  Source: Ma et al., "Normalized Loss Functions for Deep Learning with Noisy Labels", ICML
    2020: 4 layers for MNIST, 422,090 parameters at 28x28x1 and K = 10; 8 layers for
    CIFAR-10, 1,639,794 at 32x32x3 and K = 10.
  """

  num_classes: int
  blocks: Sequence[Sequence[int]]
  hidden: int
  initialization: str = "alfs"
  dtype: DTypeLike = jnp.float32
  axis_name: str | None = None

  @nn.compact
  def __call__(self, images: jax.Array, *, train: bool) -> jax.Array:
    """Logits of images.

    Args:
      images: float[n, height, width, channels].
      train: whether to normalise by the statistics of this batch and store them.

    Returns:
      float32[n, K].

    Raises:
      ValueError: if the images are too small for the pooling after every block.
    """
    init = initializers(self.initialization)
    norm = batch_norm(train=train, dtype=self.dtype, axis_name=self.axis_name)
    height, width = images.shape[1:3]
    smallest = 2 ** len(self.blocks)
    if min(height, width) < smallest:
      raise ValueError(
        f"images: {height} x {width}, must be at least {smallest} x {smallest} to be "
        f"halved {len(self.blocks)} times"
      )

    x = images
    for block in self.blocks:
      for channels in block:
        conv = nn.Conv(
          channels,
          (3, 3),
          dtype=self.dtype,
          kernel_init=init.conv,
          bias_init=init.bias(9 * x.shape[-1]),
        )
        x = nn.relu(norm()(conv(x)))
      x = nn.max_pool(x, (2, 2), (2, 2))
    x = x.reshape(x.shape[0], -1)
    x = nn.relu(norm()(dense(x, self.hidden, init=init, dtype=self.dtype)))
    return dense(x, self.num_classes, init=init, dtype=jnp.float32)

"""A small convolutional network, which two CPU cores train on CIFAR in minutes."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike

from noisy_jax.models.initializers import initializers
from noisy_jax.models.layers import batch_norm, dense


class SmallCNN(nn.Module):
  r"""3x3 convolutions on quarters of the image, a residual layer, the mean, a dense layer.

  Four pixels become one pixel with four times the channels, so that the first convolution
  works at half the height and width. A 2x2 max pooling comes between two convolutions, and
  h + relu(norm(conv(h))) after the last one. BatchNorm and ReLU follow every convolution.

  The form avoids operations that are slow in XLA on a CPU: a first layer at full size,
  depthwise convolutions and the gradient of `nn.max_pool`
  (experiments/results/small_convnets).

  With clean labels and seed 0, the test accuracy ends at 55.5 % on CIFAR-100 and 81.0 % on
  CIFAR-10:

      python -m experiments.train --dataset=cifar100 --model=cnn5 --epochs=30 \
        --learning_rate=0.1 --augmentation=crop+flip --weight_decay=5e-4

  Attributes:
    num_classes: K, the number of logits.
    channels: channels of each convolution; the last number counts twice, as the residual
      layer has as many.
    initialization: initializer of the weights, a name in `INITIALIZERS`.
    dtype: compute dtype of all layers but the last; parameters, statistics and logits are
      float32.
    axis_name: name of the axis of devices that share batch statistics; None for one device.

  Source: our own; 0.26 million parameters at K = 100.
  """

  num_classes: int
  channels: Sequence[int] = (32, 64, 128)
  initialization: str = "alfs"
  dtype: DTypeLike = jnp.float32
  axis_name: str | None = None

  @nn.compact
  def __call__(self, images: jax.Array, *, train: bool) -> jax.Array:
    """Logits of images.

    Args:
      images: float[n, height, width, channels]; odd sides lose their last row or column.
      train: whether to normalise by the statistics of this batch and store them.

    Returns:
      float32[n, K].

    Raises:
      ValueError: if the images are too small for the pooling.
    """
    smallest = 2 ** len(self.channels)
    height, width = images.shape[1:3]
    if min(height, width) < smallest:
      raise ValueError(
        f"images: {height} x {width}, must be at least {smallest} x {smallest} to be "
        f"halved {len(self.channels)} times"
      )
    init = initializers(self.initialization)
    norm = batch_norm(train=train, dtype=self.dtype, axis_name=self.axis_name)

    def layer(x, channels):
      conv = nn.Conv(
        channels, (3, 3), use_bias=False, dtype=self.dtype, kernel_init=init.conv
      )
      return nn.relu(norm()(conv(x)))

    x = layer(space_to_depth(images), self.channels[0])
    for channels in self.channels[1:]:
      x = layer(max_pool(x), channels)
    x = x + layer(x, self.channels[-1])
    x = x.mean((1, 2), dtype=jnp.float32)
    return dense(x, self.num_classes, init=init, dtype=jnp.float32)


def squares(x: jax.Array) -> jax.Array:
  """x cut into squares of 2x2 pixels, [n, height / 2, 2, width / 2, 2, channels]."""
  n, height, width, channels = x.shape
  rows, columns = height // 2, width // 2
  return x[:, : 2 * rows, : 2 * columns].reshape(n, rows, 2, columns, 2, channels)


def space_to_depth(x: jax.Array) -> jax.Array:
  """The pixels of each square as channels, [n, height / 2, width / 2, 4 * channels]."""
  n, rows, _, columns, _, channels = (cut := squares(x)).shape
  return cut.swapaxes(2, 3).reshape(n, rows, columns, 4 * channels)


def max_pool(x: jax.Array) -> jax.Array:
  """The largest of each square and channel, [n, height / 2, width / 2, channels].

  With `nn.max_pool`, whose gradient is slow on a CPU, a step takes 1.4 times as long.
  """
  return squares(x).max((2, 4))

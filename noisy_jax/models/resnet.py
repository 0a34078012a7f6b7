"""Residual networks, built from a stem and stages of blocks."""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike

from noisy_jax.models.initializers import initializers
from noisy_jax.models.layers import batch_norm, dense
from noisy_jax.models.residual_blocks import BasicBlock, Block


class ResNet(nn.Module):
  """A stem, stages of residual blocks, the mean over the image, and a dense layer.

  Every stage has twice the channels of the stage before. From the second on it has half the
  height and width, as its first block has stride 2. With preactivation, the stem is a
  convolution without norm and relu, and a last norm and relu come before the mean; some
  codes for CIFAR leave these out.

  Attributes:
    num_classes: K, the number of logits.
    stages: number of blocks in each stage.
    block: class of the blocks.
    width: channels of the first stage.
    imagenet_stem: 7x7 convolution of stride 2 and 3x3 max pooling of stride 2, for large
      images; otherwise a 3x3 convolution of stride 1, for CIFAR.
    zero_init: whether fresh blocks pass their input on (see `Block`); they do not in the
      code of APL and ALFs, and do in ResNet-50 of epsilon-softmax.
    initialization: initializer of the weights, a name in `INITIALIZERS`.
    dtype: compute dtype of all layers but the last; parameters, statistics and logits are
      float32.
    axis_name: name of the axis of devices that share batch statistics; None for one device.

  Source: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, and
    "Identity Mappings in Deep Residual Networks", ECCV 2016.
  """

  num_classes: int
  stages: Sequence[int] = (3, 4, 6, 3)
  block: type[Block] = BasicBlock
  width: int = 64
  imagenet_stem: bool = False
  zero_init: bool = False
  initialization: str = "alfs"
  dtype: DTypeLike = jnp.float32
  axis_name: str | None = None

  @nn.compact
  def __call__(self, images: jax.Array, *, train: bool) -> jax.Array:
    """Logits of images.

    Args:
      images: float[n, height, width, channels], of any height and width.
      train: whether to normalise by the statistics of this batch and store them.

    Returns:
      float32[n, K].
    """
    init = initializers(self.initialization)
    conv = functools.partial(_conv, dtype=self.dtype, kernel_init=init.conv)
    norm = batch_norm(train=train, dtype=self.dtype, axis_name=self.axis_name)

    side, stride = (7, 2) if self.imagenet_stem else (3, 1)
    x = conv(self.width, side, stride)(images)
    if not self.block.preactivation:
      x = nn.relu(norm()(x))
    if self.imagenet_stem:
      x = nn.max_pool(x, (3, 3), (2, 2), padding=((1, 1), (1, 1)))
    for stage, num_blocks in enumerate(self.stages):
      for i in range(num_blocks):
        stride = 2 if stage > 0 and i == 0 else 1
        x = self.block(self.width * 2**stage, stride, conv, norm, self.zero_init)(x)
    if self.block.preactivation:
      x = nn.relu(norm()(x))
    x = x.mean((1, 2), dtype=jnp.float32)
    return dense(x, self.num_classes, init=init, dtype=jnp.float32)


def _conv(channels, side, stride=1, *, kernel_init, dtype):
  # All sides have the same padding, as in PyTorch: "SAME" with stride 2 pads only one side.
  return nn.Conv(
    channels,
    (side, side),
    strides=stride,
    padding=side // 2,
    use_bias=False,
    kernel_init=kernel_init,
    dtype=dtype,
  )

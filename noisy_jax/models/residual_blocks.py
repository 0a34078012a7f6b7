"""The blocks of residual networks, which add the result of layers to their input.

conv3 and conv1 are convolutions of 3x3 and 1x1 without bias, norm is BatchNorm, and P x is
the input of a block, or its projection by a conv1 if the block changes the shape.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import jax
from flax import linen as nn
from jax.nn.initializers import ones, zeros


class Block(nn.Module):
  """The base of all blocks.

  Attributes:
    channels: channels of the 3x3 convolutions.
    stride: factor by which the block shrinks images.
    conv: function of (channels, side, stride=1) that returns a convolution without bias.
    norm: function without arguments that returns a BatchNorm.
    zero_init: whether the last layer of the sum starts as zero, so that a fresh block
      passes its input on.
  """

  channels: int
  stride: int
  conv: Callable[..., Any]
  norm: Callable[..., Any]
  zero_init: bool = False

  preactivation: ClassVar[bool] = False
  """Whether norm and relu come before the convolutions, and are missing at the end."""

  def last_norm(self) -> Any:
    """The last norm before the sum."""
    return self.norm(scale_init=zeros if self.zero_init else ones)

  def projection(self, x: jax.Array, y: jax.Array) -> jax.Array:
    """x, or norm(conv1(x)) if x and y differ in shape."""
    if x.shape == y.shape:
      return x
    return self.norm()(self.conv(y.shape[-1], 1, self.stride)(x))


class BasicBlock(Block):
  """relu(P x + norm(conv3(relu(norm(conv3(x)))))), the first convolution with the stride.

  Source: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016.
  """

  @nn.compact
  def __call__(self, x: jax.Array) -> jax.Array:
    """From [n, height, width, any] to [n, height / stride, width / stride, channels]."""
    y = nn.relu(self.norm()(self.conv(self.channels, 3, self.stride)(x)))
    y = self.last_norm()(self.conv(self.channels, 3)(y))
    return nn.relu(self.projection(x, y) + y)


class Bottleneck(Block):
  """relu(P x + norm(conv1(h))) with h = relu(norm(conv3(relu(norm(conv1(x)))))).

  The 3x3 convolution has the stride, as in torchvision; in the paper the first 1x1 has it.

  Source: as `BasicBlock`.
  """

  @nn.compact
  def __call__(self, x: jax.Array) -> jax.Array:
    """As `BasicBlock`, but with 4 * channels in the result."""
    y = nn.relu(self.norm()(self.conv(self.channels, 1)(x)))
    y = nn.relu(self.norm()(self.conv(self.channels, 3, self.stride)(y)))
    y = self.last_norm()(self.conv(4 * self.channels, 1)(y))
    return nn.relu(self.projection(x, y) + y)


class PreActBlock(Block):
  """P x + conv3(relu(norm(conv3(a)))) with a = relu(norm(x)); a projection is conv1(a).

  In the paper, the first block of a network adds its result to a even without a projection;
  here it adds to x, as in the code of GJS and in others for CIFAR.

  Source: He et al., "Identity Mappings in Deep Residual Networks", ECCV 2016.
  """

  preactivation: ClassVar[bool] = True

  @nn.compact
  def __call__(self, x: jax.Array) -> jax.Array:
    """Shapes as in `BasicBlock`."""
    last_init = {"kernel_init": zeros} if self.zero_init else {}
    a = nn.relu(self.norm()(x))
    y = nn.relu(self.norm()(self.conv(self.channels, 3, self.stride)(a)))
    y = self.conv(self.channels, 3, **last_init)(y)
    shortcut = x if x.shape == y.shape else self.conv(self.channels, 1, self.stride)(a)
    return shortcut + y

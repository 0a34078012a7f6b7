"""The convolutional networks of `noisy_jax.models` as PyTorch users write them.

Layers, strides, biases and normalisation are the same, and so is the number of parameters;
they are initialised as PyTorch does by default, which takes no other time.
"""

from collections.abc import Callable, Sequence

from torch import nn


def _cnn(blocks: Sequence[Sequence[int]], hidden: int, num_classes: int, side: int):
  layers: list[nn.Module] = []
  inputs = 3
  for block in blocks:
    for channels in block:
      layers += [nn.Conv2d(inputs, channels, 3, padding=1), *_norm_and_relu(channels)]
      inputs = channels
    layers.append(nn.MaxPool2d(2))
  pixels = (side // 2 ** len(blocks)) ** 2
  layers += [nn.Flatten(), nn.Linear(inputs * pixels, hidden), nn.BatchNorm1d(hidden)]
  return nn.Sequential(*layers, nn.ReLU(inplace=True), nn.Linear(hidden, num_classes))


class Residual(nn.Module):
  """x + layer(x)."""

  def __init__(self, layer: nn.Module):
    super().__init__()
    self.layer = layer

  def forward(self, x):
    return x + self.layer(x)


def convolution(
  inputs: int, channels: int, *, side: int = 3, stride: int = 1, groups: int = 1
) -> nn.Module:
  """A convolution without bias of an odd side, BatchNorm, ReLU."""
  conv = nn.Conv2d(
    inputs, channels, side, stride, padding=side // 2, groups=groups, bias=False
  )
  return nn.Sequential(conv, *_norm_and_relu(channels))


def _small_cnn(channels: Sequence[int], num_classes: int, side: int):
  del side
  first, *others = channels
  layers: list[nn.Module] = [nn.PixelUnshuffle(2), convolution(12, first)]
  inputs = first
  for outputs in others:
    layers += [nn.MaxPool2d(2), convolution(inputs, outputs)]
    inputs = outputs
  layers.append(Residual(convolution(inputs, inputs)))
  return nn.Sequential(
    *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, num_classes)
  )


class _BasicBlock(nn.Module):
  def __init__(self, inputs: int, channels: int, stride: int):
    super().__init__()
    self.residual = nn.Sequential(
      nn.Conv2d(inputs, channels, 3, stride, padding=1, bias=False),
      *_norm_and_relu(channels),
      nn.Conv2d(channels, channels, 3, padding=1, bias=False),
      nn.BatchNorm2d(channels),
    )
    self.shortcut = nn.Identity()
    if inputs != channels or stride != 1:
      self.shortcut = nn.Sequential(
        nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
      )
    self.relu = nn.ReLU(inplace=True)

  def forward(self, x):
    return self.relu(self.residual(x) + self.shortcut(x))


def _resnet(stages: Sequence[int], num_classes: int, side: int):
  del side
  layers: list[nn.Module] = [nn.Conv2d(3, 64, 3, padding=1, bias=False)]
  layers += _norm_and_relu(64)
  inputs = 64
  for stage, num_blocks in enumerate(stages):
    for i in range(num_blocks):
      channels = 64 * 2**stage
      layers.append(_BasicBlock(inputs, channels, 2 if stage > 0 and i == 0 else 1))
      inputs = channels
  return nn.Sequential(
    *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, num_classes)
  )


def _norm_and_relu(channels):
  return [nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]


_NETWORKS: dict[str, Callable[[int, int], nn.Module]] = {
  "cnn4": lambda *sizes: _cnn([[32], [64]], 128, *sizes),
  "cnn5": lambda *sizes: _small_cnn([32, 64, 128], *sizes),
  "cnn8": lambda *sizes: _cnn([[64, 64], [128, 128], [196, 196]], 256, *sizes),
  "resnet18": lambda *sizes: _resnet([2, 2, 2, 2], *sizes),
  "resnet34": lambda *sizes: _resnet([3, 4, 6, 3], *sizes),
}
NAMES = tuple(_NETWORKS)


def build(name: str, num_classes: int, side: int) -> nn.Module:
  """The network of that name.

  Args:
    name: one of `NAMES`, as `noisy_jax.models` has it.
    num_classes: K, the number of logits.
    side: height and width of the images, which have three channels.

  Returns:
    A module from float[n, 3, height, width] to logits [n, K].
  """
  return _NETWORKS[name](num_classes, side)


def num_parameters(model: nn.Module) -> int:
  """How many numbers are trained."""
  return sum(parameter.numel() for parameter in model.parameters())

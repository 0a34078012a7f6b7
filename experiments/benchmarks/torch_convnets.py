"""The convolutional networks of `noisy_jax.models` as PyTorch users write them.

Layers, strides, biases and normalisation are the same, and so is the number of parameters;
they are initialised as PyTorch does by default, which takes no other time.
"""

from collections.abc import Callable, Sequence

from torch import nn


def _conv(inputs: int, channels: int, stride: int = 1, *, bias: bool = False):
  """A 3x3 convolution, BatchNorm, ReLU."""
  conv = nn.Conv2d(inputs, channels, 3, stride, padding=1, bias=bias)
  return [conv, nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]


def _head(inputs: int, num_classes: int):
  return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, num_classes)]


def _cnn(blocks: Sequence[Sequence[int]], hidden: int, num_classes: int, side: int):
  layers: list[nn.Module] = []
  inputs = 3
  for block in blocks:
    for channels in block:
      layers += _conv(inputs, channels, bias=True)
      inputs = channels
    layers.append(nn.MaxPool2d(2))
  pixels = (side // 2 ** len(blocks)) ** 2
  layers += [nn.Flatten(), nn.Linear(inputs * pixels, hidden), nn.BatchNorm1d(hidden)]
  return [*layers, nn.ReLU(inplace=True), nn.Linear(hidden, num_classes)]


class _Sum(nn.Module):
  """The sum of two layers' results."""

  def __init__(self, first: nn.Module, second: nn.Module):
    super().__init__()
    self.first, self.second = first, second

  def forward(self, x):
    return self.first(x) + self.second(x)


def _small_cnn(channels: Sequence[int], num_classes: int, side: int):
  del side
  inputs, *others = channels
  layers: list[nn.Module] = [nn.PixelUnshuffle(2), *_conv(12, inputs)]
  for outputs in others:
    layers += [nn.MaxPool2d(2), *_conv(inputs, outputs)]
    inputs = outputs
  layers.append(_Sum(nn.Identity(), nn.Sequential(*_conv(inputs, inputs))))
  return [*layers, *_head(inputs, num_classes)]


def _block(inputs: int, channels: int, stride: int):
  layers = [*_conv(inputs, channels, stride), *_conv(channels, channels)[:-1]]
  shortcut: nn.Module = nn.Identity()
  if inputs != channels or stride != 1:
    conv = nn.Conv2d(inputs, channels, 1, stride, bias=False)
    shortcut = nn.Sequential(conv, nn.BatchNorm2d(channels))
  return [_Sum(nn.Sequential(*layers), shortcut), nn.ReLU(inplace=True)]


def _resnet(stages: Sequence[int], num_classes: int, side: int):
  del side
  layers: list[nn.Module] = _conv(3, 64)
  inputs = 64
  for stage, num_blocks in enumerate(stages):
    for i in range(num_blocks):
      channels = 64 * 2**stage
      layers += _block(inputs, channels, 2 if stage > 0 and i == 0 else 1)
      inputs = channels
  return [*layers, *_head(inputs, num_classes)]


NETWORKS: dict[str, Callable[[int, int], list[nn.Module]]] = {
  "cnn4": lambda *sizes: _cnn([[32], [64]], 128, *sizes),
  "cnn5": lambda *sizes: _small_cnn([32, 64, 128], *sizes),
  "cnn8": lambda *sizes: _cnn([[64, 64], [128, 128], [196, 196]], 256, *sizes),
  "resnet18": lambda *sizes: _resnet([2, 2, 2, 2], *sizes),
  "resnet34": lambda *sizes: _resnet([3, 4, 6, 3], *sizes),
}
"""By name, from the number of classes K and the side of the images to layers in a row."""


def build(name: str, num_classes: int, side: int) -> nn.Module:
  """A module from float[n, 3, side, side] to logits [n, K]; its name is in `NETWORKS`."""
  return nn.Sequential(*NETWORKS[name](num_classes, side))

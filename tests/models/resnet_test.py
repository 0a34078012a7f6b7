import functools

import jax
import numpy as np
import pytest
from flax import linen as nn

from noisy_jax import models


def conv(x, kernel, stride=1):
  """Of x [n, height, width, in], padded, with a kernel [side, side, in, out]."""
  side, height, width = kernel.shape[0], *x.shape[1:3]
  pad = side // 2
  x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
  return sum(
    x[:, i : i + height : stride, j : j + width : stride] @ kernel[i, j]
    for i in range(side)
    for j in range(side)
  )


def norm(x, params):
  mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
  return (x - mean) / np.sqrt(var + 1e-5) * params["scale"] + params["bias"]


def relu(x):
  return np.maximum(x, 0)


def max_pool(x):
  """Over 3x3, every second place."""
  height, width = x.shape[1:3]
  x = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-np.inf)
  return np.max(
    [x[:, i : i + height : 2, j : j + width : 2] for i in range(3) for j in range(3)],
    axis=0,
  )


class Layers:
  """The parameters of a module in the order its layers were made."""

  def __init__(self, params):
    self.params = params
    self.used = {"Conv": 0, "BatchNorm": 0}

  def take(self, kind):
    self.used[kind] += 1
    return self.params[f"{kind}_{self.used[kind] - 1}"]

  def conv(self, x, stride=1):
    return conv(x, self.take("Conv")["kernel"], stride)

  def norm(self, x):
    return norm(x, self.take("BatchNorm"))


def basic_block(x, layers, stride, projects):
  y = relu(layers.norm(layers.conv(x, stride)))
  y = layers.norm(layers.conv(y))
  return relu(y + (layers.norm(layers.conv(x, stride)) if projects else x))


def bottleneck(x, layers, stride, projects):
  y = relu(layers.norm(layers.conv(x)))
  y = relu(layers.norm(layers.conv(y, stride)))
  y = layers.norm(layers.conv(y))
  return relu(y + (layers.norm(layers.conv(x, stride)) if projects else x))


def pre_act_block(x, layers, stride, projects):
  a = relu(layers.norm(x))
  y = layers.conv(relu(layers.norm(layers.conv(a, stride))))
  return y + (layers.conv(a, stride) if projects else x)


def cifar_stem(x, layers):
  return relu(layers.norm(layers.conv(x)))


def imagenet_stem(x, layers):
  return max_pool(relu(layers.norm(layers.conv(x, 2))))


def bare_stem(x, layers):
  return layers.conv(x)


@pytest.mark.parametrize(
  "block, stem, reference, projects",
  [
    (models.BasicBlock, cifar_stem, basic_block, (False, False, True)),
    (models.Bottleneck, imagenet_stem, bottleneck, (True, False, True)),
    (models.PreActBlock, bare_stem, pre_act_block, (False, False, True)),
  ],
)
def test_networks_follow_their_equations(block, stem, reference, projects):
  large = stem is imagenet_stem
  model = models.ResNet(5, (2, 1), block, width=4, imagenet_stem=large)
  rng = np.random.default_rng(0)
  images = rng.standard_normal((4, 12, 16, 3)).astype(np.float32)
  shapes = jax.eval_shape(lambda: model.init(jax.random.key(0), images, train=False))
  variables = jax.tree.map(lambda leaf: np.float32(rng.normal(size=leaf.shape)), shapes)
  apply = jax.jit(lambda v: model.apply(v, images, train=True, mutable=["batch_stats"]))
  logits, _ = apply(variables)
  params = jax.tree.map(np.float64, variables["params"])
  layers = Layers(params)
  x = stem(images.astype(np.float64), layers)
  for i, (stride, projected) in enumerate(zip((1, 1, 2), projects, strict=True)):
    x = reference(x, Layers(params[f"{block.__name__}_{i}"]), stride, projected)
  if reference is pre_act_block:
    x = relu(layers.norm(x))
  x = x.mean((1, 2))
  expected = x @ params["Dense_0"]["kernel"] + params["Dense_0"]["bias"]
  np.testing.assert_allclose(logits, expected, 1e-3, 1e-3 * np.abs(expected).max())


@pytest.mark.parametrize(
  "block, channels",
  [(models.BasicBlock, 8), (models.Bottleneck, 2), (models.PreActBlock, 8)],
)
def test_zero_init_makes_fresh_blocks_the_identity(block, channels):
  # Not negative, as all is that reaches a block without preactivation.
  x = relu(np.random.default_rng(0).standard_normal((2, 4, 4, 8)).astype(np.float32))

  def make_conv(channels, side, stride=1, **kwargs):
    return nn.Conv(channels, (side, side), stride, padding=side // 2, **kwargs)

  make_norm = functools.partial(nn.BatchNorm, use_running_average=False)
  for zero_init in (True, False):
    module = block(channels, 1, make_conv, make_norm, zero_init)
    y, _ = jax.jit(module.init_with_output)(jax.random.key(0), x)
    assert (y == x).all() == zero_init

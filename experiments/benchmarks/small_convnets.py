"""Small convolutional networks on a CPU: which forms are fast under XLA, beside PyTorch.

  python -m experiments.benchmarks.small_convnets --out_dir=DIR
  python -m experiments.benchmarks.small_convnets --designs=cnn5 --steps=20

A step is the value and gradient of cross-entropy on 128 images of 32 x 32 x 3 and 100
classes, and SGD with momentum. The designs take turns, and the shortest step of each
counts. With an output directory, the table also goes there after each row.
"""

import functools
import time
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl import flags, logging
from flax import linen as nn

from experiments.benchmarks import arithmetic, device, epochs, page
from noisy_jax.cli import command_line, messages, path_flags
from noisy_jax.models import small_cnn
from noisy_jax.models.initializers import initializers
from noisy_jax.models.layers import batch_norm, dense

# The kind of a layer, and its channels where it has a number of its own; see `_Network`.
Layer = tuple[str] | tuple[str, int]
_C32, _C64, _C128 = ("conv", 32), ("conv", 64), ("conv", 128)
_R128, _POOL, _MEANS = ("residual", 128), ("max pool",), ("mean pool",)
_SQUARES = ("space to depth",)

DESIGNS: dict[str, Sequence[Layer]] = {
  "cnn5": [_SQUARES, _C32, _POOL, _C64, _POOL, _C128, _R128],
  "max pooling of Flax": [
    *(_SQUARES, _C32, ("flax max pool",), _C64, ("flax max pool",), _C128, _R128)
  ],
  "mean pooling": [_SQUARES, _C32, _MEANS, _C64, _MEANS, _C128, _R128],
  "strided instead of pooling": [
    *(_SQUARES, _C32, ("strided", 64), ("strided", 128), _R128)
  ],
  "strided first layer": [("strided", 32), _POOL, _C64, _POOL, _C128, _R128],
  "first layer at full size": [_C32, _POOL, _C32, _POOL, _C64, _POOL, _C128, _R128],
  "depthwise blocks": [
    *(_SQUARES, _C32, _POOL, ("depthwise",), ("pointwise", 64), _POOL),
    *(("depthwise",), ("pointwise", 128), ("depthwise",), ("pointwise", 128)),
  ],
  "wide and shallow": [_SQUARES, _C64, _POOL, _C128],
  "twice as wide": [
    *(_SQUARES, _C32, _POOL, _C128, _POOL, ("conv", 256), ("residual", 256))
  ],
}

_BATCH_SIZE, _SHAPE, _NUM_CLASSES = 128, (32, 32, 3), 100

_DESIGNS = flags.DEFINE_list("designs", list(DESIGNS), "What is measured.")
_STEPS = flags.DEFINE_integer("steps", 100, "Steps that each is timed.", lower_bound=1)
_THREADS = flags.DEFINE_integer("threads", 2, "Threads of PyTorch.", lower_bound=1)
_OUT_DIR = path_flags.define("out_dir", None, "Where the table is written.")


class _Network(nn.Module):
  """Layers one after the other, the mean over the image, logits."""

  layers: Sequence[Layer]

  @nn.compact
  def __call__(self, x, *, train):
    init = initializers("alfs")
    norm = batch_norm(train=train, dtype=jnp.float32, axis_name=None)

    def conv(x, channels, *, side=3, stride=1, groups=1):
      layer = nn.Conv(
        channels,
        (side, side),
        stride,
        padding=side // 2,
        feature_group_count=groups,
        use_bias=False,
        kernel_init=init.conv,
      )
      return nn.relu(norm()(layer(x)))

    for kind, *numbers in self.layers:
      match kind:
        case "conv":
          x = conv(x, *numbers)
        case "strided":
          x = conv(x, *numbers, stride=2)
        case "residual":
          x = x + conv(x, *numbers)
        case "depthwise":
          x = conv(x, x.shape[-1], groups=x.shape[-1])
        case "pointwise":
          x = conv(x, *numbers, side=1)
        case "space to depth":
          x = small_cnn.space_to_depth(x)
        case "max pool":
          x = small_cnn.max_pool(x)
        case "flax max pool":
          x = nn.max_pool(x, (2, 2), (2, 2))
        case "mean pool":
          x = small_cnn.squares(x).mean((2, 4))
    return dense(x.mean((1, 2)), _NUM_CLASSES, init=init, dtype=jnp.float32)


def main(argv):
  messages.only_flags(argv)
  messages.make_out_dir(_OUT_DIR.value)
  for name in _DESIGNS.value:
    if name not in DESIGNS:
      messages.fail(f"designs: unknown {name!r}; known: {', '.join(DESIGNS)}")
  with_torch = device.for_torch() == "cpu"
  rng = np.random.default_rng(0)
  images = rng.standard_normal((_BATCH_SIZE, *_SHAPE), np.float32)
  labels = rng.integers(_NUM_CLASSES, size=_BATCH_SIZE)

  header = ["design", "parameters", "multiply-adds (million)", "images/s"]
  rows = [header + (["PyTorch, images/s", "ours / PyTorch"] if with_torch else [])]
  for name in _DESIGNS.value:
    model = _Network(DESIGNS[name])
    params, step = _ours(model, images, labels)
    running = {"ours": step}
    if with_torch:
      running["theirs"] = _theirs(DESIGNS[name], images, labels, params)
    rates = {
      which: _BATCH_SIZE / seconds
      for which, seconds in epochs.race(running, _STEPS.value).items()
    }
    operations = arithmetic.multiply_adds(model, _SHAPE) / 1e6
    row = [name, f"{params:,}", f"{operations:.1f}", f"{rates['ours']:,.0f}"]
    if with_torch:
      row += [f"{rates['theirs']:,.0f}", f"{rates['ours'] / rates['theirs']:.2f}"]
    rows.append(row)
    text = page.page(
      "small_convnets",
      "Small convolutional networks",
      ("designs", "steps", "threads"),
      _description(with_torch),
      rows,
    )
    page.write(_OUT_DIR.value, text)
  print(text)


def _ours(model, images, labels):
  """The number of parameters, and a step that gives its seconds."""
  optimizer = optax.sgd(0.01, momentum=0.9)
  variables = model.init(jax.random.key(0), images, train=False)
  state = (
    variables["params"],
    variables["batch_stats"],
    optimizer.init(variables["params"]),
  )

  @functools.partial(jax.jit, donate_argnums=0)
  def train_step(state):
    params, batch_stats, opt_state = state

    def mean_loss(params):
      variables = {"params": params, "batch_stats": batch_stats}
      logits, changed = model.apply(variables, images, train=True, mutable=["batch_stats"])
      losses = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
      return losses.mean(), changed["batch_stats"]

    gradient, batch_stats = jax.grad(mean_loss, has_aux=True)(params)
    updates, opt_state = optimizer.update(gradient, opt_state, params)
    return optax.apply_updates(params, updates), batch_stats, opt_state

  def step():
    nonlocal state
    start = time.perf_counter()
    state = jax.block_until_ready(train_step(state))
    return time.perf_counter() - start

  return sum(leaf.size for leaf in jax.tree.leaves(state[0])), step


def _theirs(layers, images, labels, num_params):
  # An optional extra: importing this file must not need it.
  import torch

  from experiments.benchmarks import torch_convnets

  torch.set_num_threads(_THREADS.value)
  # Only what computes the same may be compared.
  model = _torch_network(layers)
  np.testing.assert_equal(torch_convnets.num_parameters(model), num_params)
  model = model.to(memory_format=torch.channels_last)
  inputs = torch.tensor(images).permute(0, 3, 1, 2)
  inputs = inputs.contiguous(memory_format=torch.channels_last)
  targets = torch.tensor(labels)
  optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, fused=True)

  def step():
    start = time.perf_counter()
    torch.nn.functional.cross_entropy(model(inputs), targets).backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return time.perf_counter() - start

  return step


def _torch_network(layers):
  from torch import nn as torch_nn

  from experiments.benchmarks import torch_convnets

  conv = torch_convnets.convolution
  stages, inputs = [], _SHAPE[-1]
  for kind, *numbers in layers:
    match kind:
      case "conv":
        stages.append(conv(inputs, *numbers))
        (inputs,) = numbers
      case "strided":
        stages.append(conv(inputs, *numbers, stride=2))
        (inputs,) = numbers
      case "residual":
        stages.append(torch_convnets.Residual(conv(inputs, *numbers)))
      case "depthwise":
        stages.append(conv(inputs, inputs, groups=inputs))
      case "pointwise":
        stages.append(conv(inputs, *numbers, side=1))
        (inputs,) = numbers
      case "space to depth":
        stages.append(torch_nn.PixelUnshuffle(2))
        inputs = 4 * inputs
      case "max pool" | "flax max pool":
        stages.append(torch_nn.MaxPool2d(2))
      case "mean pool":
        stages.append(torch_nn.AvgPool2d(2))
  return torch_nn.Sequential(
    *stages,
    torch_nn.AdaptiveAvgPool2d(1),
    torch_nn.Flatten(),
    torch_nn.Linear(inputs, _NUM_CLASSES),
  )


def _description(with_torch):
  lines = [
    f"training steps on {_BATCH_SIZE} images of 32 x 32 x 3, {_NUM_CLASSES} classes, in",
    "float32: cross-entropy, its gradient, SGD with momentum. The first design is cnn5,",
    "the next five change one thing each, and the last three have a form of their own.",
  ]
  if with_torch:
    import torch

    lines += [
      f"PyTorch {torch.__version__} does the same in channels_last, with fused SGD. A",
      "ratio above 1 says that ours is faster.",
    ]
  return "\n".join(lines)


if __name__ == "__main__":
  logging.set_verbosity(logging.WARNING)
  command_line.run(main)

"""Networks by their names in flags."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike

from noisy_jax.models.cnn import CNN
from noisy_jax.models.mlp import MLP
from noisy_jax.models.residual_blocks import Bottleneck, PreActBlock
from noisy_jax.models.resnet import ResNet
from noisy_jax.models.small_cnn import SmallCNN

_PRE_ACT_RESNET = functools.partial(ResNet, block=PreActBlock, initialization="pytorch")
_RESNET50 = functools.partial(
  ResNet,
  stages=(3, 4, 6, 3),
  block=Bottleneck,
  imagenet_stem=True,
  initialization="torchvision",
)

# Networks for inputs of any shape.
_ANY_SHAPE = ("mlp", "linear")
NAMES: dict[str, Callable[..., nn.Module]] = {
  "mlp": MLP,
  "linear": functools.partial(MLP, widths=()),
  "cnn4": functools.partial(CNN, blocks=((32,), (64,)), hidden=128),
  "cnn5": SmallCNN,
  "cnn8": functools.partial(CNN, blocks=((64, 64), (128, 128), (196, 196)), hidden=256),
  "resnet18": functools.partial(ResNet, stages=(2, 2, 2, 2)),
  "resnet34": functools.partial(ResNet, stages=(3, 4, 6, 3)),
  "preact_resnet18": functools.partial(_PRE_ACT_RESNET, stages=(2, 2, 2, 2)),
  "preact_resnet34": functools.partial(_PRE_ACT_RESNET, stages=(3, 4, 6, 3)),
  "resnet50": _RESNET50,
  "resnet50_zero_init": functools.partial(_RESNET50, zero_init=True),
}
"""Functions that make a network of K classes, by name.

Parameters at K = 100 and 32x32x3 images, and the purpose of each network:

- mlp: 4,298,852 (widths 1024, 1024); the digits, and features such as embeddings.
- linear: 307,300; features that a pretrained network gives.
- cnn4: 557,156; MNIST, as in the codes of APL and ALFs.
- cnn5: 256,676, ours; CIFAR in minutes on two CPU cores.
- cnn8: 1,662,924; CIFAR-10, as in the codes of APL and ALFs.
- resnet18, resnet34: 11,220,132 and 21,328,292; CIFAR, resnet34 as in these codes.
- preact_resnet18, preact_resnet34: 11,218,340 and 21,326,500; CIFAR, in other codes.
- resnet50, resnet50_zero_init: 23,712,932; photographs of 224x224 pixels.

Each is initialised as in the codes that use it (see `INITIALIZERS`). The PreActResNet-34 in
the code of GJS is smaller: `NAMES["preact_resnet34"](K, stages=(5, 5, 5), width=32)`.
"""


def check_name(name: str) -> None:
  """Refuses a name that `build` does not know.

  Args:
    name: name of a network.

  Raises:
    ValueError: if the name is unknown, with the known ones.
  """
  if name not in NAMES:
    raise ValueError(f"model: unknown {name!r}; known: {', '.join(NAMES)}")


def takes_features(name: str) -> bool:
  """Whether a network takes inputs of any shape: it consists of dense layers alone.

  Args:
    name: a key of `NAMES`.

  Returns:
    True for `mlp` and `linear`.
  """
  return name in _ANY_SHAPE


def build(
  name: str,
  num_classes: int,
  *,
  widths: Sequence[int] | None = None,
  initialization: str | None = None,
  dtype: DTypeLike = jnp.float32,
  axis_name: str | None = None,
) -> nn.Module:
  """Builds a network by name.

  Args:
    name: a key of `NAMES`.
    num_classes: K, the number of logits.
    widths: units of the hidden layers of the MLP, 1024 and 1024 by default; other networks
      have fixed widths and ignore this.
    initialization: initializer of the weights, a name in `INITIALIZERS`; by default as in
      the codes that use the network, or as in Flax for the MLP.
    dtype: compute dtype of all layers but the last; parameters and logits are float32.
    axis_name: name of the axis of devices that share batch statistics; None for one device.

  Returns:
    A module from images [n, height, width, channels] and `train` to logits [n, K]; `mlp`
    and `linear` take features [n, d] too.

  Raises:
    ValueError: if the name is unknown, with the known ones.

  Example:
    >>> build("mlp", 10, widths=(64,)).widths
    (64,)
  """
  check_name(name)
  settings: dict[str, Any] = {"dtype": dtype}
  if initialization is not None:
    settings["initialization"] = initialization
  if not takes_features(name):
    settings["axis_name"] = axis_name
  elif name == "mlp" and widths is not None:
    settings["widths"] = tuple(widths)
  return NAMES[name](num_classes, **settings)

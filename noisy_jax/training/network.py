"""The network of a run, built from its settings."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn

from noisy_jax import models
from noisy_jax.training import replicas


class NetworkSettings(NamedTuple):
  """The network of a run.

  Attributes:
    model: a key of `models.NAMES`.
    widths: units of the hidden layers of the MLP.
    initialization: name of the initializer; None: as the network's code draws weights.
    compute_dtype: number format of the computations, float32 or bfloat16.
    init_from: workdir of the run to begin with the weights of; None draws new weights.
  """

  model: str
  widths: tuple[int, ...]
  initialization: str | None
  compute_dtype: str
  init_from: str | None


def build(
  settings: NetworkSettings,
  num_classes: int,
  image_shape: Sequence[int],
  num_extra_outputs: int = 0,
) -> nn.Module:
  """Builds the network of a run.

  Args:
    settings: the network's settings.
    num_classes: K.
    image_shape: height, width and channels, or the number of features.
    num_extra_outputs: number of outputs that the method needs beside the logits.

  Returns:
    A flax module, whose batch statistics are over all devices. It gives the extra outputs
    in train mode.

  Raises:
    ValueError: if the network needs images, or larger ones.
  """
  if len(image_shape) == 1 and not models.takes_features(settings.model):
    known = [name for name in models.NAMES if models.takes_features(name)]
    raise ValueError(f"model: {settings.model}, must be {' or '.join(known)} with features")
  model = models.build(
    settings.model,
    num_classes + num_extra_outputs,
    widths=settings.widths,
    initialization=settings.initialization,
    dtype=jnp.dtype(settings.compute_dtype),
    axis_name=replicas.AXIS,
  )
  if num_extra_outputs:
    model = models.ExtraOutputs(model, num_classes)
  # A network that needs larger images raises here.
  variables_of(model, image_shape)
  return model


def variables_of(model: nn.Module, image_shape: Sequence[int]):
  """The shapes of a network's variables."""
  image = jax.ShapeDtypeStruct((1, *image_shape), jnp.float32)
  return jax.eval_shape(lambda x: model.init(jax.random.key(0), x, train=False), image)

"""The network of a run."""

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
    initialization: how weights are drawn; None: as in the network's code.
    compute_dtype: what the network computes in.
    init_from: workdir of the run whose weights it begins with; None draws new ones.
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
  """Puts a network together.

  Args:
    settings: of the network.
    num_classes: K.
    image_shape: height, width and channels.
    num_extra_outputs: how many outputs a method asks for beside the logits.

  Returns:
    A flax module, which takes batch statistics over all devices; in train mode, with the
    extra outputs.

  Raises:
    ValueError: if the network needs larger images.
  """
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
  # Some networks need larger images, and say so.
  variables_of(model, image_shape)
  return model


def variables_of(model: nn.Module, image_shape: Sequence[int]):
  """The shapes of a network's variables."""
  image = jax.ShapeDtypeStruct((1, *image_shape), jnp.float32)
  return jax.eval_shape(lambda x: model.init(jax.random.key(0), x, train=False), image)

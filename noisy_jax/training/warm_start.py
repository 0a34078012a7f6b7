"""Weights to begin with: those that another run ended with."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from noisy_jax.training import named_arrays

if TYPE_CHECKING:
  from noisy_jax.training.config import TrainConfig

NONE = "none"


def variables(
  config: "TrainConfig",
  model: nn.Module,
  class_names: Sequence[str],
  num_classes: int,
  image_shape: Sequence[int],
) -> Any:
  """The variables of the network of another run, by its last checkpoint.

  They are what that run is measured by: averaged parameters where it keeps them. Nothing
  else goes over, neither momentum nor what a method remembers.

  Args:
    config: its init_from is the workdir of that run, or none.
    model: to be trained.
    class_names: of the data set to train on; empty where it has none.
    num_classes: K.
    image_shape: of that set.

  Returns:
    Host arrays; None where the config has none.

  Raises:
    OSError: if the workdir is that of no run, or is damaged.
    ValueError: if that run has another network or other classes.
  """
  place = config.init_from
  if place == NONE:
    return None
  # It reads runs, which are made of tasks, which begin here.
  from noisy_jax.training.prediction import load_trained

  try:
    trained = load_trained(place)
  except (OSError, ValueError) as error:
    message = str(error).removeprefix("workdir: ")
    raise type(error)(f"init_from: {message}") from error
  if trained.num_classes != num_classes:
    raise ValueError(
      f"init_from: {place} has {trained.num_classes} classes, must have the {num_classes} "
      f"of {config.dataset}"
    )
  for k, (theirs, ours) in enumerate(zip(trained.class_names, class_names, strict=False)):
    if theirs != ours:
      raise ValueError(
        f"init_from: {place} has {theirs!r} as class {k}, must have {ours!r} as "
        f"{config.dataset}"
      )
  if trained.config.model != config.model:
    raise ValueError(
      f"init_from: {place} has the network {trained.config.model}, must have "
      f"{config.model}, which is to be trained"
    )
  image = jax.ShapeDtypeStruct((1, *image_shape), jnp.float32)
  template = jax.eval_shape(lambda x: model.init(jax.random.key(0), x, train=False), image)
  arrays = named_arrays.by_name(trained.variables)
  try:
    return named_arrays.like(template, arrays)
  except ValueError as error:
    message = str(error).removeprefix("the checkpoint ")
    raise ValueError(f"init_from: {place} {message}") from error

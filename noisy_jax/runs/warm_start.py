"""Initial weights from another run."""

from typing import Any

from noisy_jax import data
from noisy_jax.runs import named_arrays
from noisy_jax.runs.trained import load_trained
from noisy_jax.training import network
from noisy_jax.training.network import NetworkSettings


def variables(
  settings: NetworkSettings,
  name: data.DatasetName,
  dataset: data.AnyDataset,
  num_extra_outputs: int,
) -> Any:
  """Reads the variables of another run's network from its last checkpoint.

  The parameters are the averaged ones if that run keeps an average. Momentum and the
  memory of a method are not taken over.

  Args:
    settings: the network's settings, with the workdir of that run.
    name: name of the data set to train on.
    dataset: the data set to train on.
    num_extra_outputs: number of outputs that the method needs beside the logits.

  Returns:
    Host arrays.

  Raises:
    OSError: if the workdir holds no run, or is damaged.
    ValueError: if that run has another network or other classes.
  """
  place, num_classes = settings.init_from, dataset.num_classes
  assert place is not None
  try:
    trained = load_trained(place)
  except (OSError, ValueError) as error:
    message = str(error).removeprefix("workdir: ")
    raise type(error)(f"init_from: {message}") from error
  if trained.num_classes != num_classes:
    raise ValueError(
      f"init_from: {place} has {trained.num_classes} classes, must have the {num_classes} "
      f"of {name}"
    )
  pairs = zip(trained.class_names, dataset.class_names, strict=False)
  for k, (theirs, ours) in enumerate(pairs):
    if theirs != ours:
      raise ValueError(
        f"init_from: {place} has {theirs!r} as class {k}, must have {ours!r} as {name}"
      )
  if trained.config.model != settings.model:
    raise ValueError(
      f"init_from: {place} has the network {trained.config.model}, must have "
      f"{settings.model}, which is to be trained"
    )
  shape = dataset.image_shape
  model = network.build(settings, num_classes, shape, num_extra_outputs)
  template = network.variables_of(model, shape)
  arrays = named_arrays.by_name(trained.variables)
  try:
    return named_arrays.like(template, arrays)
  except ValueError as error:
    message = str(error).removeprefix("the checkpoint ")
    raise ValueError(f"init_from: {place} {message}") from error

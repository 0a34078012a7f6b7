"""A trained network from its workdir, and its predictions."""

import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn

from noisy_jax import data
from noisy_jax.paths import expanded_path
from noisy_jax.runs import record_reader
from noisy_jax.runs.checkpoints import Checkpoints
from noisy_jax.runs.snapshots import Snapshot
from noisy_jax.training import (
  eval_step,
  input_pipeline,
  network,
  objective,
  replicas,
  train_step,
)
from noisy_jax.training.batch import Examples, standardize
from noisy_jax.training.config import TrainConfig
from noisy_jax.training.placement import steps_per_call

CHECKPOINTS = ("last", "best")
# A run that is going on may remove the checkpoint while it is read.
_ATTEMPTS = 3


class Trained(NamedTuple):
  """The network of a checkpoint, with everything that it needs to judge an image.

  Attributes:
    config: the settings of the run.
    model: a flax module.
    variables: variables of the network, host arrays, with averaged parameters if the run
      keeps an average.
    num_classes: K.
    class_names: one name a class; empty if the training set has no names.
    mean: mean of each channel of the training images, float32[channels], where white is 1.
    std: standard deviation of each channel, float32[channels], on the same scale.
    image_shape: height, width and channels, or the number of features.
    streamed: whether the training images were streamed.
    content: digests of the run's data, from `data.content`.
    epochs_done: number of finished epochs.
    steps_done: number of finished steps of the next epoch.
    data_dir: directory of the TFDS sets of the run; None if the run was started without
      one.
  """

  config: TrainConfig
  model: nn.Module
  variables: Any
  num_classes: int
  class_names: tuple[str, ...]
  mean: np.ndarray
  std: np.ndarray
  image_shape: tuple[int, ...]
  streamed: bool
  content: Mapping[str, str]
  epochs_done: int
  steps_done: int
  data_dir: str | None = None

  @property
  def names(self) -> tuple[str, ...]:
    """One name a class, its id if the training set has no names."""
    return self.class_names or tuple(map(str, range(self.num_classes)))


def load_trained(workdir: str | os.PathLike, which: str = "last") -> Trained:
  """Reads a network from the workdir of its run, which may still be going on.

  Nothing in the workdir is changed or locked.

  Args:
    workdir: directory of the run.
    which: `last` for the checkpoint with the most steps; `best` for the epoch with the
      highest accuracy on the validation split, or on test without one.

  Returns:
    `Trained`.

  Raises:
    OSError: if the workdir or its checkpoint is missing or damaged.
    ValueError: if `which` is unknown, or the checkpoint does not fit the network of the
      config.

  Example:
    >>> trained = load_trained("runs/mae-star")  # doctest: +SKIP
    >>> predict(trained, images).labels  # doctest: +SKIP
    array([3, 8, 4], dtype=int32)
  """
  if which not in CHECKPOINTS:
    raise ValueError(f"checkpoint: {which!r}, must be {' or '.join(CHECKPOINTS)}")
  workdir = pathlib.Path(expanded_path("workdir", workdir))
  config, facts = record_reader.read_run(workdir)
  num_classes, image_shape = facts["num_classes"], tuple(facts["image_shape"])
  extra = config.parts.method.num_extra_outputs
  model = network.build(config.parts.network, num_classes, image_shape, extra)
  snapshot = _snapshot(workdir, which, _weights(config, model, image_shape))
  return Trained(
    config=config,
    model=model,
    variables=snapshot.state.variables,
    num_classes=num_classes,
    class_names=tuple(facts["class_names"]),
    mean=np.array(facts["mean"], np.float32),
    std=np.array(facts["std"], np.float32),
    image_shape=image_shape,
    streamed=facts["streamed"],
    content=facts["content"],
    epochs_done=snapshot.epoch - 1,
    steps_done=snapshot.steps_done,
    data_dir=record_reader.read_data_dir(workdir),
  )


def predict(
  trained: Trained,
  images: np.ndarray | data.Stream,
  labels: np.ndarray | None = None,
  devices: Sequence[jax.Device] | None = None,
) -> eval_step.Predictions:
  """Predicts the class of each image, in batches of the training's size.

  Args:
    trained: the network, from `load_trained`.
    images: uint8 in [0, 255] or float32 in [0, 1], [n, height, width, channels] with the
      shape of the training images; features, numbers [n, d]; or a stream.
    labels: class ids whose rank to compute, int32[n]; class 0 by default.
    devices: the devices to use; all local ones by default.

  Returns:
    `Predictions`, [n].

  Raises:
    ValueError: if the images have another shape, are neither uint8 nor floats in [0, 1],
      or there are none.
  """
  images = _checked(trained, images)
  devices = devices or jax.local_devices()
  config = trained.config
  labels = np.zeros(len(images), np.int32) if labels is None else labels
  # This machine may have another number of devices than the run had.
  batch_size = -(-config.batch_size // len(devices)) * len(devices)
  if isinstance(images, data.Stream):
    calls_of = input_pipeline.streamed(labels, trained.mean, trained.std, devices)
    calls = calls_of(images.test_batches(batch_size))
  else:
    examples = Examples(images, labels, trained.mean, trained.std)
    rows = data.all_rows(len(images), batch_size)
    steps = steps_per_call(config.model, devices)
    calls = input_pipeline.held(replicas.stack(examples, devices), rows, steps, devices)
  variables = replicas.stack(trained.variables, devices)
  program = replicas.pmap(
    eval_step.predict,
    devices,
    model=trained.model,
    probabilities=_probabilities_of(trained),
  )
  parts = [
    jax.tree.map(np.ravel, replicas.unsplit(program(variables, *call))) for call in calls
  ]
  return jax.tree.map(lambda *leaves: np.concatenate(leaves)[: len(images)], *parts)


def probabilities(trained: Trained, images: np.ndarray | data.Stream) -> np.ndarray:
  """The probability of every class for each image, as the loss of the run has it.

  Args:
    trained: the network, from `load_trained`.
    images: as in `predict`.

  Returns:
    float32[n, K].

  Raises:
    ValueError: as `predict`.
  """
  images = _checked(trained, images)
  of_logits = _probabilities_of(trained)

  @jax.jit
  def of_batch(variables, batch):
    inputs = standardize(batch, trained.mean, trained.std)
    return of_logits(jnp.asarray(trained.model.apply(variables, inputs, train=False)))

  variables, size = jax.device_put(trained.variables), trained.config.batch_size
  if isinstance(images, data.Stream):
    batches = (batch.images for batch in images.test_batches(size))
  else:
    batches = (images[start : start + size] for start in range(0, len(images), size))
  parts = [of_batch(variables, batch) for batch in batches]
  return np.concatenate(parts)[: len(images)]


def _probabilities_of(trained):
  return objective.probabilities_of(
    trained.config.parts.objective.loss, trained.num_classes
  )


def _checked(trained, images):
  """The images, or the features as the float32 that a data set makes of them."""
  shape = images.image_shape if isinstance(images, data.Stream) else images.shape[1:]
  if shape != trained.image_shape or len(images) == 0:
    raise ValueError(
      f"images: {[len(images), *shape]}, must be [n, ...] with n >= 1 and the "
      f"{list(trained.image_shape)} of the training examples"
    )
  if isinstance(images, data.Stream):
    return images
  if len(shape) == 1:
    # Whole numbers are no pixels: `standardize` would divide uint8 by 255.
    return images.astype(np.float32, copy=False)
  if images.dtype != np.uint8:
    is_float = images.dtype.kind == "f"
    low, high = images.min(), images.max()
    if not (is_float and low >= 0 and high <= 1):
      raise ValueError(
        f"images: {images.dtype} from {low} to {high}, must be uint8, or float32 in [0, 1]"
      )
  return images


def _weights(config, model, image_shape):
  """The shapes of a state without the optimizer's."""
  variables = network.variables_of(model, image_shape)
  params = variables["params"]
  average = params if config.average_decay else None
  return train_step.State(params, variables.get("batch_stats", {}), None, average)


def _snapshot(workdir, which, template) -> Snapshot:
  directory = workdir / "checkpoints"
  for attempts_left in reversed(range(_ATTEMPTS)):
    try:
      snapshot = _read(directory, which, template) if directory.is_dir() else None
      break
    except OSError as error:
      if not attempts_left:
        raise OSError(f"workdir: {workdir}: {error}") from error
    except ValueError as error:
      raise ValueError(f"workdir: {workdir}: {error}") from error
  if snapshot is None:
    of_epoch = " of a whole epoch" if which == "best" else ""
    raise FileNotFoundError(f"workdir: {workdir} has no checkpoint{of_epoch} yet")
  return snapshot


def _read(directory, which, template):
  with Checkpoints(directory, read_only=True) as checkpoints:
    if which == "best":
      number = checkpoints.best_step()
    else:
      number = max(checkpoints.steps, default=None)
    return None if number is None else checkpoints.restore(number, template, partial=True)

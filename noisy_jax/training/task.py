"""From a config to all that a run needs, checked before anything is compiled."""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn

from noisy_jax import data, losses, methods, models, noise
from noisy_jax.training import (
  clean_set,
  label_noise,
  objective,
  opening,
  replicas,
  warm_start,
)
from noisy_jax.training.config import TrainConfig
from noisy_jax.training.objective import Objective

# Enough to hide what a call costs, few enough to stop soon when asked to.
_STEPS_PER_CALL = 512
_MAX_STEPS = 2**31 - 1


class Task(NamedTuple):
  """A config, and what it comes to on this machine.

  Attributes:
    config: the run.
    dataset: images with clean labels; foreign ones in some places under open-set noise.
    extra_test: further images to measure on; None without any.
    train_labels: the labels to train on, with those before the noise as the clean ones.
    foreign: bool[n], where the training image is of no class in the set; None where no
      such images were put in.
    mean: of each channel of the training images, float32[channels], where white is 1.
    std: of each channel, likewise.
    objective: what is minimised.
    method: how, around the objective's loss; its loss may be that of some steps alone, as
      `method_at` says.
    clean: examples that are not in the training set, and serve the method with their right
      labels; None where it needs none.
    model: a flax module.
    devices: the devices of this process to train on.
    initial: variables that the network begins with; None where they are drawn.
    data_dir: where TFDS found prepared sets; no part of the run, which is known by content.
  """

  config: TrainConfig
  dataset: data.Dataset | data.StreamedDataset
  extra_test: data.Stream | None
  train_labels: noise.NoisyLabels
  foreign: np.ndarray | None
  mean: np.ndarray
  std: np.ndarray
  objective: Objective
  method: methods.Method
  clean: label_noise.CleanSet | None
  model: nn.Module
  devices: Sequence[jax.Device]
  initial: Any = None
  data_dir: str | None = None

  @property
  def noise_rate(self) -> float | None:
    """The share of wrong training labels; None where no noise was made and nobody knows."""
    rate = self.train_labels.rate
    return rate if rate or self.dataset.labels_trusted else None

  def method_at(self, step: jax.Array) -> methods.Method:
    """The method around the loss of a step, counted from 0 over the whole training."""
    if not self.objective.schedules:
      return self.method
    loss = self.objective.loss_of(self.objective.values_at(step))
    return methods.build(self.config.method, loss)

  @property
  def labels_in_words(self) -> str:
    """How many training labels are wrong, or that nobody knows."""
    trusted = self.dataset.labels_trusted
    return label_noise.describe(self.train_labels, labels_trusted=trusted)

  @property
  def training_in_words(self) -> str:
    """The loss, its bias and what changes, where it has any, and the method around it."""
    bias, schedules = self.objective.logit_bias, self.objective.schedules
    parts = [self.objective.description + (f" with logit bias {bias:g}" if bias else "")]
    if objective.BIAS in schedules:
      parts.append(self.config.bias_schedule)
    if objective.Q in schedules:
      parts.append(f"q {self.config.q_schedule}")
    if self.config.method != methods.NONE:
      parts.append(f"by {self.config.method}")
    return ", ".join(parts)

  @property
  def steps_per_call(self) -> int:
    """How many steps one call to the devices takes; see the function of that name."""
    return steps_per_call(self.config.model, self.devices)


def steps_per_call(model: str, devices: Sequence[jax.Device]) -> int:
  """How many steps one call to the devices takes, as one scan.

  On two CPU cores a scan is 1.4 times (MLP 512 on digits1000) to 2.8 times (MLP 1024 on
  CIFAR-10) as fast as a call per step, measured by experiments/benchmarks/epoch_scan.py;
  but on XLA's CPU, convolutions inside a loop are several times slower than outside.

  Args:
    model: the network's name.
    devices: the devices that the call goes to.

  Returns:
    The number of steps.
  """
  on_cpu = devices[0].platform == "cpu"
  return 1 if on_cpu and model != "mlp" else _STEPS_PER_CALL


def side_by_side(model: str, devices: Sequence[jax.Device]) -> bool:
  """Whether several seeds of a network are better trained in one program than in turn.

  One program makes a convolution over seeds a grouped one, which XLA's CPU has no fast form
  for: two seeds of cnn4 at once got through 65 images/s where one alone got through 950.
  Matrix products over seeds stay fast. On accelerators neither was measured.

  Args:
    model: the network's name.
    devices: the devices to train on.

  Returns:
    Whether they are.
  """
  return model == "mlp" or devices[0].platform != "cpu"


def noisy_set(
  config: TrainConfig,
  *,
  data_dir: str | os.PathLike | None = None,
  dataset: data.Dataset | data.StreamedDataset | None = None,
  download: bool = False,
) -> label_noise.NoisySet:
  """Loads the data of a config, thins them where it says so, and makes its noise.

  The clean examples that its method needs are read, or taken out.

  Args:
    config: what else it says of training does not count.
    data_dir: where TFDS finds prepared sets.
    dataset: the one the config names, if it is already loaded.
    download: whether TFDS may download and prepare a set that is not there.

  Returns:
    `NoisySet`.

  Raises:
    ValueError: if the data set is not what it must be, or the noise does not fit it.
    OSError: if the data set is not prepared, or a file is missing or damaged.
  """
  if dataset is None:
    dataset = opening.open_dataset(config, data_dir, download=download)
  if isinstance(dataset, data.Dataset):
    dataset = data.check_dataset(dataset)
    if config.imbalance != "none":
      dataset = data.imbalance(dataset, config.imbalance, seed=config.noise_seed)
  else:
    opening.check_streamed(config)
  noisy = label_noise.make(config, dataset, data_dir, download=download)
  num_clean = methods.build(config.method, losses.parse(config.loss)).num_clean
  return clean_set.add(config, noisy, num_clean) if num_clean else noisy


def prepare(
  config: TrainConfig,
  *,
  data_dir: str | os.PathLike | None = None,
  devices: Sequence[jax.Device] | None = None,
  dataset: data.Dataset | data.StreamedDataset | None = None,
  download: bool = False,
) -> Task:
  """Loads the data, makes the noise, and puts together what is minimised.

  Args:
    config: the run.
    data_dir: where TFDS finds prepared sets.
    devices: the devices to train on; all local ones by default.
    dataset: the one the config names, if it is already loaded.
    download: whether TFDS may download and prepare a set that is not there.

  Returns:
    `Task`.

  Raises:
    ValueError: if the batch does not fit the devices or the data, if the data set is not
      what it must be or the noise or a correction does not fit it, if no logit bias or
      hyperparameter repairs the loss, or if the run to begin with has another network or
      other classes.
    OSError: if the data set is not prepared, or a file is missing or damaged.
  """
  devices = devices or jax.local_devices()
  num_devices = len(devices) * jax.process_count()
  if config.batch_size % (num_devices * config.accumulation):
    parts = f" in {config.accumulation} parts" if config.accumulation > 1 else ""
    raise ValueError(
      f"batch_size: {config.batch_size}, must be a multiple of "
      f"{num_devices * config.accumulation}, for the {num_devices} devices{parts}"
    )
  noisy = noisy_set(config, data_dir=data_dir, dataset=dataset, download=download)
  dataset, num_classes = noisy.dataset, noisy.dataset.num_classes
  train_size = len(dataset.train_labels)
  if config.batch_size > train_size:
    raise ValueError(
      f"batch_size: {config.batch_size}, must be at most the {train_size} training examples"
    )
  most_epochs = _MAX_STEPS // (train_size // config.batch_size)
  if config.epochs > most_epochs:
    raise ValueError(
      f"epochs: {config.epochs}, must be at most {most_epochs}: 32 bits count the steps"
    )
  if isinstance(dataset, data.Dataset):
    mean, std = data.channel_statistics(dataset.train_images)
  else:
    mean, std = data.CHANNEL_MEAN, data.CHANNEL_STD
  num_steps = config.epochs * (train_size // config.batch_size)
  minimised = objective.build(config, num_classes, num_steps)
  if minimised.num_views > 1 and config.method != methods.NONE:
    raise ValueError(
      f"method: {config.method}, must be none with loss {config.loss}, which compares "
      "several views of an image"
    )
  method = methods.build(config.method, minimised.loss)
  _check_schedules(config, method, minimised)
  if method.adapt is not None and config.accumulation > 1:
    raise ValueError(
      f"accumulation: {config.accumulation}, must be 1 with method {config.method}"
    )
  model = build_model(config, num_classes, dataset.image_shape)
  initial = warm_start.variables(
    config, model, dataset.class_names, num_classes, dataset.image_shape
  )
  return Task(
    config=config,
    dataset=dataset,
    extra_test=opening.open_extra_test(config, dataset, data_dir),
    train_labels=noisy.labels,
    foreign=noisy.foreign,
    mean=mean,
    std=std,
    objective=minimised,
    method=method,
    clean=noisy.clean,
    model=model,
    devices=devices,
    initial=initial,
    data_dir=None if data_dir is None else os.path.abspath(data_dir),
  )


def _check_schedules(config, method, minimised):
  """Refuses to schedule a number that the method learns."""
  if method.learned is None:
    return
  state = jax.eval_shape(lambda: method.init(np.zeros(1, np.int32), 2))
  for name in minimised.schedules.keys() & method.learned(state).keys():
    setting = {objective.BIAS: "bias_schedule", objective.Q: "q_schedule"}[name]
    raise ValueError(
      f"{setting}: {getattr(config, setting)}, must be constant with method "
      f"{config.method}, which learns {name}"
    )


def build_model(
  config: TrainConfig, num_classes: int, image_shape: Sequence[int]
) -> nn.Module:
  """The network of a config.

  Args:
    config: the run.
    num_classes: K.
    image_shape: height, width and channels.

  Returns:
    A flax module, which takes batch statistics over all devices; in train mode, with the
    outputs that the method asks for beside the logits.

  Raises:
    ValueError: if the network needs larger images.
  """
  own = config.initialization == "own"
  method = methods.build(config.method, losses.parse(config.loss))
  model = models.build(
    config.model,
    num_classes + method.num_extra_outputs,
    widths=config.widths,
    initialization=None if own else config.initialization,
    dtype=jnp.dtype(config.compute_dtype),
    axis_name=replicas.AXIS,
  )
  if method.num_extra_outputs:
    model = models.ExtraOutputs(model, num_classes)
  image = jax.ShapeDtypeStruct((1, *image_shape), jnp.float32)
  # Some networks need larger images, and say so.
  jax.eval_shape(lambda x: model.init(jax.random.key(0), x, train=False), image)
  return model

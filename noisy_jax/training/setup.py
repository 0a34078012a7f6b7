"""The setup of a run: its config with data, objective, network and devices."""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from flax import linen as nn

from noisy_jax import data, methods, noise
from noisy_jax.training import datasets, network, objective, placement, weights
from noisy_jax.training.config import TrainConfig
from noisy_jax.training.label_noise import NoisySet
from noisy_jax.training.objective import Objective

_MAX_STEPS = 2**31 - 1


class Setup(NamedTuple):
  """A config with everything that training needs on this machine.

  Attributes:
    config: the settings of the run.
    dataset: images with clean labels; under open-set noise, some images are foreign.
    extra_test: the second test set; None without one.
    train_labels: the labels to train on, beside the labels before the noise as clean ones.
    foreign: bool[n], true where the training image belongs to no class of the set; None
      without open-set noise.
    mean: mean of each channel of the training images, float32[channels], where white is 1;
      or of each feature, float32[d].
    std: standard deviation of each channel, float32[channels], on the same scale.
    weights: weights of the training examples in the loss, float32[n] with mean 1; None
      where all are equal.
    objective: the function to minimise.
    method: the method around the objective's loss. With schedules the loss changes, and
      `method_at` has the method of each step.
    clean: examples outside the training set with right labels, for the method; None where
      it needs none.
    validation: examples outside the training set to choose the best epoch by; None without
      a validation split.
    model: a flax module.
    devices: the devices of this process to train on.
    initial: variables that the network begins with; None draws them.
    data_dir: directory of the prepared TFDS sets. A run does not depend on it: it knows
      its data by their content.
  """

  config: TrainConfig
  dataset: data.AnyDataset
  extra_test: data.Stream | None
  train_labels: noise.NoisyLabels
  foreign: np.ndarray | None
  mean: np.ndarray
  std: np.ndarray
  weights: np.ndarray | None
  objective: Objective
  method: methods.Method
  clean: data.LabeledExamples | None
  validation: data.LabeledExamples | None
  model: nn.Module
  devices: Sequence[jax.Device]
  initial: Any = None
  data_dir: str | None = None

  @property
  def noise_rate(self) -> float | None:
    """Share of wrong training labels; None without noise if nobody knows the right ones."""
    rate = self.train_labels.rate
    return rate if rate or self.dataset.labels_trusted else None

  def method_at(self, step: jax.Array) -> methods.Method:
    """The method around the loss of a step, counted from 0 over the whole training."""
    if not self.objective.schedules:
      return self.method
    loss = self.objective.loss_of(self.objective.values_at(step))
    return self.config.parts.method_spec.around(loss)

  @property
  def labels_in_words(self) -> str:
    """A phrase that says how many training labels are wrong, or that nobody knows."""
    trusted = self.dataset.labels_trusted
    return noise.describe(self.train_labels, labels_trusted=trusted)

  @property
  def training_in_words(self) -> str:
    """A phrase that names the loss, its bias and schedules, and the method."""
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
    """The number of steps that one call takes; see `placement.steps_per_call`."""
    return placement.steps_per_call(self.config.model, self.devices)


def setup(
  config: TrainConfig,
  noisy: NoisySet,
  *,
  devices: Sequence[jax.Device] | None = None,
  initial: Any = None,
  data_dir: str | os.PathLike | None = None,
) -> Setup:
  """Puts together everything that a run needs, and checks it before compiling.

  Args:
    config: the settings of the run.
    noisy: its data set with the labels to train on, from `noisy_set`.
    devices: the devices to train on; all local ones by default.
    initial: variables that the network begins with, where the config has init_from.
    data_dir: directory of prepared TFDS sets.

  Returns:
    `Setup`.

  Raises:
    ValueError: if the batch does not fit the devices or the data, a correction does not fit
      the data, or no logit bias or hyperparameter repairs the loss.
    OSError: if the second test set is not prepared, or a file is missing or damaged.

  Example:
    >>> from noisy_jax import data, training
    >>> config = training.TrainConfig("digits1000", loss="mae", logit_bias="auto")
    >>> dataset = data.digits(1000, train_size=1000, test_size=10)
    >>> setup = training.setup(config, training.noisy_set(config, dataset=dataset))
    >>> round(setup.objective.logit_bias, 2)
    4.84
  """
  devices, parts = devices or jax.local_devices(), config.parts
  mixing = parts.augmentation.mixing
  placement.check_batch_size(
    config.batch_size, config.accumulation, devices, in_pairs=mixing is not None
  )
  if parts.network.init_from is not None and initial is None:
    raise ValueError(
      f"init_from: {config.init_from}, must come with the weights of that run in initial; "
      "runs.prepare reads them"
    )
  dataset, num_classes = noisy.dataset, noisy.dataset.num_classes
  num_examples = len(dataset.train_labels)
  if config.batch_size > num_examples:
    raise ValueError(
      f"batch_size: {config.batch_size}, must be at most the {num_examples} training "
      "examples"
    )
  most_epochs = _MAX_STEPS // (num_examples // config.batch_size)
  if config.epochs > most_epochs:
    raise ValueError(
      f"epochs: {config.epochs}, must be at most {most_epochs}: 32 bits count the steps"
    )
  for_images = parts.augmentation.names or (mixing and mixing.name == "cutmix")
  if for_images and len(dataset.image_shape) == 1:
    raise ValueError(
      f"augmentation: {str(parts.augmentation)!r}, must be none or mixup with features"
    )
  example_weights = weights.of_examples(
    parts.weights, noisy.labels.noisy, num_classes, noisy.weights
  )
  if example_weights is not None and mixing is not None:
    raise ValueError(
      f"augmentation: {config.augmentation}, must not mix images where class_weights or "
      "example_weights are given"
    )
  mean, std = dataset.channel_statistics()
  num_steps = config.epochs * (num_examples // config.batch_size)
  run_objective = objective.build(parts.objective, num_classes, num_steps)
  method = parts.method_spec.around(run_objective.loss)
  if run_objective.num_views > 1 and not method.takes_views:
    raise ValueError(
      f"method: {config.method}, must be none or aum with loss {config.loss}, which "
      "compares several views of an image"
    )
  _check_schedules(config, method, run_objective)
  if method.adapt is not None and config.accumulation > 1:
    raise ValueError(
      f"accumulation: {config.accumulation}, must be 1 with method {config.method}"
    )
  model = network.build(
    parts.network, num_classes, dataset.image_shape, method.num_extra_outputs
  )
  return Setup(
    config=config,
    dataset=dataset,
    extra_test=datasets.open_extra_test(parts.data, dataset, data_dir),
    train_labels=noisy.labels,
    foreign=noisy.foreign,
    mean=mean,
    std=std,
    weights=example_weights,
    objective=run_objective,
    method=method,
    clean=noisy.clean,
    validation=noisy.validation,
    model=model,
    devices=devices,
    initial=initial,
    data_dir=None if data_dir is None else os.path.abspath(data_dir),
  )


def _check_schedules(config, method, run_objective):
  """Refuses to schedule a number that the method learns."""
  if method.learned is None:
    return
  state = jax.eval_shape(lambda: method.init(np.zeros(1, np.int32), 2))
  for name in run_objective.schedules.keys() & method.learned(state).keys():
    setting = {objective.BIAS: "bias_schedule", objective.Q: "q_schedule"}[name]
    raise ValueError(
      f"{setting}: {getattr(config, setting)}, must be constant with method "
      f"{config.method}, which learns {name}"
    )

"""From a config to all that a run needs, checked before anything is compiled."""

import os
from collections.abc import Sequence
from typing import NamedTuple

import jax
from flax import linen as nn

from noisy_jax import data, losses, models, noise
from noisy_jax.analysis import calibration
from noisy_jax.training import replicas
from noisy_jax.training.config import TrainConfig


class Task(NamedTuple):
  """A config, and what it comes to on this machine.

  Attributes:
    config: the run.
    dataset: images with clean labels.
    train_labels: the labels to train on, with their clean ones.
    logit_bias: the number that is added to the labelled logit.
    bias_reason: where that number comes from, one sentence.
    expression: the loss, with numbers where the config has auto.
    loss: the loss to train with, the logit bias inside.
    model: a flax module.
    devices: the devices to train on.
  """

  config: TrainConfig
  dataset: data.Dataset
  train_labels: noise.NoisyLabels
  logit_bias: float
  bias_reason: str
  expression: losses.Expression
  loss: losses.Loss
  model: nn.Module
  devices: Sequence[jax.Device]


def prepare(
  config: TrainConfig,
  *,
  data_dir: str | os.PathLike | None = None,
  devices: Sequence[jax.Device] | None = None,
  dataset: data.Dataset | None = None,
) -> Task:
  """Loads the data, makes the noise, and works out the logit bias.

  Args:
    config: the run.
    data_dir: where TFDS finds prepared sets.
    devices: the devices to train on; all local ones by default.
    dataset: the one the config names, if it is already loaded.

  Returns:
    `Task`.

  Raises:
    ValueError: if the batch does not fit the devices or the data, if a label is out of
      range, or if no logit bias or hyperparameter repairs the loss.
    OSError: if the data set is not prepared, or damaged.
  """
  devices = devices or jax.local_devices()
  if config.batch_size % len(devices):
    raise ValueError(
      f"batch_size: {config.batch_size}, must be a multiple of the {len(devices)} devices"
    )
  dataset = dataset or data.load(config.dataset, data_dir)
  num_classes, train_size = dataset.num_classes, len(dataset.train_labels)
  noise.check_labels(dataset.test_labels, num_classes)
  if config.batch_size > train_size:
    raise ValueError(
      f"batch_size: {config.batch_size}, must be at most the {train_size} training examples"
    )
  train_labels = noise.symmetric(
    dataset.train_labels,
    num_classes,
    config.noise_rate,
    key=jax.random.key(config.noise_seed),
  )
  loss = calibration.resolve(losses.parse(config.loss), num_classes)
  if config.logit_bias == "auto":
    calibrated = calibration.logit_bias(loss, num_classes)
    eps, reason = calibrated.value, calibrated.reason
  else:
    eps, reason = float(config.logit_bias), "as set"
  return Task(
    config=config,
    dataset=dataset,
    train_labels=train_labels,
    logit_bias=eps,
    bias_reason=reason,
    expression=loss,
    loss=losses.with_logit_bias(loss, eps) if eps else loss,
    model=models.build(
      config.model, num_classes, widths=config.widths, axis_name=replicas.AXIS
    ),
    devices=devices,
  )

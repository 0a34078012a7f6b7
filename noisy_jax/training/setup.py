"""A config, and what it comes to on this machine."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from flax import linen as nn

from noisy_jax import data, methods, noise
from noisy_jax.training import label_noise, objective
from noisy_jax.training.config import TrainConfig
from noisy_jax.training.objective import Objective

# Enough to hide what a call costs, few enough to stop soon when asked to.
_STEPS_PER_CALL = 512


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
  clean: data.CleanExamples | None
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
    return self.config.parts.method_spec.around(loss)

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

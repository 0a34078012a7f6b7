"""The settings of a run, parsed and in groups."""

from typing import NamedTuple

from noisy_jax import data, methods
from noisy_jax.training.datasets import DataSettings
from noisy_jax.training.label_noise import NoiseSettings
from noisy_jax.training.network import NetworkSettings
from noisy_jax.training.objective import ObjectiveSettings
from noisy_jax.training.optimizer import OptimizerSettings
from noisy_jax.training.weights import WeightSettings


class Parts(NamedTuple):
  """The settings of a run, parsed and in groups.

  Attributes:
    data: the data set and how it is read.
    noise: the noise put into its labels.
    weights: the weights of classes and examples.
    objective: the function to minimise.
    network: the network to train.
    optimizer: the rule that updates its weights.
    augmentation: the transformations of the training images.
    method_spec: the name and hyperparameters of the method beside the loss.
    method: this method around the loss as it is written. It tells how many outputs, clean
      examples and memories the method needs; training uses `Setup.method`.
  """

  data: DataSettings
  noise: NoiseSettings
  weights: WeightSettings
  objective: ObjectiveSettings
  network: NetworkSettings
  optimizer: OptimizerSettings
  augmentation: data.Augmentation
  method_spec: methods.MethodSpec
  method: methods.Method

"""A pmap'd training loop for noisy labels, which writes no file and prints nothing."""

from noisy_jax.training.config import TrainConfig
from noisy_jax.training.defaults import of_dataset as defaults_of_dataset
from noisy_jax.training.input_pipeline import check_seeds
from noisy_jax.training.label_noise import NoisySet
from noisy_jax.training.epoch import METRICS
from noisy_jax.training.epoch import Epoch
from noisy_jax.training.loop import Moment
from noisy_jax.training.loop import train
from noisy_jax.training.noisy_set import noisy_set
from noisy_jax.training.noisy_set import open_dataset
from noisy_jax.training.setup import Setup
from noisy_jax.training.setup import setup

__all__ = [
  "METRICS",
  "Epoch",
  "Moment",
  "NoisySet",
  "Setup",
  "TrainConfig",
  "check_seeds",
  "defaults_of_dataset",
  "noisy_set",
  "open_dataset",
  "setup",
  "train",
]

"""Short trainings by a method."""

import dataclasses

from noisy_jax import training
from tests.small_setups import SMALL, small_setup

CHANGES = dict(loss="ce", widths=(32,), epochs=6)
CONFIG = dataclasses.replace(SMALL, **CHANGES)


def a_setup(num_devices=2, **changes):
  return small_setup(num_devices, train_size=650, **CHANGES | changes)


def ending(setup, seeds=None):
  """Results of all epochs, and the last moment."""
  moments = list(training.train(setup, seeds=seeds))
  return [moment.results for moment in moments if moment.results], moments[-1]

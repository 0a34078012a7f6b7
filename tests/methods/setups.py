"""Short trainings by a method."""

import dataclasses

import jax

from noisy_jax import data, runs, training

CONFIG = training.TrainConfig(
  dataset="digits10",
  loss="ce",
  noise_rate=0.25,
  widths=(32,),
  epochs=6,
  batch_size=64,
)


def a_setup(num_devices=2, **changes):
  dataset = data.digits(10, train_size=650, test_size=130)
  config = dataclasses.replace(CONFIG, **changes)
  return runs.prepare(config, dataset=dataset, devices=jax.local_devices()[:num_devices])


def ending(setup, seeds=None):
  """Results of all epochs, and the last moment."""
  moments = list(training.train(setup, seeds=seeds))
  return [moment.results for moment in moments if moment.results], moments[-1]

"""Short trainings of one seed or several on few images, and what they end with."""

import dataclasses

import jax
import numpy as np
import pytest

from noisy_jax import data, runs, training
from noisy_jax.training import replicas
from noisy_jax.training.batch import standardize

SMALL = training.TrainConfig(
  dataset="digits10", loss="mae", noise_rate=0.25, widths=(16,), epochs=2, batch_size=64
)
FADING = {"logit_bias": 4.0, "bias_schedule": "fading"}


def small_setup(
  num_devices=2, *, num_classes=10, train_size=320, test_size=130, workdirs=(), **changes
):
  config = dataclasses.replace(SMALL, dataset=f"digits{num_classes}", **changes)
  dataset = data.digits(num_classes, train_size=train_size, test_size=test_size)
  devices = jax.local_devices()[:num_devices]
  return runs.prepare(config, devices=devices, dataset=dataset, workdirs=workdirs)


def last_moment(setup, **kwargs):
  *_, last = training.train(setup, **kwargs)
  return last


def trained(setup, **kwargs):
  """The state at the end, and the results of each epoch and seed."""
  moments = list(training.train(setup, **kwargs))
  rows = [[numbers(r.as_dict()) for r in m.results] for m in moments if m.results]
  return replicas.unstack(moments[-1].state), rows


def results(setup):
  return trained(setup)[1]


def first(states):
  """The state of the first seed."""
  return jax.tree.map(lambda leaf: leaf[0], states)


def numbers(row):
  """What does not depend on the clock."""
  clock = ("seconds", "images_per_second")
  return {name: value for name, value in row.items() if name not in clock}


def assert_close(row, expected):
  for name, value in expected.items():
    if value is None or isinstance(value, int):
      assert row[name] == value, name
    else:
      assert row[name] == pytest.approx(value, rel=1e-4), name
  assert row.keys() == expected.keys()


def logits_of(setup, state, images):
  mean, std = data.channel_statistics(setup.dataset.train_images)
  inputs = standardize(images, mean, std)
  return np.asarray(setup.model.apply(state.variables, inputs, train=False))


def an_epoch(**changes):
  held_out = dict.fromkeys(("validation_loss", "validation_accuracy", "best_test_accuracy"))
  values = dict.fromkeys(training.METRICS, 1.0) | held_out | {"epoch": 1} | changes
  return training.Epoch(**values)

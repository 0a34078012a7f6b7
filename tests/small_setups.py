"""Short trainings on few images, and what they give."""

import dataclasses

from noisy_jax import data, runs, training

SMALL = training.TrainConfig(
  dataset="digits10",
  loss="mae",
  noise_rate=0.25,
  widths=(16,),
  epochs=2,
  batch_size=64,
)


def small_setup(devices=None, *, num_classes=10, train_size=640, test_size=130, **changes):
  config = dataclasses.replace(SMALL, dataset=f"digits{num_classes}", **changes)
  dataset = data.digits(num_classes, train_size=train_size, test_size=test_size)
  return runs.prepare(config, devices=devices, dataset=dataset)


def results(setup):
  names = ("loss", "train_accuracy", "test_loss", "test_accuracy")
  return [[getattr(epoch, name) for name in names] for epoch in epochs_of(setup)]


def epochs_of(setup):
  return [moment.results[0] for moment in training.train(setup) if moment.results]


def an_epoch(**changes):
  held_out = dict.fromkeys(("validation_loss", "validation_accuracy", "best_test_accuracy"))
  values = dict.fromkeys(training.METRICS, 1.0) | held_out | {"epoch": 1} | changes
  return training.Epoch(**values)

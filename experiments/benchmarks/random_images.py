"""Training on random images as large as CIFAR's: they take no other time than real ones."""

import jax
import numpy as np

from noisy_jax import data, runs, training

SHAPE = (32, 32, 3)
NUM_CLASSES = 10


def dataset(train_size: int, test_size: int) -> data.Dataset:
  """Random images and labels of the size of CIFAR's."""
  rng = np.random.default_rng(0)
  images, labels = [], []
  for size in (train_size, test_size):
    images.append(rng.integers(256, size=(size, *SHAPE), dtype=np.uint8))
    labels.append(rng.integers(NUM_CLASSES, size=size))
  return data.Dataset(images[0], labels[0], images[1], labels[1], NUM_CLASSES)


def config(
  model: str, batch_size: int, compute_dtype: str, epochs: int
) -> training.TrainConfig:
  """A training with crop, flip, GCE, a clipped gradient, momentum and weight decay.

  Args:
    model: the network's name.
    batch_size: examples in a step.
    compute_dtype: what the network computes in.
    epochs: how many may be asked for.

  Returns:
    `TrainConfig`.

  Raises:
    ValueError: if a setting is unknown or out of range.
  """
  return training.TrainConfig(
    dataset="npz:random",
    model=model,
    loss="gce",
    compute_dtype=compute_dtype,
    augmentation="crop+flip",
    batch_size=batch_size,
    epochs=epochs,
    schedule="constant",
    learning_rate=0.01,
  )


def setup(config: training.TrainConfig, dataset: data.Dataset) -> training.Setup:
  """The training on one device; a ValueError where the batch is larger than the set."""
  return runs.prepare(config, dataset=dataset, devices=jax.local_devices()[:1])

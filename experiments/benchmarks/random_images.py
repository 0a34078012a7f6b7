"""Training on random images as large as CIFAR's: they take no other time than real ones."""

import functools

import numpy as np

from experiments.benchmarks import race
from noisy_jax import data, training

SHAPE = (32, 32, 3)
NUM_CLASSES = 10


@functools.cache
def _dataset(train_size, test_size):
  rng, sizes = np.random.default_rng(0), (train_size, test_size)
  images, test_images = (rng.integers(256, size=(n, *SHAPE), dtype=np.uint8) for n in sizes)
  labels, test_labels = (rng.integers(NUM_CLASSES, size=n) for n in sizes)
  return data.Dataset(images, labels, test_images, test_labels, NUM_CLASSES)


def setup(
  model: str, batch_size: int, compute_dtype: str, train_size: int, turns: int
) -> training.Setup:
  """A training with crop, flip, GCE, a clipped gradient, momentum and weight decay.

  Args:
    model: the network's name.
    batch_size: examples in a step, and in the test set.
    compute_dtype: what the network computes in.
    train_size: number of training images.
    turns: epochs that are timed.

  Returns:
    The training on one device.

  Raises:
    ValueError: if a setting is unknown or out of range.
  """
  return race.setup(
    _dataset(train_size, batch_size),
    turns,
    dataset="npz:random",
    model=model,
    loss="gce",
    compute_dtype=compute_dtype,
    augmentation="crop+flip",
    batch_size=batch_size,
    learning_rate=0.01,
  )

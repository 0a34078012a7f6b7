"""Training on random images as large as CIFAR's: they take no other time than real ones."""

import functools

import jax
import numpy as np

from noisy_jax import data, runs, training

SHAPE = (32, 32, 3)
NUM_CLASSES = 10


@functools.cache
def _dataset(train_size, test_size):
  rng, sizes = np.random.default_rng(0), (train_size, test_size)
  images, test_images = (rng.integers(256, size=(n, *SHAPE), dtype=np.uint8) for n in sizes)
  labels, test_labels = (rng.integers(NUM_CLASSES, size=n) for n in sizes)
  return data.Dataset(images, labels, test_images, test_labels, NUM_CLASSES)


def setup(
  model: str, batch_size: int, compute_dtype: str, epochs: int, train_size: int
) -> training.Setup:
  """A training with crop, flip, GCE, a clipped gradient, momentum and weight decay.

  Args:
    model: the network's name.
    batch_size: examples in a step, and in the test set.
    compute_dtype: what the network computes in.
    epochs: how many may be asked for.
    train_size: number of training images.

  Returns:
    The training on one device.

  Raises:
    ValueError: if a setting is unknown or out of range.
  """
  config = training.TrainConfig(
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
  dataset = _dataset(train_size, batch_size)
  return runs.prepare(config, dataset=dataset, devices=jax.local_devices()[:1])

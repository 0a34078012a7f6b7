"""Small sets of random images, prepared with noise."""

import dataclasses

import numpy as np

from noisy_jax import data, runs, training

SMALL = training.TrainConfig(dataset="digits10", widths=(16,), epochs=1, batch_size=64)


def a_set(num_classes, size, *, seed=0):
  """Random images of balanced classes, in no order, with ids."""
  rng = np.random.default_rng(seed)
  images = rng.integers(0, 256, (size, 4, 4, 3), np.uint8)
  labels = rng.permutation(np.arange(size, dtype=np.int32) % num_classes)
  ids = np.array([f"image {i}" for i in range(size)])
  return data.Dataset(
    images,
    labels,
    images[:50],
    labels[:50],
    num_classes,
    train_ids=ids,
    test_ids=ids[:50],
    labels_trusted=True,
  )


def prepare(dataset, kind, rate=0.4, /, **changes):
  settings = dict(noise=kind, noise_rate=rate) | changes
  config = dataclasses.replace(SMALL, **settings)
  return runs.prepare(config, dataset=dataset)


def write_npz(path, dataset):
  names = ("train_images", "train_labels", "test_images", "test_labels")
  np.savez(path, **{name: getattr(dataset, name) for name in names})
  return f"npz:{path}"

"""Streams of folders, opened and read through."""

import numpy as np

from noisy_jax import data


def open_folder(folder, **options):
  return data.open_stream(f"folder:{folder}", **options)


def train(streamed, batch_size=4, *, seed=0, epoch=1, **options):
  batches = list(
    streamed.train.train_batches(batch_size, seed=seed, epoch=epoch, **options)
  )
  return (
    np.concatenate([batch.images for batch in batches]),
    np.concatenate([batch.indices for batch in batches]),
  )

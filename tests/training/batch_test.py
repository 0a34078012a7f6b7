import chex
import numpy as np

from noisy_jax import data
from noisy_jax.training.batch import standardize


def test_images_are_standardised_from_bytes_and_floats_alike():
  bytes_ = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 3), np.uint8)
  mean, std = data.channel_statistics(bytes_)
  from_bytes = standardize(bytes_, mean, std)
  floats = (bytes_ / 255).astype(np.float32)
  chex.assert_trees_all_close(standardize(floats, mean, std), from_bytes, atol=1e-5)
  np.testing.assert_allclose(from_bytes.mean((0, 1, 2)), np.zeros(3), atol=1e-5)
  np.testing.assert_allclose(from_bytes.std((0, 1, 2)), np.ones(3), rtol=1e-5)

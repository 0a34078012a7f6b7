"""Data sets that fit in memory, by name."""

from noisy_jax.data.catalogue import check_name
from noisy_jax.data.catalogue import load
from noisy_jax.data.dataset import Dataset
from noisy_jax.data.dataset import channel_statistics
from noisy_jax.data.digits import digits
from noisy_jax.data.tfds import from_tfds

__all__ = ["Dataset", "channel_statistics", "check_name", "digits", "from_tfds", "load"]

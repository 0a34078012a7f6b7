"""Label noise with a definition: each kind says what it draws and whose code it follows."""

from noisy_jax.noise.noisy_labels import NoisyLabels
from noisy_jax.noise.noisy_labels import check_labels
from noisy_jax.noise.symmetric import symmetric

__all__ = [
  "NoisyLabels",
  "check_labels",
  "symmetric",
]

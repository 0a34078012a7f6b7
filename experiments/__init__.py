"""Command lines over noisy_jax."""

"""Estimates a transition matrix: `noisy-jax estimate-noise`."""

from noisy_jax.cli import command_line, estimate_noise

if __name__ == "__main__":
  command_line.start(estimate_noise)

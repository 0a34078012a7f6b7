"""Measures a trained network: `noisy-jax evaluate`."""

from noisy_jax.cli import command_line, evaluate

if __name__ == "__main__":
  command_line.start(evaluate)

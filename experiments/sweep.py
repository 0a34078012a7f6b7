"""Trains all runs of a grid: `noisy-jax sweep`."""

from noisy_jax.cli import command_line, sweep

if __name__ == "__main__":
  command_line.start(sweep)

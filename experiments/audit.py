"""Finds the labels of a data set that are probably wrong: `noisy-jax audit`."""

from noisy_jax.cli import audit, command_line

if __name__ == "__main__":
  command_line.start(audit)

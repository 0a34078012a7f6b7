"""Trains a network on noisy labels: `noisy-jax train`."""

from noisy_jax.cli import command_line, train

if __name__ == "__main__":
  command_line.start(train)

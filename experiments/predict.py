"""Predicts the classes of images as CSV: `noisy-jax predict`."""

from noisy_jax.cli import command_line, predict

if __name__ == "__main__":
  command_line.start(predict)

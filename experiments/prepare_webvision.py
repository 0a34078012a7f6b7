"""Prepares WebVision: `noisy-jax prepare-webvision`."""

from noisy_jax.cli import command_line, prepare_webvision

if __name__ == "__main__":
  command_line.start(prepare_webvision)

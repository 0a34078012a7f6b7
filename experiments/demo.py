"""Shows what the library is for: `noisy-jax demo`."""

from noisy_jax.cli import command_line, demo

if __name__ == "__main__":
  command_line.start(demo)

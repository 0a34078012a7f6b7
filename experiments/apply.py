"""Makes corrected labels of the decisions on an audit: `noisy-jax apply`."""

from noisy_jax.cli import apply, command_line

if __name__ == "__main__":
  command_line.start(apply)

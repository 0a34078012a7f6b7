"""Makes tables and figures of a sweep: `noisy-jax report`."""

from noisy_jax.cli import command_line, report

if __name__ == "__main__":
  command_line.start(report)

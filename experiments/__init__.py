"""Commands, and what belongs to the papers and to this repository."""

from noisy_jax.cli import huge_pages

huge_pages.restart_command()

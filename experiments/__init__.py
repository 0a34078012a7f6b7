"""Command lines over noisy_jax."""

from experiments import huge_pages

huge_pages.restart_command()

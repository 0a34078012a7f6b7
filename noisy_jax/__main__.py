"""`python -m noisy_jax COMMAND` is `noisy-jax COMMAND`."""

from noisy_jax.cli import main

if __name__ == "__main__":
  main.main()

"""Flags for paths, where ~ is the home directory and an empty path is refused."""

from typing import Any

from absl import flags

from noisy_jax.paths import expanded_path

# Each flag belongs to the module that defines it, whose --helpshort shows it.
flags.disclaim_key_flags()


class _Path(flags.ArgumentParser):
  syntactic_help = "a path"

  def __init__(self, name: str):
    super().__init__()
    self._name = name

  def parse(self, argument):
    try:
      return expanded_path(self._name, argument)
    except ValueError as error:
      # absl passes errors of its own types on as they are.
      raise flags.IllegalFlagValueError(str(error)) from None


def define(name: str, default: str | None, help: str, **options: Any) -> flags.FlagHolder:
  """Defines a flag whose value is a path.

  Args:
    name: name of the flag.
    default: value if the flag is missing.
    help: one sentence.
    **options: further options of absl's `DEFINE`, such as required.

  Returns:
    The holder of the flag, whose value is a str or None.
  """
  return flags.DEFINE(
    _Path(name), name, default, help, serializer=flags.ArgumentSerializer(), **options
  )

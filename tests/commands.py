"""Commands, called in this process as from a shell."""

import contextlib
import functools

import pytest
from absl import flags

from noisy_jax.cli import path_flags


def runner(command, names=None, values=flags.FLAGS):
  """A function that runs main with flags; it returns the message of an exit, or None.

  Args:
    command: the module.
    names: of the flags that are as by default where they are not given; None for all.
    values: where the module has its flags.
  """

  def run(*arguments):
    values.unparse_flags()
    for name in names or values:
      values[name].unparse()
    try:
      command.main(values(["command", *arguments]))
    except SystemExit as error:
      return error.code
    return None

  return run


@contextlib.contextmanager
def flags_apart():
  """Flags defined here are apart from those of other programs."""
  values = flags.FlagValues()
  kinds = [
    (flags, f"DEFINE_{kind}") for kind in ("string", "integer", "float", "bool", "list")
  ]
  kinds += [(flags, "DEFINE"), (flags, "adopt_module_key_flags")]
  with pytest.MonkeyPatch.context() as patch:
    for place, name in [*kinds, (path_flags, "define")]:
      define = functools.partial(getattr(place, name), flag_values=values)
      patch.setattr(place, name, define)
    yield values

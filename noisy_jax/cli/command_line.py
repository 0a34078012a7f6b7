"""Starting a command: its flags are read, and an error in them is one line."""

import os
import re
import sys
from collections.abc import Callable, Sequence
from types import ModuleType

from absl import app, flags, logging

from noisy_jax.cli import compilation_cache, messages

# absl's message on a flag with a wrong value.
_ILLEGAL = re.compile(r"flag --(?P<name>\w+)=(?P<value>.*?): (?P<cause>.*)", re.DOTALL)


def start(command: ModuleType) -> None:
  """Runs a command of this package to its end, as the main program.

  Args:
    command: module with a function `main`, and a docstring that -h shows.
  """
  # At level INFO, JAX lists the accelerators that it did not find.
  logging.set_verbosity(logging.WARNING)
  sys.modules["__main__"].__doc__ = command.__doc__
  for flag in flags.FLAGS.get_key_flags_for_module(command.__name__):
    flags.FLAGS.register_key_flag_for_module(sys.argv[0], flag)

  def main(argv):
    compilation_cache.enable()
    command.main(argv)

  run(main)


def run(main: Callable[[Sequence[str]], None]) -> None:
  """Runs a command to its end; -h is short for --helpshort.

  Args:
    main: function of the arguments that absl leaves of the command line.
  """

  def with_devices(argv):
    try:
      main(argv)
    except Exception:
      _check_devices()
      raise

  app.run(with_devices, flags_parser=parse)


def parse(argv: Sequence[str]) -> list[str]:
  """Reads the flags, or ends the command with one line.

  Args:
    argv: the command line, with the name of the command.

  Returns:
    The arguments that are not flags.

  Raises:
    SystemExit: after an error, and with status 0 after help.
  """
  try:
    return flags.FLAGS(["--helpshort" if text == "-h" else text for text in argv])
  except SystemExit:
    # absl has shown the help that was asked for, and calls that a failure.
    sys.exit(0)
  except flags.UnrecognizedFlagError as error:
    messages.fail(f"{error}; -h lists the flags")
  except flags.Error as error:
    # The errors have a line each; a value may have line breaks too.
    messages.fail("; ".join(map(_in_words, re.split(r"\n(?=flag --)", str(error)))))
  except ValueError as error:
    # absl raises a plain ValueError for --noNAME=VALUE.
    flag = str(error).partition(" ")[0]
    name = flag.removeprefix("--no").partition("=")[0]
    messages.fail(f"{flag}: must be --no{name} alone, or --{name}=false")


def _in_words(error):
  match = _ILLEGAL.fullmatch(error)
  if match is None:
    return error
  name, value = match["name"], match["value"]
  if "other than None" in match["cause"]:
    return f"{name}: None, must be given"
  parser = flags.FLAGS[name].parser
  wanted = "true or false" if flags.FLAGS[name].boolean else parser.syntactic_help
  if isinstance(parser, flags.EnumParser):
    wanted = f"one of {', '.join(parser.enum_values)}"
  return f"{name}: {value!r}, must be {wanted}" if wanted else error


def _check_devices():
  """Ends the command if it failed because it asked for devices that are not there."""
  platforms = os.environ.get("JAX_PLATFORMS")
  if not platforms:
    return
  import jax

  try:
    # This takes no time if JAX has already found its devices.
    jax.local_devices()
  except Exception as error:
    cause = str(error).partition("\n")[0]
    messages.fail(
      f"JAX_PLATFORMS: {platforms!r}, must name devices that this machine and this JAX "
      f"have, such as cpu{cause and f' ({cause})'}"
    )

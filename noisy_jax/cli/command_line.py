"""How every command starts: its flags are read, and what is wrong with them is one line."""

import os
import re
import sys
from collections.abc import Callable, Sequence
from types import ModuleType

import jax
from absl import app, flags, logging

from noisy_jax.cli import compilation_cache, messages

# absl's words for a flag that it could read, and not understand.
_ILLEGAL = re.compile(r"flag --(?P<name>\w+)=(?P<value>.*?): (?P<cause>.*)", re.DOTALL)


def start(command: ModuleType) -> None:
  """Runs a command of this package to its end, from a script that is nothing else.

  Args:
    command: with `main`, and a docstring that -h shows.
  """
  # At level INFO, JAX tells which accelerators it did not find.
  logging.set_verbosity(logging.WARNING)
  compilation_cache.enable()
  sys.modules["__main__"].__doc__ = command.__doc__
  for flag in flags.FLAGS.get_key_flags_for_module(command.__name__):
    flags.FLAGS.register_key_flag_for_module(sys.argv[0], flag)
  run(command.main)


def run(main: Callable[[Sequence[str]], None]) -> None:
  """Runs a command to its end; -h is short for --helpshort.

  Args:
    main: takes what absl leaves of the command line.
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
    What is left of it.
  """
  try:
    return flags.FLAGS(["--helpshort" if text == "-h" else text for text in argv])
  except flags.UnrecognizedFlagError as error:
    messages.fail(f"{error}; -h lists the flags")
  except flags.Error as error:
    # A line each; a value may have line breaks too.
    messages.fail("; ".join(map(_in_words, re.split(r"\n(?=flag --)", str(error)))))
  except ValueError as error:
    # absl lets this one through: --noNAME=VALUE.
    flag = str(error).partition(" ")[0]
    name = flag.removeprefix("--no").partition("=")[0]
    messages.fail(f"{flag}: must be --no{name} alone, or --{name}=false")


def _in_words(error):
  found = _ILLEGAL.fullmatch(error)
  if found is None:
    return error
  name, value = found["name"], found["value"]
  if "other than None" in found["cause"]:
    return f"{name}: None, must be given"
  parser = flags.FLAGS[name].parser
  wanted = "true or false" if flags.FLAGS[name].boolean else parser.syntactic_help
  if isinstance(parser, flags.EnumParser):
    wanted = f"one of {', '.join(parser.enum_values)}"
  return f"{name}: {value!r}, must be {wanted}" if wanted else error


def _check_devices():
  """Ends the command if it failed because it asked for devices that are not there."""
  asked = os.environ.get("JAX_PLATFORMS")
  if not asked:
    return
  try:
    # At once, where they have been found.
    jax.local_devices()
  except Exception as error:
    cause = str(error).partition("\n")[0]
    messages.fail(
      f"JAX_PLATFORMS: {asked!r}, must name what this machine and this JAX have, such as "
      f"cpu{cause and f' ({cause})'}"
    )

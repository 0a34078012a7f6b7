"""The messages of commands: one line each, of printable characters."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn


def one_line(text: object) -> str:
  r"""The text on one line.

  Args:
    text: any object; a file name may have line breaks, or be undecodable.

  Returns:
    Its `str`, with \n and the like in place of characters that cannot be printed.
  """
  return "".join(
    character if character.isprintable() else repr(character)[1:-1]
    for character in str(text)
  )


def say(text: object) -> None:
  """Prints a text on one line, in only one of several processes."""
  import jax

  if jax.process_index() == 0:
    print(one_line(text), flush=True)


def fail(error: object) -> NoReturn:
  """Ends the command with status 1 and `error: ...` on one line."""
  sys.exit(f"error: {one_line(error)}")


@contextlib.contextmanager
def ending_in_one_line(*expected: type[Exception]) -> Iterator[None]:
  """Ends the command with one line if an error, a signal or Ctrl-C ends this context.

  Args:
    expected: types of errors whose messages are for users. MemoryError, OverflowError and
      RecursionError end in one line too; other errors keep their traceback.
  """
  try:
    yield
  except expected as error:
    fail(error)
  except (MemoryError, OverflowError, RecursionError) as error:
    fail(f"{type(error).__name__} ({error}): an input is too large, must be smaller")
  except KeyboardInterrupt as error:
    # That of `runs.Stopped`, which this file does not import, as it takes a while.
    exit_status = getattr(error, "exit_status", None)
    if exit_status is None:
      sys.exit("interrupted")
    say(error)
    sys.exit(exit_status)


def only_flags(argv: Sequence[str]) -> None:
  """Ends the command if its line has arguments that are not flags.

  Args:
    argv: the arguments that absl leaves of the command line.
  """
  if len(argv) > 1:
    fail(f"unexpected argument {argv[1]!r}; settings are given as --name=value")


def one_argument(argv: Sequence[str], name: str, meaning: str) -> str:
  """The one argument of a command that is not a flag, or ends the command.

  Args:
    argv: the arguments that absl leaves of the command line.
    name: name of the argument in the help of the command, such as AUDIT.
    meaning: what it is, such as "directory of an audit".

  Returns:
    The argument.
  """
  if len(argv) < 2:
    fail(f"{name}: missing, must be the {meaning}; -h shows an example")
  if len(argv) > 2:
    fail(f"unexpected argument {argv[2]!r} after {name} {argv[1]!r}, the {meaning}")
  return argv[1]


def make_out_dir(out_dir: str | os.PathLike | None) -> None:
  """Makes a directory, or ends the command if that fails; does nothing for None."""
  if out_dir is None:
    return
  try:
    os.makedirs(out_dir, exist_ok=True)
  except OSError as error:
    fail(f"out_dir: {out_dir} cannot be made: {error.strerror}")

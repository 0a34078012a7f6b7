"""What the commands print: one line each, of characters that any terminal takes."""

import sys
from typing import NoReturn


def one_line(text: object) -> str:
  r"""The text on one line.

  Args:
    text: anything; names of files may have line breaks, or be no text at all.

  Returns:
    Its `str`, with \n and the like in place of what cannot be printed.
  """
  return "".join(
    character if character.isprintable() else repr(character)[1:-1]
    for character in str(text)
  )


def fail(error: object) -> NoReturn:
  """Ends the command with status 1 and `error: ...` on one line."""
  sys.exit(f"error: {one_line(error)}")

"""A check of where a command is to write a CSV file."""

import os
import pathlib


def check(name: str, path: str, beginning: str) -> None:
  """Refuses a place where no file of this command can be written or replaced.

  Args:
    name: of the flag that gave the path, for messages.
    path: where the file is to be.
    beginning: what a file that this command wrote begins with; only such a file may be
      replaced.

  Raises:
    OSError: if another file is there, or the directory is missing or cannot be written to.
  """
  file = pathlib.Path(path)
  try:
    is_other = file.exists() and not (file.is_file() and _begins(file, beginning))
  except OSError as error:
    raise OSError(f"{name}: {file}: {error.strerror}") from error
  if is_other:
    raise FileExistsError(
      f"{name}: {file} exists, and this command has not written it; remove it or choose "
      "another"
    )
  if not file.parent.is_dir():
    raise FileNotFoundError(f"{name}: {file.parent}, there is no such directory")
  if not os.access(file.parent, os.W_OK):
    raise PermissionError(f"{name}: {file.parent} cannot be written to")


def _begins(file, beginning):
  with file.open("rb") as stream:
    return stream.read(len(beginning)) == beginning.encode()

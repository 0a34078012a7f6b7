"""Paths as users give them, in flags, in settings such as folder:PATH, and to functions."""

import os


def expanded_path(name: str, path: str | os.PathLike[str]) -> str:
  """The path with the home directory in place of ~.

  Every path that a user gives comes through here, before anything is read or made there.

  Args:
    name: of the argument, for messages.
    path: such as ~/runs; relative to the working directory.

  Returns:
    The path, not made absolute.

  Raises:
    ValueError: if the path is empty, or begins with ~ and what follows names no user.
  """
  given = os.fspath(path)
  if not given:
    # It would stand for the working directory, where nobody wants files unasked.
    raise ValueError(f"{name}: '', must be a path; . is the working directory")
  found = os.path.expanduser(given)
  if found.startswith("~"):
    home = given.partition(os.sep)[0]
    raise ValueError(
      f"{name}: {given!r}, must begin with a home directory, and {home} is none; ./{given} "
      "is a path below the working directory"
    )
  return found

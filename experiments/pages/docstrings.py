"""Parts of a docstring in Google's form."""

import inspect
import re
from collections.abc import Callable


def arguments(function: Callable) -> dict[str, str]:
  """What a docstring says of each argument, on one line each."""
  found = re.findall(r"^  (\w+): (.*(?:\n    .*)*)", _of(function), re.MULTILINE)
  return {name: " ".join(text.split()) for name, text in found}


def title(function: Callable) -> str:
  """The first line."""
  return _of(function).partition("\n")[0]


def body(function: Callable) -> str:
  """What stands between the first line and the arguments."""
  return _of(function).partition("\n\nArgs:")[0].partition("\n\n")[2]


def source(function: Callable) -> str:
  """The source, on one line; empty without one."""
  return " ".join(_of(function).partition("\nSource: ")[2].split())


def _of(function):
  return inspect.getdoc(function) or ""

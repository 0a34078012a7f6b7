"""What other libraries log, where they would say what we say ourselves."""

import contextlib
import logging as python_logging
import pathlib
import sys
from collections.abc import Iterator

from absl import logging


@contextlib.contextmanager
def errors_only() -> Iterator[None]:
  """absl's log without warnings, in this context."""
  verbosity = logging.get_verbosity()
  logging.set_verbosity(logging.ERROR)
  try:
    yield
  finally:
    logging.set_verbosity(verbosity)


@contextlib.contextmanager
def no_threads_of(package: str) -> Iterator[None]:
  """Keeps a package's threads from printing, with tracebacks, what is raised here anyway.

  Errors in finalizers, which Python tells of and passes over, are silent meanwhile,
  whatever the package.

  Args:
    package: the folder that its source lies in.
  """

  def is_of_others(record):
    return package not in pathlib.Path(record.pathname).parts

  logger = python_logging.getLogger("absl")
  hook = sys.unraisablehook
  sys.unraisablehook = lambda _: None
  logger.addFilter(is_of_others)
  try:
    yield
  finally:
    logger.removeFilter(is_of_others)
    sys.unraisablehook = hook

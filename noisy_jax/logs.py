"""What other libraries log, where they would say what we say ourselves."""

import contextlib
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

"""Being asked to stop, by Ctrl-C or by a machine that is taken away, at a better moment."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

_HELD = (signal.SIGTERM, signal.SIGINT)


class Stopped(KeyboardInterrupt):
  """Training was asked to stop and has saved where it was.

  Attributes:
    exit_status: as a shell gives it to a process that the signal ends.
  """

  def __init__(self, message: str, exit_status: int):
    super().__init__(message)
    self.exit_status = exit_status


@contextlib.contextmanager
def stop_requests() -> Iterator[Callable[[], signal.Signals | None]]:
  """Holds SIGTERM and SIGINT back; a second SIGINT interrupts at once.

  Outside the main thread, which alone may handle signals, nothing is held back.

  Yields:
    A function that gives the signal that came, or None.
  """
  asked: list[signal.Signals] = []

  def note(number, frame):
    if asked and number == signal.SIGINT:
      raise KeyboardInterrupt
    asked.append(signal.Signals(number))

  before = {}
  if threading.current_thread() is threading.main_thread():
    before = {number: signal.signal(number, note) for number in _HELD}
  try:
    yield lambda: asked[0] if asked else None
  finally:
    for number, handler in before.items():
      signal.signal(number, handler)

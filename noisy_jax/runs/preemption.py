"""Being asked to stop, by Ctrl-C or by a machine that is taken away, at a better moment."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

import tqdm

_HELD = (signal.SIGTERM, signal.SIGINT)
# No signal has this number.
_END = 0


class Stopped(KeyboardInterrupt):
  """Training was asked to stop and has saved where it was.

  Attributes:
    exit_status: as a shell gives it to a process that the signal ends.
  """

  def __init__(self, message: str, exit_status: int):
    super().__init__(message)
    self.exit_status = exit_status


@contextlib.contextmanager
def acknowledged(promise: str) -> Iterator[None]:
  """Says in one line that SIGTERM or SIGINT came, as soon as it has come.

  A handler in Python would have to wait: the main thread alone calls it, and may be inside
  a call to the devices, of hundreds of steps. So a thread waits for what Python writes to
  a file when a signal comes. It handles nothing: what the signal does stays as it is.

  Outside the main thread, which alone gets signals, nothing is said.

  Args:
    promise: what will come of it, which follows the name of the signal.

  Yields:
    Once, around what may be interrupted.
  """
  if threading.current_thread() is not threading.main_thread():
    yield
    return
  receiving, sending = os.pipe()
  os.set_blocking(sending, False)
  # A loop of events, as in a notebook, may listen too.
  before = signal.set_wakeup_fd(sending, warn_on_full_buffer=False)
  thread = threading.Thread(
    target=_acknowledge, args=(receiving, before, promise), daemon=True
  )
  thread.start()
  try:
    yield
  finally:
    signal.set_wakeup_fd(before)
    os.write(sending, bytes([_END]))
    thread.join()
    os.close(sending)
    os.close(receiving)


def _acknowledge(receiving, listening, promise):
  told = False
  while True:
    numbers = os.read(receiving, 512)
    if listening >= 0:
      with contextlib.suppress(OSError):
        os.write(listening, numbers.rstrip(bytes([_END])))
    for number in numbers:
      if number in _HELD and not told:
        told = True
        with contextlib.suppress(OSError, ValueError):
          # A bar may be on the terminal.
          tqdm.tqdm.write(f"{signal.Signals(number).name} came: {promise}")
          sys.stdout.flush()
    if _END in numbers:
      return


@contextlib.contextmanager
def stop_requests() -> Iterator[Callable[[], signal.Signals | None]]:
  """Holds SIGTERM and SIGINT back; a second SIGINT interrupts.

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

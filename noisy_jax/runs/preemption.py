"""Requests to stop, by Ctrl-C or a preempted machine: noted now, obeyed between calls."""

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
  """Raised when training has stopped on request and has saved its state.

  Attributes:
    exit_status: the status that a shell reports of a process that the signal ends.
  """

  def __init__(self, message: str, exit_status: int):
    super().__init__(message)
    self.exit_status = exit_status


@contextlib.contextmanager
def acknowledged(promise: str) -> Iterator[None]:
  """Prints a line as soon as SIGTERM or SIGINT comes.

  A handler in Python would have to wait: only the main thread calls it, and may be inside
  a call to the devices, of hundreds of steps. So a thread reads the bytes that Python
  writes to a pipe when a signal comes. The thread does not change the signal's effect.

  Outside the main thread, which alone gets signals, this does nothing.

  Args:
    promise: the consequence, which follows the name of the signal in the line.

  Yields:
    Once, around the code that a signal may interrupt.
  """
  if threading.current_thread() is not threading.main_thread():
    yield
    return
  receiving, sending = os.pipe()
  os.set_blocking(sending, False)
  # An event loop, as in a notebook, may listen too.
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
  is_printed = False
  while True:
    numbers = os.read(receiving, 512)
    if listening >= 0:
      with contextlib.suppress(OSError):
        os.write(listening, numbers.rstrip(bytes([_END])))
    for number in numbers:
      if number in _HELD and not is_printed:
        is_printed = True
        with contextlib.suppress(OSError, ValueError):
          # A bar may be on the terminal.
          tqdm.tqdm.write(f"{signal.Signals(number).name} came: {promise}")
          sys.stdout.flush()
    if _END in numbers:
      return


@contextlib.contextmanager
def stop_requests() -> Iterator[Callable[[], signal.Signals | None]]:
  """Notes SIGTERM and SIGINT in place of their effect; a second SIGINT interrupts.

  Outside the main thread, which alone may handle signals, this does nothing.

  Yields:
    A function that returns the first signal that came, or None.
  """
  requests: list[signal.Signals] = []

  def note(number, frame):
    if requests and number == signal.SIGINT:
      raise KeyboardInterrupt
    requests.append(signal.Signals(number))

  before = {}
  if threading.current_thread() is threading.main_thread():
    before = {number: signal.signal(number, note) for number in _HELD}
  try:
    yield lambda: requests[0] if requests else None
  finally:
    for number, handler in before.items():
      signal.signal(number, handler)

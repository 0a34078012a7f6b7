import ctypes
import io
import os
import signal
import socket
import sys
import threading
import time

import pytest

from noisy_jax.runs import multihost, preemption

LIBC = ctypes.CDLL(None)
LINE = "SIGINT came: the run stops after the steps at hand, which are saved\n"


@pytest.fixture(autouse=True)
def interruptible():
  """Ctrl-C interrupts; a shell lets commands in its background ignore it."""
  before = signal.signal(signal.SIGINT, signal.default_int_handler)
  yield
  signal.signal(signal.SIGINT, before)


@pytest.fixture
def blocking_call(monkeypatch):
  """A call that no Python code of the main thread interrupts, like one to the devices; it
  returns when a line is printed."""
  receiving, sending = os.pipe()

  class Printed(io.StringIO):
    def write(self, text):
      super().write(text)
      if text.endswith("\n"):
        os.write(sending, b"x")
      return len(text)

  printed = Printed()
  gave_up = threading.Event()

  def give_up():
    gave_up.set()
    os.write(sending, b"x")

  def call(*numbers):
    def send():
      # The main thread shall be in the call by then.
      time.sleep(0.1)
      for number in numbers:
        signal.pthread_kill(threading.main_thread().ident, number)

    for number in numbers:
      # The call then goes on after the signal.
      signal.siginterrupt(number, False)
    # Not before: pytest has another one while it prepares a test.
    monkeypatch.setattr(sys, "stdout", printed)
    timer = threading.Timer(20, give_up)
    timer.start()
    sender = threading.Thread(target=send)
    sender.start()
    try:
      LIBC.read(receiving, ctypes.create_string_buffer(1), 1)
    finally:
      timer.cancel()
      sender.join()
    assert not gave_up.is_set()
    return printed

  yield call
  os.close(receiving)
  os.close(sending)


def test_a_signal_is_told_of_at_once_and_held_back(blocking_call):
  with multihost.common_stop_requests() as asked:
    printed = blocking_call(signal.SIGINT)
    assert printed.getvalue() == LINE
    assert asked() == signal.SIGINT


def test_one_line_is_enough_for_many_signals(blocking_call):
  with multihost.common_stop_requests() as asked:
    printed = blocking_call(signal.SIGTERM, signal.SIGTERM)
    assert asked() == signal.SIGTERM
  assert printed.getvalue() == LINE.replace("SIGINT", "SIGTERM")


def test_without_a_workdir_an_interruption_is_told_and_raised(blocking_call):
  with pytest.raises(KeyboardInterrupt), preemption.acknowledged("the run ends"):
    blocking_call(signal.SIGINT)
  assert sys.stdout.getvalue() == "SIGINT came: the run ends\n"


def test_who_listened_before_still_hears_and_has_it_back():
  ours, theirs = socket.socketpair()
  with ours, theirs:
    theirs.setblocking(False)
    before = signal.set_wakeup_fd(theirs.fileno())
    try:
      with preemption.acknowledged("the run ends"), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
      assert ours.recv(16) == bytes([signal.SIGINT])
      assert signal.set_wakeup_fd(theirs.fileno()) == theirs.fileno()
    finally:
      signal.set_wakeup_fd(before)


def test_a_terminal_that_is_gone_stops_nothing(monkeypatch):
  class Gone(io.StringIO):
    def write(self, text):
      raise BrokenPipeError

  monkeypatch.setattr(sys, "stdout", Gone())
  with multihost.common_stop_requests() as asked:
    signal.raise_signal(signal.SIGTERM)
    assert asked() == signal.SIGTERM


def test_another_thread_says_nothing_and_leaves_all_as_it_is():
  found = []

  def work():
    with multihost.common_stop_requests() as asked:
      found.append((asked(), set(threading.enumerate()) - before))

  before = set(threading.enumerate())
  thread = threading.Thread(target=work)
  thread.start()
  thread.join()
  assert found == [(None, {thread})]
  assert signal.set_wakeup_fd(-1) == -1

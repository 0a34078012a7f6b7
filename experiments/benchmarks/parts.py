"""Benchmarks one after another within a time, each in processes of its own."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple


class Part(NamedTuple):
  """A command with an allowance.

  Attributes:
    command: the program and its arguments.
    share: of the time; what earlier parts leave goes to later ones, by their shares.
  """

  command: Sequence[str]
  share: float


class Outcome(NamedTuple):
  """What became of a part.

  Attributes:
    seconds: that it took.
    result: complete, cut off, or failed with a status.
    output: the end of what it printed.
  """

  seconds: float
  result: str
  output: str


def run(
  parts: Mapping[str, Part], seconds: float, environment: Mapping[str, str]
) -> Iterator[tuple[str, Outcome]]:
  """Runs the parts; one that takes too long is cut off, and the next begins.

  Args:
    parts: by name, in the order in which they run.
    seconds: for all of them.
    environment: added to that of this process.

  Yields:
    The name of each part when it has ended, and its outcome.
  """
  deadline = time.monotonic() + seconds
  shares = [part.share for part in parts.values()]
  for i, (name, part) in enumerate(parts.items()):
    allowance = (deadline - time.monotonic()) * part.share / sum(shares[i:])
    yield name, _outcome(part.command, max(allowance, 0.0), environment)


def _outcome(command, seconds, environment):
  start = time.monotonic()
  process = subprocess.Popen(
    command,
    env=os.environ | dict(environment),
    stdout=subprocess.PIPE,
    stderr=subprocess.STDOUT,
    text=True,
    errors="replace",
    start_new_session=True,
  )
  try:
    output, _ = process.communicate(timeout=seconds)
    status = process.returncode
    result = "complete" if status == 0 else f"failed with status {status}"
  except subprocess.TimeoutExpired:
    _kill(process)
    output, _ = process.communicate()
    result = "cut off"
  except BaseException:
    _kill(process)
    raise
  return Outcome(time.monotonic() - start, result, output[-2000:])


def _kill(process):
  # With the helpers that it has started: they are of the same session.
  os.killpg(process.pid, signal.SIGKILL)

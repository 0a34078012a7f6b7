"""Runs one command again and again in one process, and tells how each time ends.

A line of JSON on standard input is a command line, one on standard output how it ended;
`Worker` is the other side, and notices hangs and crashes. Starting a process for each
input would take seconds every time.
"""

import importlib
import json
import os
import resource
import select
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Sequence

from absl import flags, logging

from experiments import command_line
from experiments.fuzz.cases import Answer

# Of address space: what asks for more shall fail here, and not at the machine's limit.
_MAX_BYTES = 12 << 30


class Worker:
  """A process for the command lines of one module, started again where it died."""

  def __init__(self, module: str, directory: str, seconds: float):
    """Starts nothing yet.

    Args:
      module: of the command.
      directory: where it runs, and where caches go.
      seconds: that one input may take.
    """
    self._module, self._directory, self._seconds = module, directory, seconds
    self._process: subprocess.Popen[str] | None = None

  def run(self, arguments: Sequence[str]) -> Answer:
    """Runs the command.

    Args:
      arguments: its command line.

    Returns:
      `Answer`.
    """
    process = self._process or self._start()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(list(arguments)) + "\n")
    process.stdin.flush()
    ready, _, _ = select.select([process.stdout], [], [], self._seconds)
    line = process.stdout.readline() if ready else ""
    if line:
      return Answer(*json.loads(line))
    status = process.poll() if ready else None
    self.close()
    how = f"died ({process.returncode if status is None else status})" if ready else "hangs"
    return Answer(None, how, "", "")

  def close(self) -> None:
    """Ends the process."""
    if self._process is not None:
      self._process.kill()
      self._process.communicate()
      self._process = None

  def _start(self):
    cache = {
      "XDG_CACHE_HOME": self._directory,
      "JAX_COMPILATION_CACHE_DIR": os.path.join(self._directory, "jax"),
      "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
      "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
    }
    self._process = subprocess.Popen(
      [sys.executable, "-m", "experiments.fuzz.worker", self._module],
      stdin=subprocess.PIPE,
      stdout=subprocess.PIPE,
      text=True,
      cwd=self._directory,
      env={**os.environ, **cache},
    )
    return self._process


def in_shell(module: str, arguments: Sequence[str], seconds: float) -> Answer:
  """Runs a command once, in a process of its own, as one types it.

  Args:
    module: of the command.
    arguments: its command line.
    seconds: that it may take.

  Returns:
    `Answer`, with all of standard error in `err`.
  """
  try:
    done = subprocess.run(
      [sys.executable, "-m", module, *arguments],
      capture_output=True,
      timeout=seconds,
      check=False,
    )
  except subprocess.TimeoutExpired:
    return Answer(None, "hangs", "", "")
  out, err = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
  return Answer(done.returncode, "", out, err)


def _call(command, arguments):
  """Status and message of one call, as a shell would see them."""
  flags.FLAGS.unparse_flags()
  for name in flags.FLAGS:
    flags.FLAGS[name].unparse()
  try:
    command.main(command_line.parse([command.__name__, *arguments]))
  except SystemExit as error:
    if isinstance(error.code, str):
      return 1, error.code
    return error.code or 0, ""
  except BaseException:
    traceback.print_exc()
    return 1, ""
  return 0, ""


def _serve(module):
  command = importlib.import_module(module)
  logging.set_verbosity(logging.WARNING)
  # As in a process of its own, where no warning has been shown before.
  for kind in (UserWarning, RuntimeWarning, SyntaxWarning, FutureWarning):
    warnings.simplefilter("always", kind)
  # Before JAX and others write to them.
  answers = os.fdopen(os.dup(1), "w")
  with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    for line in sys.stdin:
      status, message = _call(command, json.loads(line))
      sys.stdout.flush()
      sys.stderr.flush()
      shown = []
      for file in (out, err):
        file.seek(0)
        shown.append(file.read().decode(errors="replace"))
        file.seek(0)
        file.truncate()
      answers.write(json.dumps([status, message, *shown]) + "\n")
      answers.flush()


if __name__ == "__main__":
  resource.setrlimit(resource.RLIMIT_AS, (_MAX_BYTES, _MAX_BYTES))
  _serve(sys.argv[1])

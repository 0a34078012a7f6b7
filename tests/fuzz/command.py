"""A command in a process that is kept, and how it ends; hangs and crashes included."""

import importlib
import multiprocessing
import os
import resource
import sys
import tempfile
import traceback
import warnings
from collections.abc import Sequence
from typing import NamedTuple

from absl import flags, logging

from experiments import command_line

# That one input may take.
_SECONDS = 60
# Of address space: what asks for more shall fail here, and not at the machine's limit.
_MAX_BYTES = 12 << 30


class Answer(NamedTuple):
  """How a command ended: its status, as a shell would see it, and what it printed."""

  status: int
  out: str
  err: str

  def is_accepted(self, names: Sequence[str]) -> bool:
    """Whether the status is 0; if not, one line must say why, with one of these names."""
    assert "Traceback" not in self.err, self.err
    assert "Exception ignored" not in self.err, self.err
    if self.status == 0:
      return True
    assert self.status in (1, 2), self
    assert len(self.err.splitlines()) == 1, self.err
    assert any(name in self.err for name in names), self.err
    return False


class Command:
  """A process for the command lines of one module, started anew where it died."""

  def __init__(self, module: str, directory: str | os.PathLike):
    """Starts nothing yet; the process will run, and keep its caches, in the directory."""
    self._module, self._directory, self._process = module, str(directory), None

  def run(self, arguments: Sequence[str]) -> Answer:
    """Runs the command; AssertionError if it hangs or takes its process with it."""
    if self._process is None:
      context = multiprocessing.get_context("spawn")
      self._connection, other = context.Pipe()
      target = (_serve, (other, self._module, self._directory))
      self._process = context.Process(target=target[0], args=target[1], daemon=True)
      self._process.start()
      other.close()
    self._connection.send(list(arguments))
    how = "hangs"
    try:
      if self._connection.poll(_SECONDS):
        return self._connection.recv()
    except EOFError:
      how = "died"
    self.close()
    raise AssertionError(f"{self._module} {how}")

  def close(self) -> None:
    """Ends the process."""
    if self._process is not None:
      self._process.kill()
      self._process.join()
      self._process = None


def _serve(connection, module, directory):
  resource.setrlimit(resource.RLIMIT_AS, (_MAX_BYTES, _MAX_BYTES))
  os.environ["XDG_CACHE_HOME"] = directory
  os.chdir(directory)
  command = importlib.import_module(module)
  logging.set_verbosity(logging.WARNING)
  # As in a process of its own, where no warning has been shown before.
  warnings.simplefilter("always")
  for kind in (
    DeprecationWarning,
    PendingDeprecationWarning,
    ImportWarning,
    ResourceWarning,
  ):
    warnings.simplefilter("ignore", kind)
  with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
    # Before JAX and others write to them.
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    while True:
      status = _call(command, connection.recv())
      sys.stdout.flush()
      sys.stderr.flush()
      shown = []
      for file in (out, err):
        file.seek(0)
        shown.append(file.read().decode(errors="replace"))
        file.seek(0)
        file.truncate()
      connection.send(Answer(status, *shown))


def _call(command, arguments):
  flags.FLAGS.unparse_flags()
  for name in flags.FLAGS:
    flags.FLAGS[name].unparse()
  try:
    command.main(command_line.parse([command.__name__, *arguments]))
  except SystemExit as ended:
    if not isinstance(ended.code, str):
      return ended.code or 0
    print(ended.code, file=sys.stderr)
    return 1
  except BaseException:
    traceback.print_exc()
    return 1
  return 0

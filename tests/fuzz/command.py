"""A command as one types it, and how it ends; hangs and crashes included."""

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

# That one input may take.
_SECONDS = 120
# Of address space: what asks for more shall fail here, and not at the machine's limit.
_LIMITED = ["bash", "-c", 'ulimit -v 6000000; exec "$@"', "bash"]


class Answer(NamedTuple):
  """How a command ended: its status, and what it printed."""

  status: int
  out: str
  err: str

  def is_accepted(self, names: Iterable[str]) -> bool:
    """Whether the status is 0; if not, one line must say why, with one of these names."""
    assert "Traceback" not in self.err, self.err
    assert "Exception ignored" not in self.err, self.err
    if self.status == 0:
      return True
    assert self.status in (1, 2), self
    assert len(self.err.splitlines()) == 1, self.err
    assert any(name in self.err for name in names), self.err
    return False


def run(module: str, arguments: Sequence[str], place: str | os.PathLike) -> Answer:
  """Runs a command of experiments/ in a directory where it keeps its caches."""
  paths = [os.getcwd(), os.environ.get("PYTHONPATH", "")]
  try:
    done = subprocess.run(
      [*_LIMITED, sys.executable, "-m", f"experiments.{module}", *arguments],
      capture_output=True,
      timeout=_SECONDS,
      cwd=place,
      env=os.environ | {"XDG_CACHE_HOME": str(place), "PYTHONPATH": ":".join(paths)},
    )
  except subprocess.TimeoutExpired:
    raise AssertionError(f"{module} {arguments} hangs") from None
  out, err = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
  return Answer(done.returncode, out, err)

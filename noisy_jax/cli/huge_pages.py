"""Memory in huge pages for the commands.

XLA's CPU backend takes the buffers of a step from malloc and frees them after it. glibc
returns large buffers to the kernel, which hands them out again page by page, filled with
zeros: cnn4 spends two fifths of its time on these page faults. With pages of 2 MB it has 40
times fewer of them; experiments/results/huge_pages has the gain in speed.

glibc reads the setting when a process starts, so that a command restarts itself once. If
the kernel gives no huge pages, or another C library is in use, nothing changes.
"""

import os
import sys

_TUNABLE = "glibc.malloc.hugetlb"


def restart_command() -> None:
  """Restarts `python -m experiments.NAME` with huge pages; see `restart`.

  Call it while Python looks for NAME, before any other import. It does nothing in another
  program.
  """
  # Until Python has found the module of `-m`, argv[0] is -m.
  if sys.argv[0] == "-m":
    restart()


def restart() -> None:
  """Restarts this process with huge pages.

  It does nothing outside Linux, or if GLIBC_TUNABLES already sets glibc.malloc.hugetlb,
  where 0 switches huge pages off.
  """
  tunables = os.environ.get("GLIBC_TUNABLES", "")
  if sys.platform != "linux" or _TUNABLE in tunables:
    return
  os.environ["GLIBC_TUNABLES"] = f"{tunables}:{_TUNABLE}=1".removeprefix(":")
  os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])

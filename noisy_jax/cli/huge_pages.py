"""Memory in huge pages for the commands.

XLA's CPU backend takes the buffers of a step from malloc and gives them back after it.
glibc returns large ones to the kernel, which hands them out anew page by page, filled with
zeros: cnn4 spends two fifths of its time on that. With pages of 2 MB it has 40 times fewer
of these faults; experiments/results/huge_pages has what that gains.

glibc reads the setting when a process starts, so a command starts itself once more. Where
the kernel gives no huge pages, or another C library is in use, nothing changes.
"""

import os
import sys

_TUNABLE = "glibc.malloc.hugetlb"


def restart_command() -> None:
  """Starts `python -m experiments.NAME` again with huge pages, in the same process.

  To be called while Python looks for NAME, before anything else is imported. Does nothing
  in any other program; else as `restart`.
  """
  # Python names what `-m` asks for only after it has been found.
  if sys.argv[0] == "-m":
    restart()


def restart() -> None:
  """Starts this process again with huge pages.

  Does nothing off Linux, or where GLIBC_TUNABLES already sets glibc.malloc.hugetlb; 0 there
  switches it off.
  """
  tunables = os.environ.get("GLIBC_TUNABLES", "")
  if sys.platform != "linux" or _TUNABLE in tunables:
    return
  os.environ["GLIBC_TUNABLES"] = f"{tunables}:{_TUNABLE}=1".removeprefix(":")
  os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])

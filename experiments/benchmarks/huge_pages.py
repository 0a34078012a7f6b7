"""What huge pages for malloc change (noisy_jax/cli/huge_pages.py): speed, faults, memory.

  python -m experiments.benchmarks.huge_pages --out_dir=DIR
  python -m experiments.benchmarks.huge_pages --workloads=cnn4 --turns=1

Each workload is a command in a process of its own, without and with huge pages in turn;
the fastest turn of each counts, and the fewest faults and the least memory of all turns.
With an output directory, the table also goes there after each row.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import NamedTuple

from absl import flags, logging

from experiments.benchmarks import page
from noisy_jax.cli import command_line, messages, path_flags


class Workload(NamedTuple):
  """A command.

  Attributes:
    module: what `python -m` runs.
    flags: its arguments.
    number: where its output says how fast it was; the first group is the number.
    unit: of this number; of seconds the fewest are the best.
  """

  module: str
  flags: Sequence[str]
  number: str
  unit: str = "images/s"


class Measured(NamedTuple):
  """A run of a workload: its number, the faults of its pages, its peak memory in bytes."""

  number: float
  faults: int
  memory: int


_SECONDS = "s"


def _convnet(model, train_size):
  sizes = ["--batch_sizes=128", f"--train_size={train_size}", "--compute_dtype=float32"]
  sizes += ["--turns=3", "--matmul_size=512", "--torch_forms=eager"]
  return Workload(
    "experiments.benchmarks.convnet_speed",
    [f"--models={model}", *sizes],
    rf"^\| {model} \| 128 \| ([\d,]+) ",
  )


WORKLOADS = {
  "mlp": Workload(
    "experiments.benchmarks.training_speed",
    ["--widths=512", "--train_size=20000", "--turns=3", "--seeds=2"],
    r"^\| 512, 512 \| ([\d,]+) ",
  ),
  "cnn4": _convnet("cnn4", 5120),
  "cnn5": _convnet("cnn5", 12_800),
  "cnn8": _convnet("cnn8", 640),
  "resnet18": _convnet("resnet18", 128),
  "stream": Workload(
    "experiments.benchmarks.stream",
    ["--num_images=2048", "--turns=3"],
    r"^\| the stream, which does that \| ([\d,]+) ",
  ),
  "tests": Workload(
    "pytest",
    ["-q", "tests/training/loop_test.py", "tests/models/models_test.py"],
    r"passed.* in ([\d.]+)s",
    _SECONDS,
  ),
}

_WORKLOADS = flags.DEFINE_list("workloads", list(WORKLOADS), "What is run.")
_TURNS = flags.DEFINE_integer("turns", 3, "Times each is run.", lower_bound=1)
_OUT_DIR = path_flags.define("out_dir", None, "Where the table is written.")

_DESCRIPTION = """\
commands in processes of their own, without and with `GLIBC_TUNABLES=glibc.malloc.hugetlb=1`
in turn. More images/s and fewer seconds are better; a ratio above 1 says that huge pages
are faster. `mlp` is a scan of steps on digits1000, the networks train on images as CIFAR's,
`stream` decodes JPEGs in threads, `tests` runs two files of the test suite."""


def main(argv):
  messages.only_flags(argv)
  messages.make_out_dir(_OUT_DIR.value)
  for name in _WORKLOADS.value:
    if name not in WORKLOADS:
      messages.fail(f"workloads: unknown {name!r}; known: {', '.join(WORKLOADS)}")
  rows = [["", "without", "with", "ratio", "faults (million)", "memory (GB)"]]
  for name in _WORKLOADS.value:
    rows.append(_row(name, WORKLOADS[name]))
    text = page.page(
      "huge_pages",
      "Huge pages for malloc",
      ("workloads", "turns"),
      _DESCRIPTION,
      rows,
    )
    page.write(_OUT_DIR.value, text)
  print(text)


def _row(name, workload):
  turns = [(_run(workload, 0), _run(workload, 1)) for _ in range(_TURNS.value)]
  best = min if workload.unit == _SECONDS else max
  numbers, faults, memory = zip(
    *(
      (
        best(run.number for run in runs),
        min(run.faults for run in runs),
        min(run.memory for run in runs),
      )
      for runs in zip(*turns, strict=True)
    ),
    strict=True,
  )
  without, with_pages = numbers
  ratio = without / with_pages if workload.unit == _SECONDS else with_pages / without
  return [
    f"{name}, {workload.unit}",
    *(f"{number:,.0f}" for number in numbers),
    f"{ratio:.2f}",
    " to ".join(f"{count / 1e6:.2f}" for count in faults),
    " to ".join(f"{count / 1e9:.2f}" for count in memory),
  ]


def _run(workload: Workload, huge_pages: int) -> Measured:
  env = os.environ | {"GLIBC_TUNABLES": f"glibc.malloc.hugetlb={huge_pages}"}
  command = [sys.executable, "-m", workload.module, *workload.flags]
  with tempfile.TemporaryFile("w+") as output:
    process = subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT)
    _, status, usage = os.wait4(process.pid, 0)
    output.seek(0)
    text = output.read()
  found = re.search(workload.number, text, re.MULTILINE)
  if status or not found:
    messages.fail(f"{' '.join(command)} failed: {text[-500:]}")
  number = float(found[1].replace(",", ""))
  return Measured(number, usage.ru_minflt, usage.ru_maxrss * 1024)


if __name__ == "__main__":
  logging.set_verbosity(logging.WARNING)
  command_line.run(main)

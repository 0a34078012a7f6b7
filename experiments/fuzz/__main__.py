"""Gives every command and file format malformed input, and judges how each time ends.

  python -m experiments.fuzz --num_inputs=500 --seed=0

An input passes if it is refused: status 1 or 2 and one line that names the argument; or if
it is accepted and a check finds the result right, which for a damaged workdir is the
result of the undamaged one. A traceback, a second line, a hang, a crash or a wrong result
fails, and the exit status is then 1. What accepted means for each kind is said in the file
that makes it, all of them imported below. The same seed makes the same inputs.
"""

import collections
import functools
import pathlib
import random
import sys
import tempfile
import time
from collections.abc import Callable

from absl import flags

from experiments import command_line, messages
from experiments.fuzz import (
  command_flags,
  evaluate_flags,
  folders,
  grids,
  matrices,
  npz_files,
  texts,
  train_flags,
  workdirs,
)
from experiments.fuzz.cases import Answer, judge
from experiments.fuzz.npz_files import TINY, TRAIN, accuracy
from experiments.fuzz.worker import Worker, in_shell

_NUM_INPUTS = flags.DEFINE_integer("num_inputs", 500, "How many.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Of the inputs.")
_KINDS = flags.DEFINE_list("kinds", [], "Only these kinds; all by default.")
_SECONDS = flags.DEFINE_float("seconds", 60, "That one input may take.", lower_bound=1)

_SHELL = "in a shell"
# Each holds half a gigabyte.
_MAX_WORKERS = 3
# Inputs of each kind in a hundred or so.
_SHARES = {
  "losses": 16,
  "settings": 10,
  "noise": 8,
  "imbalance": 4,
  "augmentation": 4,
  "schedule": 6,
  "dataset names": 6,
  "npz files": 10,
  "image folders": 8,
  "matrices": 6,
  "train": 12,
  "evaluate": 6,
  "other commands": 10,
  "grids": 10,
  "workdirs": 20,
  "sweeps": 10,
  _SHELL: 2,
}


def main(argv):
  messages.only_flags(argv)
  chosen = _KINDS.value or list(_SHARES)
  for kind in chosen:
    if kind not in _SHARES:
      sys.exit(f"error: kinds: {kind!r}, must be among {', '.join(_SHARES)}")
  start = time.monotonic()
  with tempfile.TemporaryDirectory() as directory:
    failures, counts = _run(chosen, directory)
  ends = ("refused", "accepted", "failed")
  print(f"\n{'kind':16}{'inputs':>8}" + "".join(f"{end:>10}" for end in ends))
  total = collections.Counter[str]()
  for kind, of_kind in [*counts.items(), ("all", total)]:
    total.update(of_kind if kind != "all" else {})
    print(f"{kind:16}{of_kind.total():8}" + "".join(f"{of_kind[end]:10}" for end in ends))
  print(f"seed {_SEED.value}, {time.monotonic() - start:.0f} s")
  if failures:
    sys.exit(f"error: {failures} inputs failed")


def _run(chosen, directory):
  workers: dict[str, Worker] = {}

  def run(command: str, *arguments: str) -> Answer:
    if command not in workers:
      if len(workers) == _MAX_WORKERS:
        workers.pop(next(iter(workers))).close()
      workers[command] = Worker(command, directory, _SECONDS.value)
    return workers[command].run(arguments)

  makers = _makers(pathlib.Path(directory), run)
  failures, counts = 0, {}
  left, share_left = _NUM_INPUTS.value, sum(_SHARES[kind] for kind in chosen)
  try:
    for kind in chosen:
      number = round(left * _SHARES[kind] / share_left)
      left, share_left = left - number, share_left - _SHARES[kind]
      counts[kind] = collections.Counter[str]()
      for case in makers[kind](random.Random(f"{_SEED.value} {kind}"), number):
        if kind == _SHELL:
          answer = in_shell(case.command, case.arguments, _SECONDS.value)
        else:
          answer = run(case.command, *case.arguments)
        end, wrong = judge(case, answer)
        counts[kind][end] += 1
        if end == "failed":
          failures += 1
          print(f"FAILED {kind}: {case.shown}: {wrong}", flush=True)
  finally:
    for worker in workers.values():
      worker.close()
  return failures, counts


def _makers(place: pathlib.Path, run: Callable[..., Answer]) -> dict[str, Callable]:
  """The generators of all kinds, each with the undamaged files that it needs."""
  npz, whole, grid, sweep = (
    place / name for name in ("good.npz", "whole", "good.yaml", "sweep")
  )
  npz_files.write_npz(npz, npz_files.arrays())
  training = [f"--dataset=npz:{npz}", *workdirs.FLAGS]

  def asked(command, *arguments):
    answer = run(command, *arguments)
    if answer.status != 0:
      sys.exit(f"error: {command} {' '.join(arguments)} fails: {answer}")
    return answer

  @functools.cache
  def trained():
    asked(TRAIN, *training, f"--workdir={whole}")
    return asked(workdirs.EVALUATE, f"--workdir={whole}").out

  def npz_cases(rng, count):
    reference = accuracy(asked(TRAIN, f"--dataset=npz:{npz}", *TINY))
    return npz_files.npz_cases(rng, count, place, reference)

  def folder_cases(rng, count):
    folders.write_folder(place / "good")
    flags = [f"--dataset=folder:{place}/good", *TINY]
    return folders.folder_cases(rng, count, place, accuracy(asked(TRAIN, *flags)))

  def sweep_cases(rng, count):
    grid.write_text(workdirs.grid(npz))
    flags = [f"--grid={grid}", f"--out_dir={sweep}"]
    asked("experiments.sweep", *flags)
    listed = asked("experiments.sweep", *flags, "--dry_run").out
    asked("experiments.report", f"--runs={sweep}", f"--out_dir={place}/report")
    return workdirs.sweep_cases(rng, count, sweep, grid, listed)

  return {
    **texts.kinds(),
    "npz files": npz_cases,
    "image folders": folder_cases,
    "matrices": lambda rng, count: matrices.matrix_cases(rng, count, place),
    "train": lambda rng, count: train_flags.train_cases(rng, count, npz),
    "evaluate": lambda rng, count: evaluate_flags.evaluate_cases(
      rng, count, whole, trained()
    ),
    "other commands": command_flags.other_cases,
    "grids": lambda rng, count: grids.grid_cases(rng, count, place),
    "workdirs": lambda rng, count: workdirs.workdir_cases(
      rng, count, whole, training, trained()
    ),
    "sweeps": sweep_cases,
    _SHELL: command_flags.other_cases,
  }


if __name__ == "__main__":
  command_line.run(main)

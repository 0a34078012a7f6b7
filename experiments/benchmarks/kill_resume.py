"""Kills a run again and again, and compares how it ends with one that was left alone.

  python -m experiments.benchmarks.kill_resume --kills=20

Every other kill waits until a checkpoint is being written. Exits with 1 if parameters,
metrics.jsonl or summary.json differ in anything but wall-clock time. With --streamed the
run streams its images, from a folder that is made for it.
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import cv2
import numpy as np
from absl import flags, logging

from experiments import command_line, messages
from noisy_jax.runs.checkpoints import Checkpoints

_KILLS = flags.DEFINE_integer("kills", 20, "How many times to kill.", lower_bound=1)
_EPOCHS = flags.DEFINE_integer("epochs", 30, "Epochs of the run.", lower_bound=1)
_STREAMED = flags.DEFINE_bool("streamed", False, "Whether images are streamed.")
_SEED = flags.DEFINE_integer("random_seed", 0, "Of the moments of the kills.")

_RUN = ["--loss=mae", "--noise_rate=0.4"]
_HELD = ["--dataset=digits10", "--widths=256,256", "--augmentation=crop"]
_STREAM = ["--max_memory_gb=0", "--widths=4", "--batch_size=8"]
_WALL_CLOCK = ("seconds", "images_per_second")
_DEADLINE = 300


def main(argv):
  messages.only_flags(argv)
  rng = random.Random(_SEED.value)
  with tempfile.TemporaryDirectory() as directory:
    place = pathlib.Path(directory)
    settings = [*_RUN, f"--epochs={_EPOCHS.value}"]
    if _STREAMED.value:
      _write_images(place / "set")
      settings += [*_STREAM, f"--dataset=folder:{place}/set"]
    else:
      settings += _HELD
    _start(place / "whole", settings).wait()
    kills, rounds = 0, 0
    while kills < _KILLS.value:
      workdir = place / f"killed{rounds}"
      rounds += 1
      while not (workdir / "summary.json").exists():
        process = _start(workdir, settings)
        if kills < _KILLS.value and _kill(process, workdir, kills % 2 == 1, rng):
          kills += 1
        elif process.wait() != 0:
          sys.exit(f"the run failed after {kills} kills")
      _compare(place / "whole", workdir)
      print(f"{kills} kills so far; {workdir.name} ended like the whole run", flush=True)
  print(f"{kills} kills: parameters, metrics and summary are the same to the last bit")


def _write_images(root):
  """Ten classes of constant images."""
  for split in ("train", "test"):
    for label in range(10):
      folder = root / split / f"class_{label}"
      folder.mkdir(parents=True)
      for i in range(8):
        cv2.imwrite(
          str(folder / f"{i}.png"), np.full((32, 32, 3), 20 * label + i, np.uint8)
        )


def _start(workdir, settings):
  command = [sys.executable, "-m", "experiments.train", *settings, f"--workdir={workdir}"]
  return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def _kill(process, workdir, while_saving, rng):
  """Whether the process was killed before it ended by itself."""
  checkpoints = workdir / "checkpoints"
  before = set(checkpoints.glob("*")) if checkpoints.exists() else set()
  deadline = time.monotonic() + _DEADLINE

  def pending():
    return process.poll() is None and time.monotonic() < deadline

  # Something has been done since the last kill, or all would be killed while starting.
  while pending() and not set(checkpoints.glob("*")) - before:
    time.sleep(0.001)
  if while_saving:
    while pending() and not list(checkpoints.glob("*tmp*")):
      time.sleep(0.0005)
    time.sleep(rng.uniform(0, 0.03))
  else:
    time.sleep(rng.uniform(0, 1))
  if process.poll() is not None:
    return False
  process.kill()
  process.wait()
  return True


def _compare(whole, killed):
  for name in ("metrics.jsonl", "summary.json"):
    if _rows(whole / name) != _rows(killed / name):
      sys.exit(f"{name} differs")
  arrays = [_last_arrays(workdir / "checkpoints") for workdir in (whole, killed)]
  if arrays[0].keys() != arrays[1].keys():
    sys.exit("the parameters have other names")
  for name, expected in arrays[0].items():
    if not np.array_equal(expected, arrays[1][name]):
      sys.exit(f"{name} differs")


def _rows(path):
  text = path.read_text()
  lines = text.splitlines() if path.suffix == ".jsonl" else [text]
  rows = [json.loads(line) for line in lines]
  return [
    {name: value for name, value in row.items() if name not in _WALL_CLOCK} for row in rows
  ]


def _last_arrays(directory):
  with Checkpoints(directory) as checkpoints:
    return checkpoints.arrays(checkpoints.steps[-1])


if __name__ == "__main__":
  logging.set_verbosity(logging.WARNING)
  command_line.run(main)

import json
import random
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from noisy_jax.runs.checkpoints import Checkpoints

RUN = ["--loss=mae", "--noise_rate=0.4"]
HELD = ["--dataset=digits10", "--widths=64,64", "--augmentation=crop"]
STREAMED = ["--max_memory_gb=0", "--widths=4", "--batch_size=8"]
WALL_CLOCK = ("seconds", "images_per_second")
DEADLINE = 300


@pytest.mark.slow
@pytest.mark.parametrize("data", [HELD, STREAMED], ids=["held", "streamed"])
def test_killed_runs_end_like_a_whole_one(data, tmp_path):
  kills, epochs = (20, 30) if settings.get_current_profile_name() == "long" else (2, 10)
  flags = [*RUN, *data, f"--epochs={epochs}"]
  if data is STREAMED:
    flags.append(f"--dataset=folder:{tmp_path}/set")
    for split in ("train", "test"):
      for i in range(40):
        path = tmp_path / "set" / split / f"class_{i % 10}" / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (32, 32), (2 * i, i, 20)).save(path)
  assert start(tmp_path / "whole", flags).wait() == 0
  whole, rng, count, rounds = ending(tmp_path / "whole"), random.Random(0), 0, 0
  while count < kills:
    rounds += 1
    workdir = tmp_path / f"killed{rounds}"
    while not (workdir / "summary.json").exists():
      process = start(workdir, flags)
      if count < kills and kill(process, workdir / "checkpoints", count % 2 == 1, rng):
        count += 1
      else:
        assert process.wait() == 0
    rows, parameters = ending(workdir)
    assert rows == whole[0]
    assert parameters.keys() == whole[1].keys()
    for name, expected in whole[1].items():
      np.testing.assert_array_equal(parameters[name], expected)


def start(workdir, flags):
  command = [sys.executable, "-m", "experiments.train", *flags, f"--workdir={workdir}"]
  return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def kill(process, checkpoints, while_saving, rng):
  """Whether the process was killed, with something done, before it ended by itself."""
  before = set(checkpoints.glob("*")) if checkpoints.exists() else set()
  deadline = time.monotonic() + DEADLINE

  def wait_for(happened):
    while process.poll() is None and time.monotonic() < deadline and not happened():
      time.sleep(0.0005)

  wait_for(lambda: set(checkpoints.glob("*")) - before)
  if while_saving:
    wait_for(lambda: list(checkpoints.glob("*tmp*")))
  time.sleep(rng.uniform(0, 0.03 if while_saving else 1))
  if process.poll() is not None:
    return False
  process.kill()
  process.wait()
  return True


def ending(workdir):
  """Metrics and summary, without what the clock decides, and the last parameters."""
  lines = (workdir / "metrics.jsonl").read_text().splitlines()
  rows = map(json.loads, [*lines, (workdir / "summary.json").read_text()])
  with Checkpoints(workdir / "checkpoints") as checkpoints:
    parameters = checkpoints.arrays(checkpoints.steps[-1])
  return [{k: x for k, x in row.items() if k not in WALL_CLOCK} for row in rows], parameters

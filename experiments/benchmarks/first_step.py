"""Seconds from the command to the first steps of training, cold and warm.

  python -m experiments.benchmarks.first_step
  python -m experiments.benchmarks.first_step --models=mlp,cnn8,resnet34 --out_dir=DIR

Each is `python -m experiments.train` as one types it, in a process of its own: first with
an empty directory for compiled programs, then with what the first has left there. The
steps are those of a short first epoch; they end when its results are written, less the
time of its evaluation, which the loop tells. Beside them stand Python's imports and JAX's
start, which the steps contain.
"""

import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from typing import Any

import numpy as np
from absl import flags

from experiments.benchmarks import device, page
from experiments.benchmarks.race import timed
from noisy_jax import models
from noisy_jax.cli import messages

_MODELS = flags.DEFINE_list("models", ["mlp", "cnn8", "resnet34"], "Networks.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 128, "Examples.", lower_bound=1)
_IMAGE_SIZE = flags.DEFINE_integer("image_size", 32, "Height and width.", lower_bound=1)

_NUM_STEPS, _NUM_CLASSES = 4, 10
_STARTS = {
  "imports of the command": "import experiments.train",
  "JAX and its devices": "import jax; jax.devices()",
}


def benchmark() -> page.Pages:
  with messages.ending_in_one_line(ValueError, OSError):
    for model in _MODELS.value:
      models.check_name(model)
    device.of_other_processes()
  side, size = _IMAGE_SIZE.value, _BATCH_SIZE.value
  description = f"""seconds from the command to the end of the first {_NUM_STEPS} steps, on
    batches of {size} images of {side} x {side} x 3 with crop and flip; cold without, and
    warm with the compiled programs of the run before. The first rows are parts of the
    others."""
  rows = [["to the first steps of", "cold (s)", "warm (s)"]]
  for name, code in _STARTS.items():
    command = [sys.executable, "-c", code]
    start = timed(functools.partial(subprocess.run, command, check=True))
    rows.append([name, f"{start():.1f}", f"{start():.1f}"])
  with tempfile.TemporaryDirectory() as folder:
    place = pathlib.Path(folder)
    _write_images(place / "random.npz")
    for model in _MODELS.value:
      seconds = (_seconds(model, place, temperature) for temperature in ("cold", "warm"))
      rows.append([model, *(f"{x:.1f}" for x in seconds)])
      yield description, rows


def _write_images(path):
  rng = np.random.default_rng(0)
  arrays: dict[str, Any] = {}
  for split, steps in {"train": _NUM_STEPS, "test": 1}.items():
    size = steps * _BATCH_SIZE.value
    shape = (size, _IMAGE_SIZE.value, _IMAGE_SIZE.value, 3)
    arrays[f"{split}_images"] = rng.integers(256, size=shape, dtype=np.uint8)
    arrays[f"{split}_labels"] = np.resize(np.arange(_NUM_CLASSES), size)
  np.savez(path, **arrays)


def _seconds(model, place, temperature):
  workdir = place / model / temperature
  command = [sys.executable, "-m", "experiments.train", f"--model={model}"]
  command += [f"--dataset=npz:{place / 'random.npz'}", f"--workdir={workdir}"]
  command += [f"--batch_size={_BATCH_SIZE.value}", "--augmentation=crop+flip"]
  command += ["--learning_rate=0.01", "--epochs=1"]
  cache = {"JAX_COMPILATION_CACHE_DIR": str(place / model / "cache")}
  metrics = workdir / "metrics.jsonl"
  with tempfile.TemporaryFile("w+") as output:
    start = time.perf_counter()
    process = subprocess.Popen(
      command, env=os.environ | cache, stdout=output, stderr=output
    )
    has_ended = False
    while not (metrics.exists() and metrics.read_text().endswith("\n")):
      if has_ended:
        output.seek(0)
        lines = output.read().strip().splitlines() or ["without a word"]
        messages.fail(f"{model}: training ended before its first epoch: {lines[-1]}")
      has_ended = process.poll() is not None
      time.sleep(0.01)
    seconds = time.perf_counter() - start
    process.wait()
  epoch = json.loads(metrics.read_text())
  steps = _NUM_STEPS * _BATCH_SIZE.value / epoch["images_per_second"]
  return seconds - (epoch["seconds"] - steps)


if __name__ == "__main__":
  page.run(benchmark, "Time to the first steps", on=device.of_other_processes)

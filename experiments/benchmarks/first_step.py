"""Seconds from the command to the first steps of training, cold and warm.

  python -m experiments.benchmarks.first_step
  python -m experiments.benchmarks.first_step --models=mlp,cnn8,resnet34 --out_dir=DIR

Each is `python -m experiments.train` as one types it, in a process of its own: first with
an empty directory for compiled programs, then with what the first has left there. The
steps are those of a short first epoch; they end when its results are written, less the
time of its evaluation, which the loop tells. Beside them stand Python's imports and JAX's
start, which the steps contain. With an output directory, the table also goes there after
each row, into a file named after the device.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from typing import Any

import numpy as np
from absl import flags, logging

from experiments.benchmarks import device, page
from noisy_jax import models
from noisy_jax.cli import command_line, messages, path_flags

_MODELS = flags.DEFINE_list("models", ["mlp", "cnn8", "resnet34"], "Networks.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 128, "Examples.", lower_bound=1)
_IMAGE_SIZE = flags.DEFINE_integer("image_size", 32, "Height and width.", lower_bound=1)
_OUT_DIR = path_flags.define("out_dir", None, "Where the table is written.")

_NUM_STEPS, _NUM_CLASSES = 4, 10
_STARTS = {
  "imports of the command": "import experiments.train",
  "JAX and its devices": "import jax; jax.devices()",
}


def main(argv):
  messages.only_flags(argv)
  messages.make_out_dir(_OUT_DIR.value)
  try:
    for model in _MODELS.value:
      models.check_name(model)
    on = device.of_other_processes()
  except (ValueError, OSError) as error:
    messages.fail(error)
  rows = [["to the first steps of", "cold (s)", "warm (s)"]]
  for name, code in _STARTS.items():
    rows.append([name, *(f"{_start_seconds(code):.1f}" for _ in range(2))])
  text = _page(rows, on)
  with tempfile.TemporaryDirectory() as folder:
    data_file = pathlib.Path(folder, "random.npz")
    _write_images(data_file)
    for model in _MODELS.value:
      place = pathlib.Path(folder, model)
      place.mkdir()
      row = [
        f"{_training_seconds(model, data_file, place / temperature, place / 'cache'):.1f}"
        for temperature in ("cold", "warm")
      ]
      rows.append([model, *row])
      text = _page(rows, on)
      page.write(_OUT_DIR.value, text, on)
  print(text)


def _page(rows, on):
  sides = f"{_IMAGE_SIZE.value} x {_IMAGE_SIZE.value}"
  description = (
    f"seconds from the command to the end of the first {_NUM_STEPS} steps, on batches of\n"
    f"{_BATCH_SIZE.value} images of {sides} x 3 with crop and flip; cold without, and\n"
    "warm with the compiled programs of the run before. The first rows are parts of the\n"
    "others."
  )
  settings = ("models", "batch_size", "image_size")
  return page.page("first_step", "Time to the first steps", settings, description, rows, on)


def _write_images(path):
  rng = np.random.default_rng(0)
  arrays: dict[str, Any] = {}
  for split, size in {"train": _NUM_STEPS, "test": 1}.items():
    size *= _BATCH_SIZE.value
    shape = (size, _IMAGE_SIZE.value, _IMAGE_SIZE.value, 3)
    arrays[f"{split}_images"] = rng.integers(256, size=shape, dtype=np.uint8)
    arrays[f"{split}_labels"] = np.resize(np.arange(_NUM_CLASSES), size)
  np.savez(path, **arrays)


def _start_seconds(code):
  start = time.perf_counter()
  subprocess.run([sys.executable, "-c", code], check=True)
  return time.perf_counter() - start


def _training_seconds(model, data_file, workdir, cache):
  settings = {
    "dataset": f"npz:{data_file}",
    "model": model,
    "augmentation": "crop+flip",
    "batch_size": _BATCH_SIZE.value,
    "learning_rate": 0.01,
    "epochs": 1,
    "workdir": workdir,
  }
  command = [sys.executable, "-m", "experiments.train"]
  command += [f"--{name}={value}" for name, value in settings.items()]
  environment = os.environ | {"JAX_COMPILATION_CACHE_DIR": str(cache)}
  metrics = workdir / "metrics.jsonl"
  with tempfile.TemporaryFile("w+") as output:
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
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
  # At level INFO, JAX tells which accelerators it did not find.
  logging.set_verbosity(logging.WARNING)
  command_line.run(main)

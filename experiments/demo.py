"""Why robust losses stall at many classes, and what the logit bias changes, in one command.

  python -m experiments.demo --out_dir=demo

Trains each loss on the same images with 10, 100 and 1000 classes and 40 % wrong labels,
then writes results.csv and figure.png. A star marks the automatic logit bias.
"""

import csv
import math
import pathlib
import sys
import time

import jax
import numpy as np
from absl import app, flags, logging

from experiments import compilation_cache, messages
from noisy_jax import analysis, data, losses, models, training
from noisy_jax.analysis import figures
from noisy_jax.training.examples import standardize

_OUT_DIR = flags.DEFINE_string("out_dir", "demo", "Where results.csv and figure.png go.")

_NOISE_RATE = 0.4
_LOSSES: dict[str, tuple[str, float | str]] = {
  "CE": ("ce", 0.0),
  "MAE": ("mae", 0.0),
  "MAE*": ("mae", "auto"),
  "GCE": ("gce", 0.0),
  "GCE*": ("gce", "auto"),
}
_COLUMNS = ("num_classes", "loss", "logit_bias", "test_accuracy", "seconds")
_Z = np.linspace(-5.0, 13.0, 121)


def demo(out_dir, *, classes=(10, 100, 1000), epochs=6, width=512, train_size=40_000):
  """Trains every loss at every number of classes; writes the table and the figure.

  Args:
    out_dir: directory for results.csv and figure.png, replaced at the end.
    classes: numbers of classes, ascending, at least two.
    epochs: passes over the training set.
    width: units of each of the two hidden layers.
    train_size: number of training images.

  Returns:
    The rows of results.csv, as dicts with `_COLUMNS`.
  """
  out_dir = pathlib.Path(out_dir)
  out_dir.mkdir(parents=True, exist_ok=True)
  rows = []
  for num_classes in classes:
    dataset = data.digits(num_classes, train_size=train_size)
    rows += [_train(dataset, name, epochs, width) for name in _LOSSES]
  with (out_dir / "results.csv").open("w", newline="") as file:
    writer = csv.DictWriter(file, _COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
  _draw(rows, epochs, width).savefig(out_dir / "figure.png", dpi=200)
  return rows


def _train(dataset, name, epochs, width):
  loss, logit_bias = _LOSSES[name]
  config = training.TrainConfig(
    dataset=f"digits{dataset.num_classes}",
    loss=loss,
    logit_bias=logit_bias,
    noise_rate=_NOISE_RATE,
    widths=(width, width),
    epochs=epochs,
  )
  devices = jax.local_devices()
  # As many as divide the batch: the demo runs anywhere.
  devices = devices[: math.gcd(config.batch_size, len(devices))]
  task = training.prepare(config, dataset=dataset, devices=devices)
  summary = training.run(task, title=f"K = {dataset.num_classes:<4} {name:4}  ")
  return {
    "num_classes": dataset.num_classes,
    "loss": name,
    "logit_bias": task.objective.logit_bias,
    "test_accuracy": round(summary["test_accuracy"], 6),
    "seconds": round(summary["seconds"], 2),
  }


def _draw(rows, epochs, width):
  accuracies: dict[str, dict[int, float]] = {name: {} for name in _LOSSES}
  for row in rows:
    accuracies[row["loss"]][row["num_classes"]] = row["test_accuracy"]
  fewest, most = rows[0]["num_classes"], rows[-1]["num_classes"]
  biases = {row["loss"]: row["logit_bias"] for row in rows if row["num_classes"] == most}
  panels = [
    figures.ErrorPanel(
      name, _error_curves(_LOSSES[name][0], (fewest, most)), biases[name + "*"]
    )
    for name in ("MAE", "GCE")
  ]
  title = (
    f"{_NOISE_RATE:.0%} wrong labels, digit images, MLP {width}-{width}, {epochs} epochs"
  )
  return figures.learning_against_classes(
    accuracies, _Z, panels, _fresh_logits(most, width), title=title
  )


def _error_curves(loss, classes):
  key = jax.random.key(0)
  curves = {
    count: analysis.average_error(losses.parse(loss), count, _Z, key=key)
    for count in classes
  }
  return {count: -np.asarray(curve.mean) for count, curve in curves.items()}


def _fresh_logits(num_classes, width):
  images = data.digits(num_classes, train_size=500).train_images
  inputs = standardize(images, *data.channel_statistics(images))
  model = models.MLP(num_classes, (width, width))
  return analysis.initial_logits(model, inputs, jax.random.split(jax.random.key(0), 3))


def _print_table(rows):
  classes = sorted({row["num_classes"] for row in rows})
  print("\nAccuracy on clean test images, by number of classes; * with the logit bias")
  print("loss " + "".join(f"{count:>8}" for count in classes))
  for name in _LOSSES:
    cells = [row["test_accuracy"] for row in rows if row["loss"] == name]
    print(f"{name:5}" + "".join(f"{cell:>8.1%}" for cell in cells))


def main(argv):
  messages.only_flags(argv)
  start = time.perf_counter()
  out_dir = pathlib.Path(_OUT_DIR.value)
  try:
    rows = demo(out_dir)
  except OSError as error:
    messages.fail(f"out_dir: {error}")
  except KeyboardInterrupt:
    sys.exit("interrupted")
  _print_table(rows)
  seconds = time.perf_counter() - start
  print(f"\n{out_dir}/results.csv and {out_dir}/figure.png, in {seconds:.0f} s")


if __name__ == "__main__":
  # At level INFO, JAX tells which accelerators it did not find.
  logging.set_verbosity(logging.WARNING)
  compilation_cache.enable()
  app.run(main)

"""The demo: what this library does, in one command and one picture.

  noisy-jax demo --out_dir=demo

Trains each loss on the same images with 10, 100 and 1000 classes and 60 % wrong labels,
then writes results.csv and figure.png. Cross-entropy memorises, MAE stalls at many classes,
a logit bias starts it (MAE*), and a bias that fades keeps it from memorising.
"""

import csv
import math
import pathlib
import sys
import time

import jax
import numpy as np

from noisy_jax import analysis, data, losses, models, runs, training
from noisy_jax.analysis import figures
from noisy_jax.cli import messages, path_flags
from noisy_jax.runs.progress import progress
from noisy_jax.training.batch import standardize

_OUT_DIR = path_flags.define("out_dir", "demo", "Where results.csv and figure.png go.")

_NOISE_RATE = 0.6
# Loss, logit bias and bias schedule, by name.
_LOSSES: dict[str, tuple[str, float | str, str]] = {
  "CE": ("ce", 0.0, "constant"),
  "MAE": ("mae", 0.0, "constant"),
  "MAE*": ("mae", "auto", "constant"),
  "MAE, fading": ("mae", "auto", "fading"),
}
_COLUMNS = (
  "num_classes",
  "loss",
  "logit_bias",
  "test_accuracy",
  "best_test_accuracy",
  "memorised",
  "seconds",
)
_Z = np.linspace(-5.0, 13.0, 121)


def demo(out_dir, *, classes=(10, 100, 1000), epochs=16, width=256, train_size=40_000):
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
  rows, curves = [], {}
  for num_classes in classes:
    dataset = data.digits(num_classes, train_size=train_size)
    # If a loss needs no bias, its three kinds are the same training.
    trained = {}
    for name, choice in _LOSSES.items():
      setup = _setup(dataset, choice, epochs, width)
      kind = choice[0], setup.objective.logit_bias, bool(setup.objective.schedules)
      if kind not in trained:
        trained[kind] = _train(setup, f"K = {num_classes:<4} {name:11}  ")
      row, curves[name] = trained[kind]
      rows.append({"num_classes": num_classes, "loss": name} | row)
  with (out_dir / "results.csv").open("w", newline="") as file:
    writer = csv.DictWriter(file, _COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
  _draw(rows, curves, epochs, width).savefig(out_dir / "figure.png", dpi=200)
  return rows


def _setup(dataset, choice, epochs, width):
  loss, logit_bias, bias_schedule = choice
  config = training.TrainConfig(
    dataset=f"digits{dataset.num_classes}",
    loss=loss,
    logit_bias=logit_bias,
    bias_schedule=bias_schedule,
    noise_rate=_NOISE_RATE,
    widths=(width, width),
    epochs=epochs,
  )
  devices = jax.local_devices()
  # A number of devices that divides the batch, so that the demo runs anywhere.
  devices = devices[: math.gcd(config.batch_size, len(devices))]
  return runs.prepare(config, dataset=dataset, devices=devices)


def _train(setup, title):
  """Trains a setup; returns its row and the accuracy after each epoch."""
  results: list[training.Epoch] = []
  with progress(setup.config.epochs, title) as show:
    for moment in training.train(setup):
      results += moment.results
      show(moment.epochs_done, moment.results)
  accuracies = [result.deciding_accuracy for result in results]
  row = {
    "logit_bias": setup.objective.logit_bias,
    "test_accuracy": round(accuracies[-1], 6),
    "best_test_accuracy": round(max(accuracies), 6),
    "memorised": round(results[-1].memorised or 0.0, 6),
    "seconds": round(sum(result.seconds for result in results), 2),
  }
  return row, accuracies


def _draw(rows, curves, epochs, width):
  accuracies: dict[str, dict[int, float]] = {name: {} for name in _LOSSES}
  for row in rows:
    accuracies[row["loss"]][row["num_classes"]] = row["test_accuracy"]
  fewest, most = rows[0]["num_classes"], rows[-1]["num_classes"]
  (eps,) = (
    row["logit_bias"] for row in rows if (row["num_classes"], row["loss"]) == (most, "MAE*")
  )
  panel = figures.ErrorPanel("MAE", _error_curves("mae", (fewest, most)), eps)
  title = (
    f"{_NOISE_RATE:.0%} wrong labels, digit images, MLP {width}-{width}, {epochs} epochs"
  )
  return figures.learning_against_classes(
    accuracies, curves, _Z, panel, _fresh_logits(most, width), title=title
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
  print(f"{'loss':11}" + "".join(f"{count:>8}" for count in classes))
  for name in _LOSSES:
    cells = [row["test_accuracy"] for row in rows if row["loss"] == name]
    print(f"{name:11}" + "".join(f"{cell:>8.1%}" for cell in cells))


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

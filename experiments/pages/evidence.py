"""Writes noisy_jax/analysis/evidence.txt from the committed results.

  python -m experiments.pages.evidence

The results are the tables of accuracies in experiments/results: of grids, of the demo, and
of the predictions. Run `python -m experiments.pages.choosing` after it.
"""

import csv
import dataclasses
from collections.abc import Iterator

import numpy as np

from noisy_jax import losses
from noisy_jax.analysis import evidence
from noisy_jax.analysis.evidence import Cell, Row, Setting
from noisy_jax.cli import command_line, messages
from noisy_jax.sweeps import finished_runs

_RESULTS = finished_runs.RESULTS
# The noise rate of experiments.demo, which its table does not have.
_DEMO_NOISE = 0.6


def main(argv):
  messages.only_flags(argv)
  with messages.ending_in_one_line(OSError):
    evidence.PATH.write_text(text())


def text() -> str:
  """The text of all rows, from the committed results."""
  return evidence.to_text(_rows())


def _rows():
  for path in sorted(_RESULTS.glob("*/runs.jsonl")):
    yield from _of_grid(path)
  yield from _of_demo()
  yield from _of_predictions()


def _of_grid(path) -> Iterator[Row]:
  # On few classes MAE and MAE* are one training, whose seeds count once.
  accuracies: dict[tuple[Cell, Setting], dict[int, tuple[float, float]]] = {}
  for run in finished_runs.read(path):
    by_seed = accuracies.setdefault((_cell(run), _setting(run.config)), {})
    both = run.summary["test_accuracy"], run.summary["train_accuracy"]
    by_seed.setdefault(run.seed, both)
  for (cell, setting), by_seed in accuracies.items():
    values, on_train = np.transpose(list(by_seed.values()))
    std = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    numbers = float(np.mean(values)), std, len(values), float(np.mean(on_train))
    yield Row(path.parent.name, cell, setting, *numbers)


def _cell(run):
  config = run.config
  kind, rate = config["noise"], config["noise_rate"]
  if run.noise == evidence.CLEAN:
    kind = evidence.CLEAN
  elif not rate:
    rate = round(run.summary["realised_noise_rate"], 2)
  return Cell(
    run.dataset,
    run.summary["num_classes"],
    _network(config["model"], config["widths"]),
    kind,
    rate,
    config["epochs"],
  )


def _setting(config):
  chosen = config["chosen"]
  schedule = config.get("bias_schedule", evidence.CONSTANT)
  if not chosen["logit_bias"]:
    schedule = evidence.UNBIASED
  if config.get("q_schedule", evidence.CONSTANT) != evidence.CONSTANT:
    schedule = evidence.RISING
  return Setting(_loss(chosen["loss"]), schedule, config.get("method", "none"))


def _loss(text):
  """The loss without hyperparameters that are defaults: gce for gce(q=0.7)."""
  terms = []
  for term in losses.parse(text).terms:
    default = losses.defaults(term.name)
    changes = [(key, value) for key, value in term.keywords if value != default[key]]
    terms.append(dataclasses.replace(term, keywords=tuple(changes)))
  return str(losses.Expression(tuple(terms)))


def _network(model, widths):
  return f"{model} {'-'.join(map(str, widths))}" if model == "mlp" else model


def _of_demo() -> Iterator[Row]:
  names = {
    "CE": Setting("ce"),
    "MAE": Setting("mae"),
    "MAE*": Setting("mae", evidence.CONSTANT),
    "MAE, fading": Setting("mae", evidence.FADING),
  }
  for row in _table("demo/results.csv"):
    setting = names[row["loss"]]
    # If the bias is 0, all kinds of MAE are one training.
    if setting.schedule == evidence.UNBIASED or float(row["logit_bias"]):
      yield _single("demo", row, "256-256", _DEMO_NOISE, 16, setting)


def _of_predictions() -> Iterator[Row]:
  for row in _table("predictions/outcomes.csv"):
    bias = evidence.CONSTANT if float(row["logit_bias"]) else evidence.UNBIASED
    setting = Setting(_loss(row["loss"]), bias)
    yield _single("predictions", row, "512-512", float(row["noise_rate"]), 6, setting)


def _single(grid, row, widths, rate, epochs, setting):
  noise = "symmetric" if rate else evidence.CLEAN
  dataset, num_classes = f"digits{row['num_classes']}", int(row["num_classes"])
  cell = Cell(dataset, num_classes, f"mlp {widths}", noise, rate, epochs)
  return Row(grid, cell, setting, float(row["test_accuracy"]), 0.0, 1, None)


def _table(name):
  return csv.DictReader((_RESULTS / name).read_text().splitlines())


if __name__ == "__main__":
  command_line.run(main)

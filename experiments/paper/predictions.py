"""Tests verdicts of the analysis: trains the losses that it judged, and counts the hits.

  python -m experiments.paper.predictions --out_dir=experiments/results/predictions

The table has the verdict before training and the outcome after six epochs, for seven losses
with and without the automatic bias, on digitsK with 10, 100 and 1000 classes, without noise
and with 40 %. A loss that learns reaches more than 50 % of cross-entropy's test accuracy on
the same data, a loss that stalls less than 10 %; a marginal loss lies between. Rows that
the directory already has are not trained again.
"""

import csv
import pathlib

from absl import flags, logging

from noisy_jax import losses, runs, training
from noisy_jax.analysis import verdicts
from noisy_jax.cli import command_line, compilation_cache, messages, path_flags

_OUT_DIR = path_flags.define(
  "out_dir", None, "Directory for outcomes.csv and README.md.", required=True
)
_EPOCHS = flags.DEFINE_integer("epochs", 6, "Passes over the data.", lower_bound=1)

_LOSSES = ["ce", "mae", "gce", "nce + agce", "nfl + mae", "agce", "bi_tempered"]
_CLASSES = [10, 100, 1000]
_NOISE_RATES = [0.0, 0.4]
_COLUMNS = ["num_classes", "noise_rate", "loss", "logit_bias", "pull", "verdict"]
_COLUMNS += ["test_accuracy"]
# Shares of cross-entropy's accuracy: fixed before any of the runs.
_STALLS_BELOW, _LEARNS_ABOVE = 0.1, 0.5
# The losses of the demo, whose outcomes set the limits of the verdict.
_SET_BY = ("mae", "gce")


def main(argv):
  messages.only_flags(argv)
  out_dir = pathlib.Path(_OUT_DIR.value)
  table = out_dir / "outcomes.csv"
  try:
    out_dir.mkdir(parents=True, exist_ok=True)
    rows = _read(table)
  except (OSError, ValueError) as error:
    messages.fail(f"out_dir: {error}")
  done = {tuple(row[column] for column in _COLUMNS[:4]) for row in rows}
  for row in _predictions():
    if tuple(row[column] for column in _COLUMNS[:4]) not in done:
      rows.append(row | {"test_accuracy": f"{_train(row):.4f}"})
      _write(table, rows)
  (out_dir / "README.md").write_text(_report(rows))
  print(_report(rows))


def _predictions():
  for num_classes in _CLASSES:
    for text in _LOSSES:
      loss = losses.parse(text)
      verdict = verdicts.verdict(loss, num_classes)
      pulls = {0.0: verdict.before.pull}
      if verdict.logit_bias and verdict.after:
        pulls[verdict.logit_bias] = verdict.after.pull
      for bias, pull in pulls.items():
        for noise_rate in _NOISE_RATES:
          answer = verdicts.answer(pull)
          values = num_classes, noise_rate, text, bias, f"{pull:.3g}", answer
          yield dict(zip(_COLUMNS, map(str, values), strict=False))


def _train(row):
  config = training.TrainConfig(
    dataset=f"digits{row['num_classes']}",
    loss=row["loss"],
    logit_bias=float(row["logit_bias"]),
    noise_rate=float(row["noise_rate"]),
    widths=(512, 512),
    epochs=_EPOCHS.value,
  )
  title = " ".join(row[column] for column in _COLUMNS[:4])
  return runs.run(runs.prepare(config), title=f"{title:40}")["test_accuracy"]


def _outcome(row, rows):
  (reference,) = (
    float(other["test_accuracy"])
    for other in rows
    if other["loss"] == "ce"
    and all(other[column] == row[column] for column in _COLUMNS[:2])
  )
  share = float(row["test_accuracy"]) / reference
  if share > _LEARNS_ABOVE:
    return "learns"
  return "stalls" if share < _STALLS_BELOW else "marginal"


def _report(rows):
  outcomes = [_outcome(row, rows) for row in rows]
  # Cross-entropy is the measure, and a hit by definition.
  hits = _hits(rows, outcomes, without=("ce",))
  blind_hits = _hits(rows, outcomes, without=("ce", *_SET_BY))
  lines = [
    "# Verdicts and outcomes",
    "",
    f"`python -m experiments.paper.predictions --epochs={_EPOCHS.value} --out_dir=DIR`",
    "",
    f"{hits} verdicts came true, cross-entropy left out.",
    f"Of losses without a part in setting what a verdict asks for, {blind_hits} did: the",
    "limits were put between the outcomes of MAE and GCE in the demo.",
    "An outcome is judged by the share of cross-entropy's accuracy on the same data:",
    f"above {_LEARNS_ABOVE:.0%} learns, below {_STALLS_BELOW:.0%} stalls.",
    "One training a row, with seed 0.",
    "",
    "| " + " | ".join([*_COLUMNS, "outcome"]) + " |",
    "|" + " --- |" * (len(_COLUMNS) + 1),
  ]
  for row, outcome in zip(rows, outcomes, strict=True):
    shown = outcome if row["verdict"] == outcome else f"**{outcome}**"
    lines.append("| " + " | ".join([*row.values(), shown]) + " |")
  return "\n".join(lines) + "\n"


def _hits(rows, outcomes, without):
  hits = [
    row["verdict"] == outcome
    for row, outcome in zip(rows, outcomes, strict=True)
    if row["loss"] not in without
  ]
  return f"{sum(hits)} of {len(hits)}"


def _read(table):
  if not table.exists():
    return []
  with table.open(newline="") as file:
    reader = csv.DictReader(file)
    rows = list(reader)
  if reader.fieldnames != _COLUMNS or any(None in (*row, *row.values()) for row in rows):
    raise ValueError(f"{table} is damaged, must have the columns {', '.join(_COLUMNS)}")
  return rows


def _write(table, rows):
  with table.open("w", newline="") as file:
    writer = csv.DictWriter(file, _COLUMNS)
    writer.writeheader()
    writer.writerows(rows)


if __name__ == "__main__":
  logging.set_verbosity(logging.WARNING)
  compilation_cache.enable()
  command_line.run(main)

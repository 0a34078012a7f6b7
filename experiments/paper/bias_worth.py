"""Tests predictions of a logit bias's worth: declares them, trains, and counts the hits.

  python -m experiments.paper.bias_worth --declare --out_dir=OUT
  python -m experiments.paper.bias_worth --data_dir=DIR --out_dir=OUT

where OUT is experiments/results/bias_worth.

The first command writes the predictions of `analysis.verdict` for six losses, on CIFAR-100
and on digits with eight numbers of classes to which the rule of `analysis.bias_worth` was
not fitted. The second command trains each loss without and with its bias, under 40 %
symmetric noise with seed 0, and keeps the predictions. Runs that the table has are not
repeated.
"""

import csv
import pathlib

from absl import flags, logging

from experiments.paper.worth_page import MEASURED, PREDICTED, report
from noisy_jax import analysis, losses, runs, training
from noisy_jax.cli import command_line, compilation_cache, messages, path_flags
from noisy_jax.sweeps import grids

_OUT_DIR = path_flags.define(
  "out_dir", None, "Directory for outcomes.csv and README.md.", required=True
)
_DECLARE = flags.DEFINE_bool("declare", False, "Whether to write only predictions.")
_DATA_DIR = path_flags.define("data_dir", None, "Directory of the TFDS set CIFAR-100.")
_DATASETS = flags.DEFINE_list("datasets", [], "Data sets to train on; all if empty.")

_LOSSES = ["mae", "gce", "nce + agce", "nfl + mae", "agce", "bi_tempered"]
# All divide 1000, so that the images are the same and only the number of classes changes.
_CLASSES = [20, 25, 40, 50, 125, 200, 250, 500]
_SETTINGS = {
  **{f"digits{count}": dict(widths=(512, 512), epochs=6) for count in _CLASSES},
  "cifar100": grids.GRIDS["cifar100_small"]["settings"],
}


def main(argv):
  messages.only_flags(argv)
  out_dir = pathlib.Path(_OUT_DIR.value)
  table = out_dir / "outcomes.csv"
  with messages.ending_in_one_line(ValueError, OSError):
    out_dir.mkdir(parents=True, exist_ok=True)
    if _DECLARE.value:
      if table.exists():
        raise ValueError(
          f"out_dir: {table} exists with earlier predictions, must be another directory"
        )
      rows = [_declared(dataset, text) for dataset in _SETTINGS for text in _LOSSES]
      _write(out_dir, rows)
    rows = _read(table)
    if not _DECLARE.value:
      for row in rows:
        if not _DATASETS.value or row["dataset"] in _DATASETS.value:
          _train(row)
          _write(out_dir, rows)
  print(report(rows))


def _declared(dataset, text):
  settings = _SETTINGS[dataset]
  num_classes = int(dataset.lstrip("abcdefghijklmnopqrstuvwxyz"))
  epochs = settings["epochs"]
  verdict = analysis.verdict(losses.parse(text), num_classes, epochs=epochs)
  values = [dataset, num_classes, epochs, text, verdict.logit_bias or 0.0]
  values += [f"{verdict.gain:.1f}", verdict.worth]
  row = dict(zip(PREDICTED, map(str, values), strict=True))
  return row | dict.fromkeys(MEASURED, "")


def _train(row):
  for column, bias in (("without", 0.0), ("with", float(row["logit_bias"]))):
    if row[column] or (column == "with" and not bias):
      continue
    config = training.TrainConfig(
      dataset=row["dataset"],
      loss=row["loss"],
      logit_bias=bias,
      noise_rate=0.4,
      **_SETTINGS[row["dataset"]],
    )
    title = f"{row['dataset']} {row['loss']} {bias:g}"
    setup = runs.prepare(config, data_dir=_DATA_DIR.value)
    row[column] = f"{runs.run(setup, title=f'{title:40}')['test_accuracy']:.4f}"


def _read(table):
  with table.open(newline="") as file:
    reader = csv.DictReader(file)
    rows = list(reader)
  columns = [*PREDICTED, *MEASURED]
  if reader.fieldnames != columns or any(None in (*row, *row.values()) for row in rows):
    raise ValueError(f"out_dir: {table} is damaged, must have {', '.join(columns)}")
  return rows


def _write(out_dir, rows):
  with (out_dir / "outcomes.csv").open("w", newline="") as file:
    writer = csv.DictWriter(file, [*PREDICTED, *MEASURED])
    writer.writeheader()
    writer.writerows(rows)
  (out_dir / "README.md").write_text(report(rows))


if __name__ == "__main__":
  logging.set_verbosity(logging.WARNING)
  compilation_cache.enable()
  command_line.run(main)

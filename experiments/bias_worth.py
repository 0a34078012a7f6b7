"""Does a verdict know what a logit bias is worth? Declares it, then trains, and counts.

  python -m experiments.bias_worth --declare --out_dir=experiments/results/bias_worth
  python -m experiments.bias_worth --data_dir=DIR --out_dir=experiments/results/bias_worth

The first command writes what `analysis.verdict` expects of six losses on digits of eight
numbers of classes, none of which the rule of `analysis.bias_worth` was fitted to, and on
CIFAR-100. The second trains each loss without and with its bias, under 40 % symmetric
noise with seed 0, and keeps what was declared. Runs that the table has are not repeated.
"""

import csv
import pathlib

from absl import flags, logging

from experiments import command_line, compilation_cache, grids, messages, path_flags
from noisy_jax import analysis, losses, training
from noisy_jax.analysis import bias_worth

_OUT_DIR = path_flags.define(
  "out_dir",
  "bias_worth",
  "Where outcomes.csv and README.md go.",
  allow_override=True,  # other commands have one too, and tests import several
)
_DECLARE = flags.DEFINE_bool("declare", False, "Whether to write predictions alone.")
_DATA_DIR = path_flags.define(
  "data_dir",
  None,
  "Where TFDS finds CIFAR-100.",
  allow_override=True,
)
_DATASETS = flags.DEFINE_list("datasets", [], "Which data sets to train on; all if empty.")

_LOSSES = ["mae", "gce", "nce + agce", "nfl + mae", "agce", "bi_tempered"]
# They divide 1000: the images are the same, and only the number of classes changes.
_CLASSES = [20, 25, 40, 50, 125, 200, 250, 500]
_SETTINGS = {
  **{f"digits{count}": dict(widths=(512, 512), epochs=6) for count in _CLASSES},
  "cifar100": grids.GRIDS["cifar100_small"]["settings"],
}
_PREDICTED = ["dataset", "num_classes", "epochs", "loss", "logit_bias", "gain", "worth"]
_MEASURED = ["without", "with"]


def main(argv):
  messages.only_flags(argv)
  out_dir = pathlib.Path(_OUT_DIR.value)
  table = out_dir / "outcomes.csv"
  with messages.ending_in_one_line(ValueError, OSError):
    out_dir.mkdir(parents=True, exist_ok=True)
    if _DECLARE.value:
      if table.exists():
        raise ValueError(f"out_dir: {table} is there already, and stays as declared")
      rows = [_declared(dataset, text) for dataset in _SETTINGS for text in _LOSSES]
      _write(out_dir, rows)
    rows = _read(table)
    if not _DECLARE.value:
      for row in rows:
        if not _DATASETS.value or row["dataset"] in _DATASETS.value:
          _train(row)
          _write(out_dir, rows)
  print(report(rows))


def report(rows: list[dict[str, str]]) -> str:
  """The page of a table's rows."""
  finished = [row for row in rows if row["without"] and row["with"]]
  hits = sum(row["worth"] == _outcome(row) for row in finished)
  lines = [
    "# What a logit bias is worth, declared and measured",
    "",
    "    python -m experiments.bias_worth --data_dir=DIR --out_dir=OUT",
    "",
    f"{hits} of {len(finished)} answers of `analysis.verdict` came true, of {len(rows)}",
    "that were declared before any of these runs. An answer is the number of points of",
    "accuracy that the calibrated bias gains: under 3, 3 to 15, more than 15. The rule is",
    "fitted to runs on 10, 100 and 1000 classes. Accuracy is on clean test images in %,",
    "after the last epoch, with 40 % symmetric noise and seed 0. A loss that needs no bias",
    "has no second run, and no gain.",
    "",
    f"| {' | '.join([*_PREDICTED, *_MEASURED, 'gain measured', 'outcome'])} |",
    f"|{' --- |' * (len(_PREDICTED) + 4)}",
  ]
  for row in rows:
    cells = [row[column] for column in _PREDICTED]
    cells += [_percent(row[column]) for column in _MEASURED]
    outcome = _outcome(row)
    if outcome:
      cells += [
        f"{_gain(row):.1f}",
        outcome if outcome == row["worth"] else f"**{outcome}**",
      ]
    lines.append(f"| {' | '.join(cells + [''] * (len(_PREDICTED) + 4 - len(cells)))} |")
  return "\n".join(lines) + "\n"


def _declared(dataset, text):
  settings = _SETTINGS[dataset]
  num_classes = int(dataset.lstrip("abcdefghijklmnopqrstuvwxyz"))
  epochs = settings["epochs"]
  judged = analysis.verdict(losses.parse(text), num_classes, epochs=epochs)
  values = [dataset, num_classes, epochs, text, judged.logit_bias or 0.0]
  values += [f"{judged.gain:.1f}", judged.worth]
  row = dict(zip(_PREDICTED, map(str, values), strict=True))
  return row | dict.fromkeys(_MEASURED, "")


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
    task = training.prepare(config, data_dir=_DATA_DIR.value)
    row[column] = f"{training.run(task, title=f'{title:40}')['test_accuracy']:.4f}"


def _gain(row):
  return 100 * (float(row["with"]) - float(row["without"]))


def _outcome(row):
  if not (row["without"] and row["with"]):
    return ""
  return bias_worth.answer(_gain(row))


def _percent(text):
  return f"{100 * float(text):.1f}" if text else ""


def _read(table):
  with table.open(newline="") as file:
    reader = csv.DictReader(file)
    rows = list(reader)
  columns = [*_PREDICTED, *_MEASURED]
  if reader.fieldnames != columns or any(None in (*row, *row.values()) for row in rows):
    raise ValueError(f"out_dir: {table} is damaged, must have {', '.join(columns)}")
  return rows


def _write(out_dir, rows):
  with (out_dir / "outcomes.csv").open("w", newline="") as file:
    writer = csv.DictWriter(file, [*_PREDICTED, *_MEASURED])
    writer.writeheader()
    writer.writerows(rows)
  (out_dir / "README.md").write_text(report(rows))


if __name__ == "__main__":
  logging.set_verbosity(logging.WARNING)
  compilation_cache.enable()
  command_line.run(main)

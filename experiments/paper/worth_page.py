"""The page of a logit bias's worth, predicted and measured."""

from noisy_jax.analysis import bias_worth

PREDICTED = ["dataset", "num_classes", "epochs", "loss", "logit_bias", "gain", "worth"]
MEASURED = ["without", "with"]


def report(rows: list[dict[str, str]]) -> str:
  """The page as Markdown, from the rows of the table."""
  finished = [row for row in rows if row["without"] and row["with"]]
  hits = sum(row["worth"] == _outcome(row) for row in finished)
  lines = [
    "# What a logit bias is worth, declared and measured",
    "",
    "    python -m experiments.paper.bias_worth --data_dir=DIR --out_dir=OUT",
    "",
    f"{hits} of {len(finished)} answers of `analysis.verdict` came true, of {len(rows)}",
    "that were declared before any of these runs. An answer is the number of points of",
    "accuracy that the calibrated bias gains: under 3, 3 to 15, more than 15. The rule is",
    "fitted to runs on 10, 100 and 1000 classes. Accuracy is on clean test images in %,",
    "after the last epoch, with 40 % symmetric noise and seed 0. A loss that needs no bias",
    "has no second run, and no gain.",
    "",
    f"| {' | '.join([*PREDICTED, *MEASURED, 'gain measured', 'outcome'])} |",
    f"|{' --- |' * (len(PREDICTED) + 4)}",
  ]
  for row in rows:
    cells = [row[column] for column in PREDICTED]
    cells += [_percent(row[column]) for column in MEASURED]
    outcome = _outcome(row)
    if outcome:
      cells += [
        f"{_gain(row):.1f}",
        outcome if outcome == row["worth"] else f"**{outcome}**",
      ]
    lines.append(f"| {' | '.join(cells + [''] * (len(PREDICTED) + 4 - len(cells)))} |")
  return "\n".join(lines) + "\n"


def _gain(row):
  return 100 * (float(row["with"]) - float(row["without"]))


def _outcome(row):
  if not (row["without"] and row["with"]):
    return ""
  return bias_worth.answer(_gain(row))


def _percent(text):
  return f"{100 * float(text):.1f}" if text else ""

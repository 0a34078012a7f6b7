"""Writes docs/audit_scores.md, on how well scores of labels find the wrong ones.

  python -m experiments.pages.audit_scores

The rows in experiments/results/label_scores are from experiments.benchmarks.label_scores.
"""

import itertools
import pathlib
import textwrap
from collections.abc import Callable

from experiments.benchmarks import label_scores
from experiments.benchmarks.scored_labels import NUM_FOLDS
from noisy_jax.cli import command_line, messages
from noisy_jax.reports import tables
from noisy_jax.sweeps import finished_runs

PATH = pathlib.Path(__file__).parents[2] / "docs" / "audit_scores.md"
ROWS = finished_runs.RESULTS / "label_scores" / "rows.csv"

_PAGE = """\
# Scores that tell wrong labels from right ones

Made by `python -m experiments.pages.audit_scores` from
[rows.csv](../experiments/results/label_scores/rows.csv); a test fails when it is out of
date. The rows are from

```bash
python -m experiments.benchmarks.label_scores --out_dir=DIR --data_dir=TFDS
```

Each score is a number for each training label, higher for cleaner. The labels were made
wrong, or given by people, and no training step saw which are wrong; then the scores were
compared with the true labels. A cell is one training, with one draw of the noise and one
seed, or {folds} networks where it says so. An empty cell was not run.

## What was trained

{settings}

The trainings, by their flags; other hyperparameters have their defaults:

{trainings}

The score of a method is that of its docstring. The last margin is log p_y - max log p_j
over the other classes j, of the network after the last epoch. With folds, {folds} networks
are trained, each without one fold of the examples (`runs.out_of_fold_probabilities`), and
all scores are of the probabilities that they give to examples they have not seen: the same
margin, and the `self_confidence` and `normalized_margin` of
`cleanlab.rank.get_label_quality_scores`.

## Results

{results}
"""
_SCORES = {
  "method": "its score",
  "last_margin": "last margin",
  "margin": "margin",
  "self_confidence": "cleanlab, self-confidence",
  "normalized_margin": "cleanlab, normalized margin",
}


def main(argv):
  messages.only_flags(argv)
  with messages.ending_in_one_line(OSError):
    PATH.write_text(page(label_scores.read(ROWS)))


def page(rows: list[dict[str, str]]) -> str:
  """The page as Markdown.

  Args:
    rows: those of `label_scores.read`.
  """
  # A benchmark that was stopped, or has several processes, writes rows in another order.
  order = [*itertools.chain(_places(), _losses(), _SCORES)]

  def place_in_plan(row):
    return [order.index(name) for name in (row["training"], row["score"], _place(row))]

  rows = sorted(rows, key=place_in_plan)
  return _PAGE.format(
    folds=NUM_FOLDS,
    settings=_settings(rows).rstrip(),
    trainings=_trainings(),
    results="\n\n".join(
      f"{textwrap.fill(words + ':', 92)}\n\n{_table(rows, of)}"
      for words, of in _RESULTS.items()
    ),
  )


def _settings(rows):
  sizes = {_place(row): (int(row["num_wrong"]), int(row["num_examples"])) for row in rows}
  lines = [
    [place, "{:,} of {:,}".format(*sizes[place]), f"`{_flags(settings)}`"]
    for place, settings in _places().items()
    if place in sizes
  ]
  return tables.markdown(["data set, noise", "wrong labels", "settings"], lines)


def _trainings():
  return "\n".join(f"- {name}: `{_flags(of)}`" for name, of in _losses().items())


def _places():
  """The settings of each data set with its noise, in the order of the plan."""
  return {
    f"{dataset}, {noise}": grid["settings"]
    for grid in label_scores.PLAN
    for dataset in grid["datasets"]
    for noise in grid["noise"]
  }


def _losses():
  """The settings of each training, in the order of the plan."""
  return {name: of for grid in label_scores.PLAN for name, of in grid["losses"].items()}


def _flags(settings):
  return " ".join(f"--{name}={_text(value)}" for name, value in settings.items())


def _text(value):
  return ",".join(map(str, value)) if isinstance(value, tuple) else value


def _place(row):
  return f"{row['dataset']}, {row['noise']}"


def _table(rows, of: Callable[[dict[str, str]], str]):
  """A line for each score and a column for each data set, by what `of` takes of a row."""
  found: dict[str, dict[str, str]] = {}
  places = [place for place in _places() if place in map(_place, rows)]
  for row in rows:
    words = f"{row['training']}: {_SCORES[row['score']]}"
    found.setdefault(words, {})[_place(row)] = of(row)
  lines = [
    [words, *(cells.get(place, "") for place in places)]
    for words, cells in found.items()
    if any(cells.values())
  ]
  return tables.markdown(["training: score", *places], lines).rstrip()


def _percent(name, digits=1):
  return lambda row: f"{100 * float(row[name]):.{digits}f}" if row[name] else ""


def _verdicts(row):
  if not row["flagged"]:
    return ""
  flagged, hits, wrong = (
    int(row[name]) for name in ("flagged", "flagged_wrong", "num_wrong")
  )
  return f"{flagged:,}" + (f": {hits / flagged:.1%} / {hits / wrong:.1%}" if hits else "")


_RESULTS: dict[str, Callable[[dict[str, str]], str]] = {
  "AUROC in %, the probability that a right label has a higher score than a wrong one": (
    _percent("auroc", 2)
  ),
  "Wrong labels among the first suspects in %, as many suspects as labels are wrong": (
    _percent("precision_at_n")
  ),
  "Wrong labels among the first 1 % of the examples, in %": (
    _percent("precision_at_1_percent")
  ),
  "Labels declared wrong, by the method or by `cleanlab.filter.find_label_issues`, and "
  "their precision and recall": _verdicts,
  "Seconds of one CPU core, for training and scoring, with some compiling; this is CPU "
  "time of a process on one core, as other jobs ran beside it": lambda row: (
    f"{float(row['cpu_seconds']):,.0f}"
  ),
  "Accuracy of the network on test images after the last epoch, in %": (
    _percent("test_accuracy")
  ),
}


if __name__ == "__main__":
  command_line.run(main)

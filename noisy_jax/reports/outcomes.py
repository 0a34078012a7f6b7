"""The outcomes of finished runs: a row for each cell of a grid, over its seeds.

These are the columns, as in results.csv; accuracies and shares are in [0, 1]:

  dataset: the data set by its name in the grid.
  num_classes: number of classes of the data set.
  noise: the noise by its name in the grid, such as "symmetric 0.4"; "as given" without
    noise on labels that may be wrong.
  labels_trusted: whether the labels before the noise are known to be right.
  realised_noise_rate: share of wrong training labels; empty without noise on labels that
    may be wrong.
  loss: the loss by its name in the grid, such as "MAE*".
  expression: the loss that was trained with.
  logit_bias: the number that was added to the labelled logit.
  method: the method around the loss, or none.
  epochs: number of epochs of each training.
  seeds: number of trainings.
  last: test accuracy after the last epoch; no noise is put into test labels.
  best: test accuracy after the best epoch of each training.
  best_epoch: the best epoch.
  best_on: the examples whose accuracy decides which epoch is the best: validation, held out
    of the training set; or test, where the choice favours the result.
  top5: share of test images whose label is among the five likeliest classes, after the last
    epoch.
  extra: as last, on the second test set, `extra_test`; empty without one.
  extra_top5: as top5, on the second test set; empty without one.
  memorised: share of wrong training labels that are predicted after the last epoch; empty
    if no label is wrong.
  clean_auroc: AUROC of the method's scores, right labels against wrong ones, after the last
    epoch; empty without scores.
  declared_precision: share of wrong labels among the labels that the method declares wrong;
    empty without verdicts.
  declared_recall: share of wrong labels that the method declares wrong; empty without
    verdicts.
  published_last: a paper's accuracy after the last epoch, in per cent as printed there.
  published_best: a paper's accuracy after the best epoch, in per cent as printed there.
  source: the paper of the published number.

The columns from last to declared_recall are means over seeds. For each of them but
best_epoch, the column NAME_std is the sample standard deviation, empty for one seed.
"""

import math
from collections.abc import Sequence

import pandas as pd

from noisy_jax.reports import published_accuracies
from noisy_jax.sweeps import plan
from noisy_jax.sweeps.finished_runs import JUDGED, Run

_CELL = ["dataset", "noise", "loss"]
_SETTINGS = ["num_classes", "labels_trusted", "realised_noise_rate"]
_SETTINGS += ["expression", "logit_bias", "method", "epochs", "best_on"]
_PUBLISHED = ["published_last", "published_best", "source"]
# Columns that are means over seeds, and their names in a run's summary.
_OF_SUMMARY = {
  "last": "test_accuracy",
  "best": "best_test_accuracy",
  "best_epoch": "best_epoch",
  "top5": "test_top5",
  "extra": "extra_test_accuracy",
  "extra_top5": "extra_test_top5",
  "memorised": "memorised",
}
_MEANS = [*_OF_SUMMARY, *JUDGED]


def table(runs: Sequence[Run], planned: plan.Plan) -> pd.DataFrame:
  """One row for each cell, in the order of the runs.

  Args:
    runs: finished runs.
    planned: the grid, whose order dataset, noise and loss have as categories.

  Returns:
    The columns that the top of this file lists; empty entries are NaN.
  """
  by_run = pd.DataFrame(map(_row, runs))
  cells = by_run.groupby(_CELL, sort=False)
  means, stds = cells[_MEANS].mean(skipna=False), cells[_MEANS].std(skipna=False)
  columns = [cells[_SETTINGS].first(), cells.size().rename("seeds")]
  for name in _MEANS:
    columns += [means[name], stds[name].rename(f"{name}_std")]
  columns.append(cells[_PUBLISHED].first())
  rows = pd.concat(columns, axis=1).reset_index().drop(columns="best_epoch_std")
  for name in _CELL:
    order = [getattr(cell, name) for cell in (*planned.cells, *runs)]
    in_order = sorted(runs, key=lambda run: order.index(getattr(run, name)))
    shown = dict.fromkeys(_cell(run)[name] for run in in_order)
    rows[name] = pd.Categorical(rows[name], list(shown), ordered=True)
  first = ["dataset", "num_classes", "noise", *_SETTINGS[1:3], "loss"]
  return rows[[*first, *rows.columns.drop(first)]]


def to_csv(rows: pd.DataFrame) -> str:
  """The rows as CSV with a header, numbers with six digits."""
  return rows.to_csv(index=False, float_format="%.6g")


def _cell(run):
  return {"dataset": run.dataset, "noise": run.noise_in_words, "loss": run.loss}


def _row(run):
  config, summary = run.config, run.summary
  method, bias = config["method"], config["chosen"]["logit_bias"]
  names = config["dataset"], config["model"], config["epochs"], run.noise, run.loss
  last, best = (
    published_accuracies.find(of, *names) if method == "none" and bias == 0 else None
    for of in ("last", "best")
  )
  measured = {name: summary.get(of_run) for name, of_run in _OF_SUMMARY.items()}
  measured |= {name: run.method.get(name, [None])[-1] for name in JUDGED}
  return {
    **_cell(run),
    **{name: summary[name] for name in _SETTINGS[:3]},
    "expression": config["chosen"]["loss"],
    "logit_bias": bias,
    "method": method,
    "epochs": config["epochs"],
    "best_on": "test" if config["validation"] == "none" else "validation",
    **{name: math.nan if x is None else x for name, x in measured.items()},
    "published_last": last and last[0],
    "published_best": best and best[0],
    "source": (last or best or (None, None))[1],
  }

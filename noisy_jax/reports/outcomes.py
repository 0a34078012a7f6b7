"""What finished runs came to: a row for each cell of a grid, over its seeds.

The columns, which are those of results.csv; accuracies and shares are in [0, 1]:

  dataset: as the grid names it; likewise loss.
  num_classes: of the data set.
  noise: such as "symmetric 0.4"; "as given" without any on labels that are.
  labels_trusted: whether the labels are known to be right but for the noise.
  realised_noise_rate: the share of wrong training labels; empty where labels are as given
    and no noise was made.
  loss: such as "MAE*".
  expression: the loss that was trained with.
  logit_bias: the number that was added to the labelled logit.
  method: that the loss was trained by, or none.
  epochs: of each training.
  seeds: how many trainings there are.
  last: test accuracy after the last epoch; no noise is put into test labels.
  best: after the best epoch of each training, as the test set tells.
  best_epoch: this epoch.
  top5: as last, with the label among the five likeliest classes.
  extra: as last, on the images of `extra_test`; empty without any.
  extra_top5: as top5, likewise.
  memorised: the share of wrong training labels that are predicted after the last epoch;
    empty where no label is wrong.
  clean_auroc: how well the method's scores tell right labels from wrong ones after the last
    epoch; empty without.
  declared_precision: the share of labels that it declares wrong which are; likewise.
  declared_recall: the share of wrong labels that it declares; likewise.
  published_last: the number of a paper for the last epoch, in per cent as printed there.
  published_best: for the best epoch.
  source: of the published number.

From last to declared_recall they are means over seeds; beside each but best_epoch, the
column NAME_std is the sample standard deviation, empty for one seed.
"""

import math
from collections.abc import Sequence

import pandas as pd

from noisy_jax.reports import published_accuracies
from noisy_jax.sweeps import plan
from noisy_jax.sweeps.finished_runs import JUDGED, Run

_CELL = ["dataset", "noise", "loss"]
_SETTINGS = ["num_classes", "labels_trusted", "realised_noise_rate"]
_SETTINGS += ["expression", "logit_bias", "method", "epochs"]
_PUBLISHED = ["published_last", "published_best", "source"]
# Columns that are means over seeds, and what a run's summary calls them.
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
    runs: finished ones.
    planned: the grid, whose order dataset, noise and loss have as categories.

  Returns:
    The columns that the top of this file says; what is empty there is NaN.
  """
  found = pd.DataFrame(map(_row, runs))
  cells = found.groupby(_CELL, sort=False)
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
  """The rows below the names of their columns, numbers with six digits."""
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
    **{name: math.nan if x is None else x for name, x in measured.items()},
    "published_last": last and last[0],
    "published_best": best and best[0],
    "source": (last or best or (None, None))[1],
  }

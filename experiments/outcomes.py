"""What finished runs came to: a row for each cell of a grid, over its seeds."""

import csv
import io
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from experiments import published
from experiments.runs import JUDGED, Run

# Fields of a row, and what a run's summary calls them.
_TOLD = {
  "top5": "test_top5",
  "extra": "extra_test_accuracy",
  "extra_top5": "extra_test_top5",
  "memorised": "memorised",
}


class Row(NamedTuple):
  """What the runs of a cell came to. Accuracies and shares are in [0, 1].

  Attributes:
    dataset: as the grid names it; likewise noise and loss.
    num_classes: of the data set.
    noise: such as "symmetric 0.4"; "as given" without any on labels that are.
    labels_trusted: whether the labels are known to be right but for the noise.
    realised_noise_rate: the share of wrong training labels; None where labels are as given
      and no noise was made.
    loss: such as "MAE*".
    expression: the loss that was trained with.
    logit_bias: the number that was added to the labelled logit.
    method: that the loss was trained by, or none.
    epochs: of each training.
    seeds: how many trainings there are.
    last: test accuracy after the last epoch, mean over seeds; no noise is put into test
      labels.
    last_std: its sample standard deviation over seeds; None for one seed.
    best: after the best epoch of each training, as the test set tells.
    best_std: likewise.
    best_epoch: the mean of these epochs.
    top5: as last, with the label among the five likeliest classes.
    top5_std: likewise.
    extra: as last, on the images of `extra_test`; None without any.
    extra_std: likewise.
    extra_top5: as top5, likewise.
    extra_top5_std: likewise.
    memorised: the share of wrong training labels that are predicted after the last epoch;
      None where no label is wrong.
    memorised_std: likewise.
    clean_auroc: how well the method's scores tell right labels from wrong ones after the
      last epoch; None without.
    clean_auroc_std: likewise.
    declared_precision: the share of labels that it declares wrong which are; likewise.
    declared_precision_std: likewise.
    declared_recall: the share of wrong labels that it declares; likewise.
    declared_recall_std: likewise.
    published_last: the number of a paper for the last epoch, in per cent as printed there.
    published_best: for the best epoch.
    source: of the published number.
  """

  dataset: str
  num_classes: int
  noise: str
  labels_trusted: bool
  realised_noise_rate: float | None
  loss: str
  expression: str
  logit_bias: float
  method: str
  epochs: int
  seeds: int
  last: float
  last_std: float | None
  best: float
  best_std: float | None
  best_epoch: float
  top5: float | None
  top5_std: float | None
  extra: float | None
  extra_std: float | None
  extra_top5: float | None
  extra_top5_std: float | None
  memorised: float | None
  memorised_std: float | None
  clean_auroc: float | None
  clean_auroc_std: float | None
  declared_precision: float | None
  declared_precision_std: float | None
  declared_recall: float | None
  declared_recall_std: float | None
  published_last: str | None
  published_best: str | None
  source: str | None


def rows(runs: Sequence[Run]) -> list[Row]:
  """One row for each cell, in the order of the runs."""
  cells: dict[tuple, list[Run]] = {}
  for run in runs:
    cells.setdefault((run.dataset, run.noise, run.loss), []).append(run)
  return [_row(cell) for cell in cells.values()]


def to_csv(rows: Sequence[Row]) -> str:
  """The rows with the names of their fields, numbers with six digits."""
  text = io.StringIO()
  writer = csv.writer(text, lineterminator="\n")
  writer.writerow(Row._fields)
  for row in rows:
    writer.writerow(f"{x:.6g}" if isinstance(x, float) else x for x in row)
  return text.getvalue()


def std(values: Sequence[float]) -> float | None:
  """The sample standard deviation; None for one value."""
  return statistics.stdev(values) if len(values) > 1 else None


def _row(runs):
  first = runs[0]
  config, summary = first.config, first.summary
  last = [run.summary["test_accuracy"] for run in runs]
  best = [run.summary["best_test_accuracy"] for run in runs]
  told = {field: [run.summary.get(name) for run in runs] for field, name in _TOLD.items()}
  told |= {name: [run.method.get(name, [None])[-1] for run in runs] for name in JUDGED}
  spreads: dict[str, float | None] = {}
  for field, values in told.items():
    spreads[field], spreads[f"{field}_std"] = _mean_and_std(values)
  method, bias = config.get("method", "none"), config["chosen"]["logit_bias"]
  names = config["dataset"], config["model"], config["epochs"], first.noise, first.loss
  of_last, of_best = (
    published.find(of, *names) if method == "none" and bias == 0 else None
    for of in ("last", "best")
  )
  return Row(
    dataset=first.dataset,
    num_classes=summary["num_classes"],
    noise=first.noise_in_words,
    labels_trusted=summary["labels_trusted"],
    realised_noise_rate=summary["realised_noise_rate"],
    loss=first.loss,
    expression=config["chosen"]["loss"],
    logit_bias=bias,
    method=method,
    epochs=config["epochs"],
    seeds=len(runs),
    last=statistics.fmean(last),
    last_std=std(last),
    best=statistics.fmean(best),
    best_std=std(best),
    best_epoch=statistics.fmean(run.summary["best_epoch"] for run in runs),
    **spreads,
    published_last=of_last[0] if of_last else None,
    published_best=of_best[0] if of_best else None,
    source=(of_last or of_best or (None, None))[1],
  )


def _mean_and_std(values) -> tuple[float | None, float | None]:
  """None and None where a run lacks the value."""
  if any(value is None for value in values):
    return None, None
  return statistics.fmean(values), std(values)

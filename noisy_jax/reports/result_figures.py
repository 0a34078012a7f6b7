"""Figures of finished runs: means over seeds, with bands of a standard deviation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from noisy_jax.analysis import figures
from noisy_jax.sweeps import finished_runs
from noisy_jax.training import METRICS

if TYPE_CHECKING:
  from matplotlib.figure import Figure

_BY_EPOCH = {
  name: f"{METRICS[name].label} (%)"
  for name in ("validation_accuracy", "memorised", *finished_runs.JUDGED)
}


def draw(found: Sequence[finished_runs.Run]) -> "dict[str, Figure]":
  """Draws all figures that have at least two points on the x axis, by name."""
  drawn = {}
  trusted = all(run.summary["labels_trusted"] for run in found)
  accuracy = f"accuracy on {'clean ' if trusted else ''}test images (%)"
  y_labels = _BY_EPOCH | {"test_accuracy": accuracy}
  for name in dict.fromkeys(name for run in found for name in run.by_epoch):
    own = [run for run in found if len(run.test_accuracy) > 1]
    own = [run for run in own if _is_drawn(name, run.by_epoch.get(name, []))]
    rows = _frame(
      (run, f"{run.dataset}, {run.noise_in_words}", epoch, value)
      for run in own
      for epoch, value in enumerate(run.by_epoch[name], 1)
    )
    # A panel is a kind of noise, in a figure for each data set; or a data set.
    slugs = "_" + rows.dataset.str.lower().str.replace("[^a-z0-9]+", "-", regex=True)
    if len({run.noise for run in own}) == 1:
      slugs[:] = ""
    for slug, of_figure in rows.groupby(slugs, sort=False):
      drawn[name + slug] = figures.results_by_loss(
        _panels(of_figure),
        x_label="epoch",
        y_label=y_labels.get(name, name.replace("_", " ")),
        in_percent=name in y_labels,
      )
  # Runs without noise have rate 0 in the panels of all kinds of noise.
  kinds = dict.fromkeys(run.config["noise"] for run in found if run.noise != "clean")
  rows = _frame(
    (run, f"{run.dataset}, {kind}", run.config["noise_rate"], run.summary["test_accuracy"])
    for run in found
    for kind in (kinds if run.noise == "clean" else [run.config["noise"]])
  )
  rows = rows.groupby("panel").filter(lambda own: own.x.nunique() > 1)
  if len(rows):
    drawn["noise_rate"] = figures.results_by_loss(
      _panels(rows),
      x_label="noise rate" if trusted else "rate of the noise put in",
      y_label=accuracy,
    )
  rows = _frame(
    (run, run.noise_in_words, run.summary["num_classes"], run.summary["test_accuracy"])
    for run in found
  )
  # A point must not be the mean of two data sets.
  rows = rows.groupby("panel").filter(
    lambda own: 1 < own.x.nunique() == own.dataset.nunique()
  )
  if len(rows):
    drawn["classes"] = figures.results_by_loss(
      _panels(rows), x_label="number of classes $K$", y_label=accuracy, log_x=True
    )
  return drawn


def _is_drawn(name, values):
  # With a validation split, test accuracy has one value, which makes no curve.
  is_whole = name != "test_accuracy" or None not in values
  return is_whole and any(value is not None for value in values)


def _frame(points):
  """A row for each point (run, panel, x, value)."""
  rows = [(run.dataset, run.loss, *point) for run, *point in points]
  columns = ["dataset", "loss", "panel", "x", "value"]
  return pd.DataFrame(rows, columns=columns).astype({"dataset": str, "value": float})


def _panels(rows):
  panels = []
  for title, of_panel in rows.groupby("panel", sort=False):
    curves = {}
    for loss, own in of_panel.groupby("loss", sort=False):
      seeds = own.groupby("x").value
      mean, std = seeds.mean(skipna=False), seeds.std(skipna=False)
      curves[loss] = figures.Curve(mean.index.to_numpy(), mean.to_numpy(), std.to_numpy())
    panels.append(figures.ResultsPanel(title, curves))
  return panels

"""Figures of finished runs: means over seeds, with bands of a standard deviation."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from experiments import runs
from noisy_jax.analysis import figures

if TYPE_CHECKING:
  from matplotlib.figure import Figure

_BY_EPOCH = {
  "memorised": "wrong labels that are predicted (%)",
  "clean_auroc": "AUROC of the scores of labels (%)",
  "declared_precision": "declared labels that are wrong (%)",
  "declared_recall": "wrong labels that are declared (%)",
}


def draw(found: Sequence[runs.Run]) -> "dict[str, Figure]":
  """All figures for which there are at least two points on the x axis, by name."""
  drawn = {}
  trusted = all(run.summary["labels_trusted"] for run in found)
  accuracy = f"accuracy on {'clean ' if trusted else ''}test images (%)"
  y_labels = _BY_EPOCH | {"test_accuracy": accuracy}
  for name in dict.fromkeys(name for run in found for name in run.by_epoch):
    own = [run for run in found if len(run.test_accuracy) > 1]
    own = [run for run in own if any(x is not None for x in run.by_epoch.get(name, []))]
    for dataset, of_dataset in _split(own, _figure_of(own)).items():
      panels = [
        figures.ResultsPanel(title, _by_loss(of_panel, _epochs(name)))
        for title, of_panel in _split(
          of_dataset, lambda run: f"{run.dataset}, {run.noise_in_words}"
        ).items()
      ]
      drawn[name + dataset] = figures.results_by_loss(
        panels,
        x_label="epoch",
        y_label=y_labels.get(name, name.replace("_", " ")),
        in_percent=name in y_labels,
      )
  kinds = _split(_with_clean(found), lambda run: f"{run.dataset}, {run.config['noise']}")
  panels = [
    figures.ResultsPanel(
      title, _by_loss(own, _points(lambda run: run.config["noise_rate"]))
    )
    for title, own in kinds.items()
    if len({run.config["noise_rate"] for run in own}) > 1
  ]
  if panels:
    drawn["noise_rate"] = figures.results_by_loss(
      panels,
      x_label="noise rate" if trusted else "rate of the noise put in",
      y_label=accuracy,
    )
  panels = [
    figures.ResultsPanel(
      noise, _by_loss(own, _points(lambda run: run.summary["num_classes"]))
    )
    for noise, own in _split(found, lambda run: run.noise_in_words).items()
    # One point must not be the mean of two data sets.
    if 1 < len({run.summary["num_classes"] for run in own}) == len({r.dataset for r in own})
  ]
  if panels:
    drawn["classes"] = figures.results_by_loss(
      panels, x_label="number of classes $K$", y_label=accuracy, log_x=True
    )
  return drawn


def _figure_of(found) -> Callable[[runs.Run], str]:
  """Panels are kinds of noise, in a figure for each data set, or else data sets."""
  if len({run.noise for run in found}) == 1:
    return lambda run: ""
  return lambda run: "_" + re.sub("[^a-z0-9]+", "-", run.dataset.lower())


def _with_clean(found):
  """The runs, those without noise once for each kind of noise: its rate of 0."""
  kinds = dict.fromkeys(run.config["noise"] for run in found if run.noise != "clean")
  for run in found:
    if run.noise != "clean":
      yield run
      continue
    for kind in kinds:
      yield msgspec.structs.replace(run, config=run.config | {"noise": kind})


def _split(found, key):
  parts: dict = {}
  for run in found:
    parts.setdefault(key(run), []).append(run)
  return parts


def _by_loss(found, curve: Callable) -> dict[str, figures.Curve]:
  return {loss: curve(own) for loss, own in _split(found, lambda run: run.loss).items()}


def _epochs(name):
  def curve(own):
    values = np.array([run.by_epoch[name] for run in own], float)
    return _curve(np.arange(1, values.shape[1] + 1), list(values.T))

  return curve


def _points(x):
  def curve(own):
    by_x = _split(own, x)
    values = [[run.summary["test_accuracy"] for run in by_x[key]] for key in sorted(by_x)]
    return _curve(np.array(sorted(by_x)), values)

  return curve


def _curve(x, values):
  """`values` has those of all seeds, for each x."""
  spread = [np.std(of_x, ddof=1) if len(of_x) > 1 else np.nan for of_x in values]
  return figures.Curve(x, np.array([np.mean(of_x) for of_x in values]), np.array(spread))

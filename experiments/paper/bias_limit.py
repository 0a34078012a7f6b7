r"""Draws accuracy and memorised labels around the rate that a constant bias should bear.

  python -m experiments.sweep --grid=rates100 --out_dir=runs/rates100
  python -m experiments.sweep --grid=rates1000 --out_dir=runs/rates1000
  python -m experiments.report --runs=runs/rates100 --out_dir=experiments/results/rates100
  python -m experiments.report --runs=runs/rates1000 --out_dir=experiments/results/rates1000
  python -m experiments.paper.bias_limit

The last command reads the runs of the two reports, and writes bias_limit.png beside the
report of 100 classes: accuracy and memorised share of MAE against the rate of symmetric
noise, with a constant bias and a fading one. A line marks the rate up to which the constant
bias bears the noise, by analysis.theory.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from noisy_jax.analysis import figures
from noisy_jax.cli import command_line, messages
from noisy_jax.sweeps import finished_runs

if TYPE_CHECKING:
  from matplotlib.figure import Figure

_RESULTS = finished_runs.RESULTS
_GRIDS = {100: "rates100", 1000: "rates1000"}
_TITLES = {
  "test_accuracy": "accuracy on clean test images",
  "memorised": "wrong labels memorised",
}


def draw(found: Mapping[int, Sequence[finished_runs.Run]]) -> "Figure":
  """Draws the figure from finished runs by their number of classes."""
  panels = [
    figures.ResultsPanel(
      f"{count:,} classes, {title}", _curves(of_count, name), _limit(of_count, count)
    )
    for name, title in _TITLES.items()
    for count, of_count in found.items()
  ]
  return figures.results_by_loss(
    panels, x_label="rate of symmetric noise", y_label="share (%)"
  )


def largest_tolerated_rate(eps: float, num_classes: int) -> float:
  """The largest rate eta that MAE with a bias bears: 2 eps = ln((1 - eta)(K - 1) / eta)."""
  return (num_classes - 1) / (num_classes - 1 + np.exp(2 * eps))


def _limit(found, num_classes):
  (eps,) = {run.config["chosen"]["logit_bias"] for run in found}
  return largest_tolerated_rate(eps, num_classes)


def _curves(found, name):
  return {
    loss: _curve([run for run in found if run.loss == loss], name)
    for loss in dict.fromkeys(run.loss for run in found)
  }


def _curve(found, name):
  by_rate: dict[float, list[float]] = {}
  for run in found:
    value = run.by_epoch[name][-1]
    if value is not None:
      by_rate.setdefault(run.config["noise_rate"], []).append(value)
  rates = sorted(by_rate)
  std = [
    np.std(by_rate[rate], ddof=1) if len(by_rate[rate]) > 1 else np.nan for rate in rates
  ]
  mean = np.array([np.mean(by_rate[rate]) for rate in rates])
  return figures.Curve(np.array(rates), mean, np.array(std))


def main(argv):
  messages.only_flags(argv)
  with messages.ending_in_one_line(OSError):
    found = {
      count: finished_runs.read(_RESULTS / name / "runs.jsonl")
      for count, name in _GRIDS.items()
    }
    path = _RESULTS / _GRIDS[100] / "bias_limit.png"
    draw(found).savefig(path, dpi=200)
  print(path)


if __name__ == "__main__":
  command_line.run(main)

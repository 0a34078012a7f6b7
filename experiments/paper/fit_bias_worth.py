"""Fits the four numbers of `analysis.bias_worth` to the committed runs.

  python -m experiments.paper.fit_bias_worth

The fit is to shares, as in `bias_worth`: on 100 and 1000 classes, accuracy without the
calibrated bias over accuracy with it; on 10 classes, which need no bias, accuracy over
cross-entropy's. `bias_worth` keeps the numbers of an earlier fit, with which its
predictions were declared.
"""

import csv

import numpy as np

from noisy_jax import analysis, losses
from noisy_jax.analysis import bias_worth, verdicts
from noisy_jax.cli import command_line, messages
from noisy_jax.sweeps import finished_runs

_RESULTS = finished_runs.RESULTS
_EXPRESSIONS = {"MAE": "mae", "GCE": "gce", "NCE+AGCE": "nce + agce"}
_NOISE = ("symmetric 0.2", "symmetric 0.4")
# A share of 0 or 1 has no finite logit.
_LOWEST, _HIGHEST = 0.003, 0.985


def shares() -> list[tuple[str, int, int, float]]:
  """Loss, number of classes, epochs and share of the accuracy for each pair of runs."""
  return [*_of_predictions(), *_of_grid("digits100", 100), *_of_grid("digits1000", 1000)]


def fit(found: list[tuple[str, int, int, float]]) -> np.ndarray:
  """Fits the rule's numbers, in its order, by least squares on the logits of the shares."""
  rows, scores = [], []
  for text, num_classes, epochs, share in found:
    loss = losses.parse(text)
    pulls = [analysis.overlap(loss, count).pull for count in (num_classes, 10)]
    late = 1 - verdicts.elasticity(loss, num_classes)
    waited = np.log(epochs / bias_worth.EPOCHS)
    rows.append([1, np.log(pulls[0] / pulls[1]), late, late * waited])
    share = np.clip(share, _LOWEST, _HIGHEST)
    scores.append(np.log(share / (1 - share)))
  return np.linalg.lstsq(np.array(rows), np.array(scores), rcond=None)[0]


def main(argv):
  messages.only_flags(argv)
  found = shares()
  numbers = ", ".join(f"{number:.2f}" for number in fit(found))
  print(f"{numbers}, from {len(found)} shares")


def _of_predictions():
  with (_RESULTS / "predictions" / "outcomes.csv").open(newline="") as file:
    table = list(csv.DictReader(file))
  # Each number of classes and noise rate by itself.
  places = dict.fromkeys((row["num_classes"], row["noise_rate"]) for row in table)
  for place in places:
    here = [row for row in table if (row["num_classes"], row["noise_rate"]) == place]
    accuracy = {
      (row["loss"], float(row["logit_bias"]) > 0): float(row["test_accuracy"])
      for row in here
    }
    for text in ("mae", "gce", "nce + agce", "nfl + mae", "agce"):
      reached = accuracy.get((text, True), accuracy["ce", False])
      yield text, int(place[0]), bias_worth.EPOCHS, accuracy[text, False] / reached


def _of_grid(name, num_classes):
  finished = finished_runs.read(_RESULTS / name / "runs.jsonl")
  for noise in _NOISE:
    last: dict[str, list[float]] = {}
    for run in finished:
      if run.noise == noise:
        last.setdefault(run.loss, []).append(run.summary["test_accuracy"])
    for label, text in _EXPRESSIONS.items():
      if label in last and f"{label}*" in last:
        share = np.mean(last[label]) / np.mean(last[f"{label}*"])
        yield text, num_classes, 40, float(share)


if __name__ == "__main__":
  command_line.run(main)

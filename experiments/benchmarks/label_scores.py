"""How well scores of given labels find the wrong ones, and the time that each takes.

  python -m experiments.benchmarks.label_scores --out_dir=DIR --data_dir=TFDS

Each training gives one or more scores of the training labels, higher for cleaner. No
training step sees which labels are wrong. A row of DIR/rows.csv has one score on one data
set; the scores and the network's probabilities are in DIR/scores. A training whose rows are
there is skipped. cleanlab is needed: pip install -e '.[benchmarks]'.
"""

import csv
import functools
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from absl import flags, logging

from experiments.benchmarks import scored_labels
from noisy_jax import data, methods, noise, runs
from noisy_jax.cli import command_line, messages, path_flags
from noisy_jax.sweeps import cells
from noisy_jax.sweeps.grids import GRIDS
from noisy_jax.sweeps.paper_grids import star

# Tests and pages import this beside other commands, which have such flags too.
_path = functools.partial(path_flags.define, allow_override=True)
_OUT_DIR = _path("out_dir", None, "Where rows and scores go.")
_DATA_DIR = _path("data_dir", None, "Directory of prepared TFDS sets.")
_FILTER = flags.DEFINE_string(
  "filter", "", "Regular expression that selects trainings.", allow_override=True
)

_FADING = {"bias_schedule": "fading"}
_SINGLE = {
  "AUM": {"loss": "ce", "method": "aum"},
  "AUM, MAE fading": star("mae") | _FADING | {"method": "aum"},
  "MARVEL": {"loss": "ce", "method": "marvel"},
  "ELR": {"loss": "ce", "method": "elr"},
  "CAR": {"loss": "ce", "method": "car"},
  "MARVEL+": {"loss": "ce", "method": "marvel_plus"},
}
_AUM_OF_GCE = {"AUM, GCE fading": star("gce") | _FADING | {"method": "aum"}}
# Without a method, a network is trained for each fold.
_FOLDED = {"CE, folds": {"loss": "ce"}, "MAE fading, folds": star("mae") | _FADING}
_DIGITS = dict(
  settings=GRIDS["digits100"]["settings"],
  datasets=["digits100"],
  noise=["symmetric 0.4", "symmetric 0.2", "pairflip 0.2", "pairflip 0.3"],
)
_PHOTOS = dict(settings=GRIDS["cifar100_small"]["settings"] | {"epochs": 12})
_CIFAR10 = _PHOTOS | dict(datasets=["cifar10"], noise=["human:worse"])
_CIFAR100 = _PHOTOS | dict(datasets=["cifar100"], noise=["human:noisy"])
# In the order of running: what is cheap comes first.
PLAN: tuple[Mapping[str, Any], ...] = (
  _DIGITS | {"losses": _SINGLE | _AUM_OF_GCE},
  _CIFAR10 | {"losses": _SINGLE},
  _CIFAR100 | {"losses": _SINGLE},
  *(grid | {"losses": _FOLDED} for grid in (_DIGITS, _CIFAR10, _CIFAR100)),
)


def main(argv):
  messages.only_flags(argv)
  if _OUT_DIR.value is None:
    messages.fail("out_dir: None, must be a directory for rows and scores")
  with messages.ending_in_one_line(ValueError, OSError):
    planned = [cell for grid in PLAN for cell in cells.read(grid)]
    selected = cells.select(planned, _FILTER.value)
    run(selected, pathlib.Path(_OUT_DIR.value), _DATA_DIR.value)


def run(
  selected: list[cells.Cell], out_dir: pathlib.Path, data_dir: str | None = None
) -> None:
  """Trains the cells that have no row yet, and appends their rows to rows.csv.

  Args:
    selected: the trainings.
    out_dir: gets rows.csv, and for each training scores/SLUG.npz: labels as `given` and
      `true`, `probabilities` float16[N, K], and each score by its name, float[N].
    data_dir: directory of prepared TFDS sets.
  """
  (out_dir / "scores").mkdir(parents=True, exist_ok=True)
  table = out_dir / "rows.csv"
  done = {(row["dataset"], row["noise"], row["training"]) for row in read(table)}
  for cell in selected:
    key = {"dataset": cell.dataset, "noise": cell.noise, "training": cell.loss}
    if tuple(key.values()) in done:
      continue
    dataset = _dataset(cell.dataset, data_dir)
    setup = runs.prepare(cell.config, data_dir=data_dir, dataset=dataset)
    given, true, _, _ = setup.train_labels
    # Measuring on right labels after each epoch would take time.
    setup = setup._replace(train_labels=setup.train_labels._replace(clean=given))
    is_folded = cell.config.method == methods.NONE
    found = (scored_labels.out_of_fold if is_folded else scored_labels.once)(setup)
    arrays: dict[str, Any] = {"given": given, "true": true}
    arrays |= {name: scored.scores for name, scored in found.scored.items()}
    arrays["probabilities"] = found.probabilities.astype(np.float16)
    np.savez(out_dir / "scores" / f"{cell.slug}.npz", **arrays)
    of_training = {"test_accuracy": found.test_accuracy}
    rows = [
      key | {"score": name} | measure(scored, given != true) | of_training
      for name, scored in found.scored.items()
    ]
    _append(table, rows)
    messages.say(f"{cell.slug}: {rows[0]['seconds']:.0f} s")


def read(table: pathlib.Path) -> list[dict[str, str]]:
  """The rows of a table by `run`; none if it is not there."""
  if not table.exists():
    return []
  with table.open(newline="") as file:
    return list(csv.DictReader(file))


def measure(scored: scored_labels.Scored, wrong: np.ndarray) -> dict[str, Any]:
  """Measures scores against the truth.

  Args:
    scored: the scores.
    wrong: whether the label is wrong, bool[N].

  Returns:
    The AUROC; the shares of wrong labels among as many first suspects as labels are wrong,
    and among the first 1 %, where equal scores count by their share; the number of flagged
    labels, and how many of these are wrong, None without verdicts; times; and sizes.
  """
  flagged = scored.flagged
  wall, cpu = scored.seconds
  return {
    "auroc": noise.auroc(-scored.scores, wrong),
    "precision_at_n": _precision(scored.scores, wrong, int(wrong.sum())),
    "precision_at_1_percent": _precision(scored.scores, wrong, -(-len(wrong) // 100)),
    "flagged": None if flagged is None else int(flagged.sum()),
    "flagged_wrong": None if flagged is None else int((flagged & wrong).sum()),
    "seconds": wall,
    "cpu_seconds": cpu,
    "num_wrong": int(wrong.sum()),
    "num_examples": len(wrong),
  }


def _precision(scores, wrong, count):
  cut = np.partition(scores, count - 1)[count - 1]
  below, tied = scores < cut, scores == cut
  return (wrong[below].sum() + (count - below.sum()) * wrong[tied].mean()) / count


@functools.lru_cache(maxsize=1)
def _dataset(name, data_dir):
  return data.load(name, data_dir)


def _append(table, rows):
  is_new = not table.exists()
  with table.open("a", newline="") as file:
    writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
    if is_new:
      writer.writeheader()
    writer.writerows([{key: _text(value) for key, value in row.items()} for row in rows])


def _text(value):
  return "" if value is None else f"{value:.6g}" if isinstance(value, float) else value


if __name__ == "__main__":
  logging.set_verbosity(logging.WARNING)
  command_line.run(main)

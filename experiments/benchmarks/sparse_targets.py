"""What sparse targets cost: trainings by ELR and CAR that keep some entries, or all.

  python -m experiments.benchmarks.sparse_targets
  python -m experiments.benchmarks.sparse_targets --methods=elr --entries=4,64 --out_dir=DIR

Each training is one of the grid `methods`, with one seed, and its targets in the end are
compared with those of the training that keeps all entries.
"""

import jax
import numpy as np
from absl import flags

from experiments.benchmarks import page
from noisy_jax import data, runs, training
from noisy_jax.methods import sparse_targets
from noisy_jax.training import replicas

_NUM_CLASSES = flags.DEFINE_integer("num_classes", 100, "From 2 to 1000.", 2, 1000)
_EPOCHS = flags.DEFINE_integer("epochs", 40, "Of each training.", lower_bound=1)
_METHODS = flags.DEFINE_list("methods", ["elr", "car"], "Of those with entries.")
_ENTRIES = flags.DEFINE_list("entries", ["8", "32", "100"], "Entries of a target to keep.")


def benchmark() -> page.Pages:
  dataset = data.digits(_NUM_CLASSES.value)
  all_entries = page.counts("entries", _ENTRIES.value)
  rows = [
    [
      "method",
      "test accuracy",
      "largest difference",
      "total variation",
      "bytes an example",
    ]
  ]
  for name in _METHODS.value:
    whole, *row = _trained(name, dataset)
    rows.append([f"`{name}`", *row[:1], "", "", *row[1:]])
    for entries in all_entries:
      method = f"{name}(entries={entries})"
      targets, *row = _trained(method, dataset)
      targets = sparse_targets.dense(targets, _NUM_CLASSES.value)
      away = abs(targets - whole)
      of_target = f"{away.max():.3f}", f"{away.sum(-1).mean() / 2:.4f}"
      rows.append([f"`{method}`", *row[:1], *of_target, *row[1:]])
      yield _DESCRIPTION, rows


_DESCRIPTION = (
  "an MLP of 512 and 512 units on digits with 40 % symmetric noise, by cross-entropy and\n"
  "methods that keep the largest entries of each target, or all. Targets in the end are\n"
  "compared with those where all are kept: the largest difference of an entry, and the\n"
  "mean over the examples of the total variation, half the sum of differences."
)


def _trained(method, dataset):
  config = training.TrainConfig(
    f"digits{_NUM_CLASSES.value}",
    noise_rate=0.4,
    loss="ce",
    method=method,
    widths=(512, 512),
    epochs=_EPOCHS.value,
  )
  setup = runs.prepare(config, dataset=dataset, devices=jax.local_devices()[:1])
  *_, last = training.train(setup)
  targets = jax.tree.map(np.asarray, replicas.unstack(last.state.method, seed=0).examples)
  size = sum(leaf.nbytes for leaf in jax.tree.leaves(targets)) // len(dataset.train_labels)
  return targets, f"{last.results[0].test_accuracy:.2%}", f"{size:,}"


if __name__ == "__main__":
  page.run(benchmark, "Sparse targets")

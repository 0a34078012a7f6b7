"""The summary of a run."""

from collections.abc import Sequence
from typing import Any

import jax

from noisy_jax import data
from noisy_jax.training.epoch import METRICS, Epoch
from noisy_jax.training.loop import state_of_seed
from noisy_jax.training.setup import Setup


def summary_of(setup: Setup, results: Sequence[Epoch]) -> dict[str, Any]:
  """The outcome of a run, as in summary.json.

  Args:
    setup: the run.
    results: the results of all its epochs.

  Returns:
    Results of the last epoch, the test accuracy of the best epoch, and sizes, by name. The
    best epoch is the best on validation; without a validation split, on test.
  """
  last = results[-1]
  # The latest of equals, as in the checkpoints.
  best = max(results, key=lambda result: (result.deciding_accuracy, result.epoch))
  dataset = setup.dataset
  class_sizes = data.class_counts(dataset.train_labels, dataset.num_classes)
  return {
    "epochs": last.epoch,
    **{name: getattr(last, name) for name in METRICS if METRICS[name].in_summary},
    "best_test_accuracy": (
      best.test_accuracy if setup.validation is None else last.best_test_accuracy
    ),
    "best_epoch": best.epoch,
    "logit_bias": setup.objective.logit_bias,
    "labels_trusted": dataset.labels_trusted,
    "realised_noise_rate": setup.noise_rate,
    "foreign_rate": None if setup.foreign is None else float(setup.foreign.mean()),
    "num_classes": dataset.num_classes,
    "num_parameters": _num_parameters(setup),
    "train_examples": len(dataset.train_labels),
    "smallest_class_size": int(class_sizes.min()),
    "largest_class_size": int(class_sizes.max()),
    "validation_examples": 0 if setup.validation is None else len(setup.validation.labels),
    "test_examples": len(dataset.test_labels),
    "seconds": sum(result.seconds for result in results),
  }


def _num_parameters(setup):
  state = jax.eval_shape(lambda: state_of_seed(setup, setup.config.seed))
  return sum(leaf.size for leaf in jax.tree.leaves(state.params))

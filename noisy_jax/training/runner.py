"""A whole run: the loop with its records and its progress."""

import os
import time
from typing import Any

import jax

from noisy_jax.training import records
from noisy_jax.training.loop import initial_params, train
from noisy_jax.training.progress import progress
from noisy_jax.training.task import Task


def run(
  task: Task, workdir: str | os.PathLike | None = None, *, title: str = ""
) -> dict[str, Any]:
  """Trains a task to its end, showing progress and leaving records.

  Args:
    task: from `prepare`.
    workdir: where config.json, versions.json, metrics.jsonl and summary.json go; None
      writes nothing.
    title: stands before the progress.

  Returns:
    The summary, as in summary.json: accuracies of the last and of the best epoch as
    fractions, the realised noise rate, the logit bias, sizes, and seconds.

  Raises:
    OSError: if the workdir is taken or cannot be written to.
    FloatingPointError: when the loss is no longer finite.
  """
  start = time.perf_counter()
  if workdir is not None:
    chosen = {"loss": str(task.expression), "logit_bias": task.logit_bias}
    workdir = records.claim_workdir(workdir, task.config, chosen)
  results = []
  with progress(task.config.epochs, title) as show:
    for result, _ in train(task):
      results.append(result)
      if workdir is not None:
        records.append_epoch(workdir, result._asdict())
      show(result)
  last = results[-1]
  best = max(results, key=lambda result: result.test_accuracy)
  summary = {
    "test_accuracy": last.test_accuracy,
    "best_test_accuracy": best.test_accuracy,
    "best_epoch": best.epoch,
    "train_accuracy": last.train_accuracy,
    "loss": last.loss,
    "logit_bias": task.logit_bias,
    "realised_noise_rate": task.train_labels.rate,
    "num_classes": task.dataset.num_classes,
    "num_parameters": _count(task),
    "train_examples": len(task.dataset.train_labels),
    "test_examples": len(task.dataset.test_labels),
    "seconds": time.perf_counter() - start,
  }
  if workdir is not None:
    records.finish(workdir, summary)
  return summary


def _count(task):
  shapes = jax.eval_shape(lambda: initial_params(task))
  return sum(leaf.size for leaf in jax.tree.leaves(shapes))

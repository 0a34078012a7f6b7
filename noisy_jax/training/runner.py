"""A whole run: the loop with its records and its progress."""

import dataclasses
import os
import pathlib
import time
from collections.abc import Sequence
from typing import Any

import jax

from noisy_jax.training import records
from noisy_jax.training.loop import Epoch, initial_state, train
from noisy_jax.training.progress import progress
from noisy_jax.training.task import Task


def run(
  task: Task, workdir: str | os.PathLike | None = None, *, title: str = ""
) -> dict[str, Any]:
  """Trains a task to its end, showing progress and leaving records.

  Args:
    task: from `prepare`.
    workdir: where the files go that `records` lists; None writes nothing.
    title: stands before the progress.

  Returns:
    The summary, as in summary.json: accuracies of the last and of the best epoch as
    fractions, the realised noise rate, the logit bias, sizes, and seconds.

  Raises:
    OSError: if the workdir is taken or cannot be written to.
    FloatingPointError: when the loss is no longer finite.
  """
  workdirs = [] if workdir is None else [workdir]
  (summary,) = _run(task, [task.config.seed], workdirs, title)
  return summary


def run_seeds(
  task: Task,
  seeds: Sequence[int],
  workdir: str | os.PathLike | None = None,
  *,
  title: str = "",
) -> list[dict[str, Any]]:
  """Trains one network for each seed, all in one program; the label noise is the same.

  Args:
    task: from `prepare`; its own seed is not used.
    seeds: of the networks, each another.
    workdir: its subdirectories seed0, seed1, ... get what `run` would write for them; None
      writes nothing.
    title: stands before the progress.

  Returns:
    The summary of each, as `run` gives it; seconds are those of all together.

  Raises:
    OSError: if a workdir is taken or cannot be written to.
    FloatingPointError: when the loss of one is no longer finite.
  """
  workdirs = [] if workdir is None else [seed_workdir(workdir, seed) for seed in seeds]
  return _run(task, seeds, workdirs, title)


def seed_workdir(workdir: str | os.PathLike, seed: int) -> pathlib.Path:
  """Where `run_seeds` keeps the records of a seed.

  Args:
    workdir: as given to it.
    seed: of the network.

  Returns:
    A directory inside the workdir.
  """
  return pathlib.Path(workdir) / f"seed{seed}"


def _run(task, seeds, workdirs, title):
  start = time.perf_counter()
  tasks = [
    task._replace(config=dataclasses.replace(task.config, seed=seed)) for seed in seeds
  ]
  workdirs = [records.claim_workdir(*pair) for pair in zip(workdirs, tasks, strict=False)]
  histories: list[list[Epoch]] = [[] for _ in seeds]
  with progress(task.config.epochs, title) as show:
    for moment in train(task, seeds=seeds):
      if not moment.results:
        continue
      for history, result in zip(histories, moment.results, strict=True):
        history.append(result)
      for workdir, result in zip(workdirs, moment.results, strict=False):
        records.append_epoch(workdir, result._asdict())
      show(moment.results)
  seconds = time.perf_counter() - start
  summaries = [_summary(*pair, seconds) for pair in zip(tasks, histories, strict=True)]
  for workdir, summary in zip(workdirs, summaries, strict=False):
    records.finish(workdir, summary)
  return summaries


def _summary(task, results, seconds):
  last = results[-1]
  best = max(results, key=lambda result: result.test_accuracy)
  return {
    "test_accuracy": last.test_accuracy,
    "test_top5": last.test_top5,
    "best_test_accuracy": best.test_accuracy,
    "best_epoch": best.epoch,
    "train_accuracy": last.train_accuracy,
    "loss": last.loss,
    "memorised": last.memorised,
    "corrected": last.corrected,
    "logit_bias": task.logit_bias,
    "realised_noise_rate": task.train_labels.rate,
    "foreign_rate": None if task.foreign is None else float(task.foreign.mean()),
    "foreign_auroc": last.foreign_auroc,
    "num_classes": task.dataset.num_classes,
    "num_parameters": _num_parameters(task),
    "train_examples": len(task.dataset.train_labels),
    "test_examples": len(task.dataset.test_labels),
    "seconds": seconds,
  }


def _num_parameters(task):
  state = jax.eval_shape(lambda: initial_state(task, [task.config.seed]))
  return sum(leaf.size for leaf in jax.tree.leaves(state.params))

"""Workdirs as runs leave them, without the training."""

import pathlib
from collections.abc import Iterable
from typing import Any

import jax

from noisy_jax import data, runs, training
from noisy_jax.runs import content, records
from noisy_jax.runs.checkpoints import Checkpoints
from noisy_jax.runs.snapshots import Snapshot
from noisy_jax.training import train_step
from noisy_jax.training.loop import state_of_seed

CONFIG = training.TrainConfig(dataset="digits10", widths=(16,), epochs=9, batch_size=32)


def save(
  workdir: pathlib.Path,
  checkpoints: Iterable[tuple[int, tuple[int, int], float, float | None]],
  config: training.TrainConfig = CONFIG,
) -> train_step.State:
  """Makes an unfinished run of fresh weights, and gives the state with these.

  Of a checkpoint: the step, the epoch and the steps done of it, a factor for all weights,
  and the test accuracy.
  """
  dataset = data.digits(10, train_size=64, test_size=10)
  setup = runs.prepare(config, dataset=dataset, devices=jax.local_devices()[:1])
  state = state_of_seed(setup, 0)
  workdir.mkdir(exist_ok=True)
  records.begin(workdir, setup, content.of_setup(setup))
  with Checkpoints(workdir / "checkpoints") as writer:
    for number, (epoch, steps_done), factor, accuracy in checkpoints:
      changed = state._replace(params=scaled(state.params, factor))
      snapshot = Snapshot(epoch, steps_done, {}, None, changed)
      writer.save(number, snapshot, accuracy)
  return state


def scaled(tree: Any, factor: float) -> Any:
  """All leaves times the factor."""
  return jax.tree.map(lambda leaf: factor * leaf, tree)

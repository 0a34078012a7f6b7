"""The latest moment that the workdirs of several seeds share, to resume from."""

from collections.abc import Sequence

import jax
import numpy as np

from noisy_jax.runs import multihost
from noisy_jax.runs.files import REMEDY, ApartError
from noisy_jax.runs.run_directory import Store
from noisy_jax.runs.snapshots import Snapshot
from noisy_jax.training import metrics
from noisy_jax.training.loop import Moment, initial_state, no_totals
from noisy_jax.training.setup import Setup


def latest_moment(stores: Sequence[Store]) -> Moment | None:
  """The last moment that all stores have, with the states of all.

  Later checkpoints of single stores are removed, as the run will make them again. A kill
  while the stores save one moment explains a lead of up to one epoch; a store that is
  further ahead loses nothing, and the call fails. So it does where a finished run, which is
  to get more epochs, could not go on from its end.

  Args:
    stores: at least one store.

  Returns:
    `Moment`; None for the beginning of the training.

  Raises:
    ApartError: if a store would lose more than an epoch, or its end.
    OSError: if a checkpoint belongs to another network, or that of an end is missing.
  """
  is_new = not any(store.steps for store in stores)
  step, snapshots = _latest_snapshots(stores)
  _check_ends(stores)
  _check_loss(stores, step)
  for store in stores:
    store.remove_after(step)
  if snapshots:
    return _stacked(snapshots)
  if not is_new:
    print("no checkpoint is left to go on from; starting from the beginning", flush=True)
  return None


def on_all_processes(
  moment: Moment | None, setup: Setup, seeds: Sequence[int]
) -> Moment | None:
  """Sends the moment to resume from to all processes.

  Args:
    moment: the result of `latest_moment` on process 0; not used on the others.
    setup: the run.
    seeds: seeds of the networks.

  Returns:
    The moment.
  """
  if jax.process_count() == 1:
    return moment
  position = None if moment is None else (moment.epoch, moment.steps_done)
  position = multihost.called_by_first(lambda: position)
  if position is None:
    return None
  epoch, steps_done = position
  if moment is None:
    steps = _steps_of_epoch(setup) if steps_done else 0
    batch_size = setup.config.batch_size if steps_done else 0
    totals = jax.tree.map(
      lambda leaf: np.zeros((len(seeds), steps_done), leaf.dtype), no_totals(len(seeds))
    )
    indices = np.zeros((len(seeds), steps, batch_size), np.int32)
    moment = Moment(epoch, steps_done, totals, indices, initial_state(setup, seeds))
  totals, indices, state = multihost.arrays_of_first(
    (moment.totals, moment.indices, moment.state)
  )
  return Moment(epoch, steps_done, totals, indices, state)


def _latest_snapshots(stores) -> tuple[int, list[Snapshot]]:
  """The step of the last moment that all stores have undamaged, and their snapshots."""
  for step in sorted(set.intersection(*(set(s.steps) for s in stores)), reverse=True):
    restored = [store.restore(step) for store in stores]
    snapshots = [snapshot for snapshot in restored if snapshot is not None]
    if len(snapshots) == len(stores):
      return step, snapshots
  return 0, []


def _check_ends(stores):
  for store in stores:
    if max(store.steps, default=0) < _end(store):
      raise OSError(
        f"workdir: {store.workdir} ended after epoch {store.ended_after}, and has no "
        "checkpoint of that end to go on from; choose another workdir"
      )


def _end(store):
  """The last step of a finished run that is to get more epochs; 0 for other runs."""
  return (store.ended_after or 0) * _steps_of_epoch(store.setup)


def _check_loss(stores, step):
  last = [max(store.steps, default=0) for store in stores]
  is_too_much = max(last) - step > _steps_of_epoch(stores[0].setup)
  if is_too_much or max(map(_end, stores)) > step:
    ahead, behind = (stores[last.index(pick(last))].workdir for pick in (max, min))
    raise ApartError(
      f"workdir: {ahead} is at step {max(last)} and {behind} at step {min(last)}, together "
      f"they would go back to step {step}; {REMEDY}, or remove those to be trained again"
    )


def _steps_of_epoch(setup):
  return len(setup.train_labels.noisy) // setup.config.batch_size


def _stacked(snapshots):
  first, states = snapshots[0], [snapshot.state for snapshot in snapshots]
  state = jax.tree.map(lambda *leaves: np.stack(leaves), *states)
  if first.steps_done == 0:
    no_indices = np.zeros((len(snapshots), 0, 0), np.int32)
    return Moment(first.epoch, 0, no_totals(len(snapshots)), no_indices, state)
  totals = metrics.Totals(
    *(
      np.stack([snapshot.totals[name] for snapshot in snapshots])
      for name in metrics.Totals._fields
    )
  )
  indices = np.stack([snapshot.indices for snapshot in snapshots])
  return Moment(first.epoch, first.steps_done, totals, indices, state)

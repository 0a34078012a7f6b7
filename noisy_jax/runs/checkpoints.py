"""The checkpoints of a run on disk: the only file that imports orbax.

A checkpoint is one replica's state as host arrays, so that it restores onto any number of
devices. Its number counts the steps since the start of the training.
"""

import contextlib
import gc
import os
import pathlib
import time
from typing import Any

import jax
import numpy as np
from etils import epy

from noisy_jax.logs import errors_only, no_threads_of
from noisy_jax.runs import snapshots
from noisy_jax.runs.snapshots import Snapshot

# On first use: this takes as long as importing JAX, and help of commands needs neither.
with epy.lazy_imports():
  import orbax.checkpoint as ocp

_LATEST = 2
_ARRAYS, _POSITION = "arrays", "position"


class Checkpoints:
  """The checkpoints of a directory: the latest two, and the best.

  Saving goes on in the background; leaving the context waits for it.
  """

  def __init__(self, directory: str | os.PathLike, *, read_only: bool = False):
    """Opens a directory, and ignores unfinished checkpoints there.

    Args:
      directory: the directory, which is made if it does not exist, unless `read_only`.
      read_only: whether to change nothing, as another process may be writing there.

    Raises:
      OSError: if the directory cannot be made, or Orbax cannot read its content.
    """
    self._directory = pathlib.Path(directory).absolute()
    self._quiet = contextlib.ExitStack()
    try:
      if not read_only:
        self._directory.mkdir(parents=True, exist_ok=True)
      # Orbax warns when a directory is opened for reading only.
      with errors_only():
        self._manager = ocp.CheckpointManager(
          self._directory,
          item_handlers={
            _ARRAYS: ocp.StandardCheckpointHandler(),
            _POSITION: ocp.JsonCheckpointHandler(),
          },
          options=_read_options() if read_only else _write_options(),
        )
    except Exception as error:
      raise OSError(
        f"workdir: {self._directory} cannot be opened ({_cause(error)})"
      ) from error

  def __enter__(self) -> "Checkpoints":
    self._quiet.enter_context(no_threads_of("orbax"))
    return self

  def __exit__(self, kind, error, trace) -> None:
    with self._quiet:
      try:
        self._manager.close()
      except Exception as failure:
        # Another error that is on its way says enough.
        if error is None:
          raise OSError(self._failure(failure)) from failure
        _wait_for_threads()

  @property
  def steps(self) -> list[int]:
    """The steps that have checkpoints, rising."""
    return sorted(self._manager.all_steps())

  def save(self, step: int, snapshot: Snapshot, accuracy: float | None) -> None:
    """Starts to save a snapshot, unless this step already has a checkpoint.

    Args:
      step: number of steps since the start.
      snapshot: the snapshot.
      accuracy: accuracy that decides which checkpoint is the best; None in the middle
        of an epoch.

    Raises:
      OSError: if this snapshot or the one before cannot be written.
    """
    if step in self._manager.all_steps():
      return
    arrays, position = snapshots.stored(snapshot, accuracy)
    try:
      self._manager.save(
        step,
        args=ocp.args.Composite(
          **{
            _ARRAYS: ocp.args.StandardSave(arrays),
            _POSITION: ocp.args.JsonSave(position),
          }
        ),
        # The policy needs a number: this one is below every accuracy.
        metrics={"accuracy": -1.0 if accuracy is None else accuracy},
      )
    except Exception as error:
      raise OSError(self._failure(error)) from error

  def wait(self) -> None:
    """Waits until all snapshots are written.

    Raises:
      OSError: if one cannot be written.
    """
    try:
      self._manager.wait_until_finished()
    except Exception as error:
      raise OSError(self._failure(error)) from error

  def restore(self, step: int, template: Any, *, partial: bool = False) -> Snapshot:
    """Reads the checkpoint of a step.

    Args:
      step: one of `steps`.
      template: a state like the saved one; its arrays may be shapes.
      partial: whether the template may lack some of the arrays.

    Returns:
      `Snapshot`.

    Raises:
      OSError: if the checkpoint cannot be read, or has changed since it was written.
      ValueError: if its arrays do not fit the template.
    """
    arrays, position = self._read(step)
    return snapshots.restored(arrays, position, template, partial=partial)

  def arrays(self, step: int) -> dict[str, np.ndarray]:
    """All arrays of the checkpoint of a step, by name; raises as `restore`."""
    return self._read(step)[0]

  def _read(self, step):
    args = ocp.args.Composite(
      **{_ARRAYS: ocp.args.StandardRestore(), _POSITION: ocp.args.JsonRestore()}
    )
    try:
      items = self._manager.restore(step, args=args)
      arrays = {name: np.asarray(leaf) for name, leaf in items[_ARRAYS].items()}
      snapshots.check_position(items[_POSITION])
      snapshots.check_arrays(arrays, items[_POSITION])
    except Exception as error:
      _wait_for_threads()
      raise _damaged(step, error) from error
    return arrays, items[_POSITION]

  def best_step(self) -> int | None:
    """The step of the checkpoint with the highest accuracy, the latest of equals.

    Checkpoints from the middle of an epoch do not count; None if there are no others.

    Raises:
      OSError: if a checkpoint cannot be read.
    """
    accuracies = {}
    for step in self.steps:
      args = ocp.args.Composite(**{_POSITION: ocp.args.JsonRestore()})
      try:
        position = self._manager.restore(step, args=args)[_POSITION]
        snapshots.check_position(position)
        accuracy = position["accuracy"]
      except Exception as error:
        raise _damaged(step, error) from error
      if accuracy is not None:
        accuracies[step] = accuracy
    return max(accuracies, key=lambda step: (accuracies[step], step), default=None)

  def set_aside(self, step: int) -> pathlib.Path:
    """Moves a damaged checkpoint out of the way, and returns its new path."""
    place = self._directory.with_name(f"{self._directory.name}.damaged")
    place.mkdir(exist_ok=True)
    number = sum(1 for _ in place.glob(f"{step}*"))
    target = place / (f"{step}.{number}" if number else f"{step}")
    (self._directory / str(step)).rename(target)
    self._manager.reload()
    return target

  def remove_after(self, step: int) -> None:
    """Removes the checkpoints of later steps."""
    for later in self.steps:
      if later > step:
        self._manager.delete(later)

  def _failure(self, error):
    return f"workdir: a checkpoint cannot be written to {self._directory} ({_cause(error)})"


def _write_options():
  policies = ocp.checkpoint_managers
  keep = [
    policies.LatestN(_LATEST),
    policies.BestN(get_metric_fn=lambda metrics: metrics["accuracy"], n=1),
  ]
  return ocp.CheckpointManagerOptions(
    preservation_policy=policies.AnyPreservationPolicy(keep),
    # A killed run leaves such directories; no other run can own them, as we hold the lock.
    cleanup_tmp_directories=True,
    create=False,
    multiprocessing_options=_this_process_alone(),
  )


def _read_options():
  return ocp.CheckpointManagerOptions(
    read_only=True,
    create=False,
    cleanup_tmp_directories=False,
    save_interval_steps=0,
    multiprocessing_options=_this_process_alone(),
  )


def _this_process_alone():
  this = jax.process_index()
  return ocp.options.MultiprocessingOptions(primary_host=this, active_processes={this})


def _damaged(step, error):
  # A damaged checkpoint fails in many ways.
  return OSError(f"checkpoint {step} is damaged ({_cause(error)})")


def _cause(error):
  return str(error).strip().partition("\n")[0][:200]


def _wait_for_threads():
  """Waits for Orbax's other threads, which may fail after the one waited for."""
  for _ in range(5):
    time.sleep(0.2)
    gc.collect()

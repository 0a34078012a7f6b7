"""Moments of training on disk, to go on from: the only file that imports orbax.

A checkpoint is one replica's state as host arrays, so that it restores onto any number of
devices. Its number is that of the steps done since the start.
"""

import contextlib
import gc
import hashlib
import json
import logging as python_logging
import os
import pathlib
import sys
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import numpy as np
import orbax.checkpoint as ocp

from noisy_jax.logs import errors_only
from noisy_jax.training import named_arrays

_LATEST = 2
_ARRAYS, _POSITION = "arrays", "position"


class Snapshot(NamedTuple):
  """A moment in the training of one network.

  Attributes:
    epoch: the one at hand, counted from 1.
    steps_done: of it.
    totals: of each of these steps, by the names of `step.Totals`, [steps_done].
    indices: the examples of every step of the epoch, int32[steps, batch]; None where no
      step is done yet.
    state: of one replica, host arrays.
    metrics: digest of the records of the epochs before this one; empty where none are kept.
  """

  epoch: int
  steps_done: int
  totals: Mapping[str, np.ndarray]
  indices: np.ndarray | None
  state: Any
  metrics: str = ""


class Checkpoints:
  """The checkpoints of a directory: the latest two, and the best by test accuracy.

  Saving goes on in the background; leaving the context waits for it.
  """

  def __init__(self, directory: str | os.PathLike, *, read_only: bool = False):
    """Opens a directory; unfinished checkpoints are not seen.

    Args:
      directory: to be made if it does not exist, unless it is only read.
      read_only: whether another process may be writing there: nothing is changed then.

    Raises:
      OSError: if it cannot be made, or Orbax cannot read what lies there.
    """
    self._directory = pathlib.Path(directory).absolute()
    self._quiet = contextlib.ExitStack()
    try:
      if not read_only:
        self._directory.mkdir(parents=True, exist_ok=True)
      # Of a directory that is only read, Orbax warns.
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
    self._quiet.enter_context(_quiet_threads())
    return self

  def __exit__(self, kind, error, trace) -> None:
    with self._quiet:
      try:
        self._manager.close()
      except Exception as failure:
        # What could not be written is told once.
        if error is None:
          raise OSError(self._failure(failure)) from failure
        _wait_for_threads()

  @property
  def steps(self) -> list[int]:
    """The steps that there are checkpoints of, rising."""
    return sorted(self._manager.all_steps())

  def save(self, step: int, snapshot: Snapshot, test_accuracy: float | None) -> None:
    """Starts to save a snapshot, unless there is one of this step.

    Args:
      step: since the start.
      snapshot: to save.
      test_accuracy: by which the best is kept; None in the middle of an epoch.

    Raises:
      OSError: if this or the one before cannot be written.
    """
    if step in self._manager.all_steps():
      return
    progress = {} if snapshot.indices is None else {"indices": snapshot.indices}
    progress |= {f"totals.{name}": leaf for name, leaf in snapshot.totals.items()}
    # Orbax has no arrays of size 0: what is empty is left out.
    arrays = named_arrays.by_name({"state": snapshot.state}) | {
      name: leaf for name, leaf in progress.items() if leaf.size
    }
    position = {
      "epoch": snapshot.epoch,
      "steps_done": snapshot.steps_done,
      "test_accuracy": test_accuracy,
      "metrics": snapshot.metrics,
      "digest": named_arrays.digest(arrays),
    }
    position["position_digest"] = _position_digest(position)
    # Below all others: the policy wants a number.
    accuracy = -1.0 if test_accuracy is None else test_accuracy
    try:
      self._manager.save(
        step,
        args=ocp.args.Composite(
          **{
            _ARRAYS: ocp.args.StandardSave(arrays),
            _POSITION: ocp.args.JsonSave(position),
          }
        ),
        metrics={"test_accuracy": accuracy},
      )
    except Exception as error:
      raise OSError(self._failure(error)) from error

  def wait(self) -> None:
    """Waits until all is written.

    Raises:
      OSError: if it cannot be written.
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
      partial: whether the template may be without some of the arrays.

    Returns:
      `Snapshot`.

    Raises:
      OSError: if it cannot be read or is not what was written.
      ValueError: if it holds other arrays than the template.
    """
    arrays, position = self._read(step)
    indices = arrays.pop("indices", None)
    totals = {
      name.removeprefix("totals."): arrays.pop(name)
      for name in list(arrays)
      if name.startswith("totals.")
    }
    state = named_arrays.like({"state": template}, arrays, partial=partial)["state"]
    epoch, steps_done = position["epoch"], position["steps_done"]
    metrics = position.get("metrics", "")
    return Snapshot(epoch, steps_done, totals, indices, state, metrics)

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
      _check_position(items[_POSITION])
      intact = named_arrays.digest(arrays) == items[_POSITION]["digest"]
    except Exception as error:
      _wait_for_threads()
      raise _damaged(step, error) from error
    if not intact:
      raise OSError(f"checkpoint {step} is damaged (its digest differs)")
    return arrays, items[_POSITION]

  def best_step(self) -> int | None:
    """The step of the checkpoint with the highest test accuracy, the latest of several.

    Those from the middle of an epoch do not count; None if there is no other.

    Raises:
      OSError: if a checkpoint cannot be read.
    """
    accuracies = {}
    for step in self.steps:
      args = ocp.args.Composite(**{_POSITION: ocp.args.JsonRestore()})
      try:
        position = self._manager.restore(step, args=args)[_POSITION]
        _check_position(position)
        accuracy = position["test_accuracy"]
      except Exception as error:
        raise _damaged(step, error) from error
      if accuracy is not None:
        accuracies[step] = accuracy
    return max(accuracies, key=lambda step: (accuracies[step], step), default=None)

  def set_aside(self, step: int) -> pathlib.Path:
    """Moves a checkpoint out of the way, and returns where it went."""
    place = self._directory.with_name(f"{self._directory.name}.damaged")
    place.mkdir(exist_ok=True)
    number = sum(1 for _ in place.glob(f"{step}*"))
    target = place / (f"{step}.{number}" if number else f"{step}")
    (self._directory / str(step)).rename(target)
    self._manager.reload()
    return target

  def _failure(self, error):
    return f"workdir: a checkpoint cannot be written to {self._directory} ({_cause(error)})"


def _write_options():
  policies = ocp.checkpoint_managers
  keep = [
    policies.LatestN(_LATEST),
    policies.BestN(get_metric_fn=lambda metrics: metrics["test_accuracy"], n=1),
  ]
  return ocp.CheckpointManagerOptions(
    preservation_policy=policies.AnyPreservationPolicy(keep),
    # What a killed run has left; the workdir is locked.
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
  # What is damaged fails in many ways.
  return OSError(f"checkpoint {step} is damaged ({_cause(error)})")


def _cause(error):
  return str(error).strip().partition("\n")[0][:200]


@contextlib.contextmanager
def _quiet_threads():
  """Keeps Orbax's threads from printing, with tracebacks, what is raised here anyway."""
  logger = python_logging.getLogger("absl")
  hook = sys.unraisablehook
  sys.unraisablehook = lambda _: None
  logger.addFilter(_not_of_orbax)
  try:
    yield
  finally:
    logger.removeFilter(_not_of_orbax)
    sys.unraisablehook = hook


def _not_of_orbax(record):
  return "orbax" not in pathlib.Path(record.pathname).parts


def _wait_for_threads():
  """Those that have failed too are told so after the one that was waited for."""
  for _ in range(5):
    time.sleep(0.2)
    gc.collect()


def _check_position(position):
  """Refuses a position that is not what was written."""
  known = {"epoch", "steps_done", "test_accuracy", "digest"}
  # Both are missing in checkpoints of a first version.
  if position.keys() != known | {"metrics", "position_digest"}:
    if position.keys() != known:
      raise ValueError(f"it has the fields {', '.join(position)}")
  elif position["position_digest"] != _position_digest(position):
    raise ValueError("the digest of its position differs")


def _position_digest(position: Mapping[str, Any]) -> str:
  kept = {name: value for name, value in position.items() if name != "position_digest"}
  text = json.dumps(kept, sort_keys=True)
  return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

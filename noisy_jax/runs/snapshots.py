"""Snapshots of a training, and their form in a file: arrays by name, and a position.

The position is a JSON object with the epoch and the step. Its two digests, of the arrays
and of the position itself, show whether either has changed since.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from noisy_jax.runs import named_arrays

_INDICES, _TOTALS = "indices", "totals."


class Snapshot(NamedTuple):
  """The training of one network between two steps.

  Attributes:
    epoch: the current epoch, counted from 1.
    steps_done: number of finished steps of this epoch.
    totals: totals of each of these steps, by the names of `metrics.Totals`, [steps_done].
    indices: indices of the examples of every step of the epoch, int32[steps, batch]; None
      before its first step.
    state: state of one replica, host arrays.
    metrics: digest of the records of the epochs before this one; empty without records.
  """

  epoch: int
  steps_done: int
  totals: Mapping[str, np.ndarray]
  indices: np.ndarray | None
  state: Any
  metrics: str = ""


def stored(
  snapshot: Snapshot, accuracy: float | None
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
  """The form of a snapshot in a file.

  Args:
    snapshot: the snapshot.
    accuracy: accuracy at the end of an epoch; None in the middle of one.

  Returns:
    Arrays by name, and the position.
  """
  progress = {} if snapshot.indices is None else {_INDICES: snapshot.indices}
  progress |= {f"{_TOTALS}{name}": leaf for name, leaf in snapshot.totals.items()}
  # Orbax stores no arrays of size 0: they are left out.
  arrays = named_arrays.by_name({"state": snapshot.state}) | {
    name: leaf for name, leaf in progress.items() if leaf.size
  }
  position = {
    "epoch": snapshot.epoch,
    "steps_done": snapshot.steps_done,
    "accuracy": accuracy,
    "metrics": snapshot.metrics,
    "digest": named_arrays.digest(arrays),
  }
  return arrays, position | {"position_digest": _position_digest(position)}


def restored(
  arrays: Mapping[str, np.ndarray],
  position: Mapping[str, Any],
  template: Any,
  *,
  partial: bool = False,
) -> Snapshot:
  """Rebuilds a snapshot from its form in a file.

  Args:
    arrays: arrays by name.
    position: position of the same snapshot.
    template: a state like the stored one; its arrays may be shapes.
    partial: whether the template may lack some of the arrays.

  Returns:
    `Snapshot`.

  Raises:
    ValueError: if the arrays do not fit the template.
  """
  totals = {name: leaf for name, leaf in arrays.items() if name.startswith(_TOTALS)}
  of_state = {
    name: leaf for name, leaf in arrays.items() if name not in (_INDICES, *totals)
  }
  return Snapshot(
    epoch=position["epoch"],
    steps_done=position["steps_done"],
    totals={name.removeprefix(_TOTALS): leaf for name, leaf in totals.items()},
    indices=arrays.get(_INDICES),
    state=named_arrays.like({"state": template}, of_state, partial=partial)["state"],
    metrics=position["metrics"],
  )


def check_arrays(arrays: Mapping[str, np.ndarray], position: Mapping[str, Any]) -> None:
  """Raises ValueError if the arrays have changed since they were stored."""
  if named_arrays.digest(arrays) != position["digest"]:
    raise ValueError("its digest differs")


def check_position(position: Mapping[str, Any]) -> None:
  """Raises ValueError if a position has changed since it was stored."""
  known = {"epoch", "steps_done", "accuracy", "metrics", "digest", "position_digest"}
  if position.keys() != known:
    raise ValueError(f"it has the fields {', '.join(position)}")
  if position["position_digest"] != _position_digest(position):
    raise ValueError("the digest of its position differs")


def _position_digest(position):
  kept = {name: value for name, value in position.items() if name != "position_digest"}
  text = json.dumps(kept, sort_keys=True)
  return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

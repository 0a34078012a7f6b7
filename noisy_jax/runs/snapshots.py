"""Moments of training, and what is stored of one: arrays by name, and its position.

The position is a JSON object that tells which moment it is. A digest of the arrays and one
of the position itself tell whether either has changed since.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from noisy_jax.runs import named_arrays

_INDICES, _TOTALS = "indices", "totals."


class Snapshot(NamedTuple):
  """A moment in the training of one network.

  Attributes:
    epoch: the one at hand, counted from 1.
    steps_done: of it.
    totals: of each of these steps, by the names of `counting.Totals`, [steps_done].
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


def stored(
  snapshot: Snapshot, test_accuracy: float | None
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
  """What is written of a snapshot.

  Args:
    snapshot: to write.
    test_accuracy: of its epoch; None in the middle of one.

  Returns:
    Arrays by name, and the position.
  """
  progress = {} if snapshot.indices is None else {_INDICES: snapshot.indices}
  progress |= {f"{_TOTALS}{name}": leaf for name, leaf in snapshot.totals.items()}
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
  return arrays, position | {"position_digest": _position_digest(position)}


def restored(
  arrays: Mapping[str, np.ndarray],
  position: Mapping[str, Any],
  template: Any,
  *,
  partial: bool = False,
) -> Snapshot:
  """The snapshot that `stored` was given.

  Args:
    arrays: by name.
    position: of the same snapshot.
    template: a state like the stored one; its arrays may be shapes.
    partial: whether the template may be without some of the arrays.

  Returns:
    `Snapshot`.

  Raises:
    ValueError: if there are other arrays than in the template.
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
    metrics=position.get("metrics", ""),
  )


def check_arrays(arrays: Mapping[str, np.ndarray], position: Mapping[str, Any]) -> None:
  """Refuses, with a ValueError, arrays that are not those stored with the position."""
  if named_arrays.digest(arrays) != position["digest"]:
    raise ValueError("its digest differs")


def check_position(position: Mapping[str, Any]) -> None:
  """Refuses, with a ValueError, a position that is not what was stored."""
  known = {"epoch", "steps_done", "test_accuracy", "digest"}
  # Both are missing in checkpoints of a first version.
  if position.keys() != known | {"metrics", "position_digest"}:
    if position.keys() != known:
      raise ValueError(f"it has the fields {', '.join(position)}")
  elif position["position_digest"] != _position_digest(position):
    raise ValueError("the digest of its position differs")


def _position_digest(position):
  kept = {name: value for name, value in position.items() if name != "position_digest"}
  text = json.dumps(kept, sort_keys=True)
  return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

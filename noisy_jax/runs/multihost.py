"""Communication between several processes that train one network.

Process 0 alone writes, restores and prints, and sends its values to the others. With one
process everything here does nothing.
"""

import contextlib
import json
import signal
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils

from noisy_jax.runs.preemption import acknowledged, stop_requests

_KEPT = "the run stops after the steps at hand, which are saved"


def is_first() -> bool:
  """Whether this is process 0."""
  return jax.process_index() == 0


def arrays_of_first(tree: Any) -> Any:
  """Sends the arrays of process 0 to all processes.

  Args:
    tree: a tree of host arrays; on the other processes only its shapes and dtypes count.

  Returns:
    A tree of host arrays.
  """
  if jax.process_count() == 1:
    return tree
  return jax.tree.map(np.asarray, multihost_utils.broadcast_one_to_all(tree))


def called_by_first(function: Callable[[], Any]) -> Any:
  """Calls a function on process 0, and sends its value to all processes.

  Args:
    function: returns a value that JSON can hold.

  Returns:
    The value.

  Raises:
    OSError: on all processes, if the call raised one on process 0.
  """
  if jax.process_count() == 1:
    return function()
  outcome: dict[str, Any] = {}
  if is_first():
    try:
      outcome["value"] = function()
    except OSError as error:
      outcome["error"] = str(error)
  text = np.frombuffer(json.dumps(outcome).encode(), np.uint8)
  size = int(arrays_of_first(np.array(text.size)))
  text = text if is_first() else np.zeros(size, np.uint8)
  outcome = json.loads(arrays_of_first(text).tobytes())
  if "error" in outcome:
    raise OSError(outcome["error"])
  return outcome["value"]


@contextlib.contextmanager
def common_stop_requests() -> Iterator[Callable[[], signal.Signals | None]]:
  """`stop_requests` that reach all processes at the same call of the function.

  The process that gets a signal acknowledges it at once.

  Yields:
    A function that all processes must call equally often.
  """
  with acknowledged(_KEPT), stop_requests() as asked:
    if jax.process_count() == 1:
      yield asked
      return

    def asked_of_any():
      number = asked() or 0
      largest = int(multihost_utils.process_allgather(np.int32(number)).max())
      return signal.Signals(largest) if largest else None

    yield asked_of_any

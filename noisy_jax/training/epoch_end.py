"""Pure functions per device for the end of an epoch."""

import jax
import jax.numpy as jnp

from noisy_jax import methods
from noisy_jax.training.train_step import Best, State


def keep_best(state: State, accuracy: jax.Array, *, axis_name: str) -> State:
  """The state with its network as the best, if no epoch before has a higher accuracy.

  Args:
    state: equal on all devices, before and after; its `best` is not None.
    accuracy: validation accuracy of the network, float32.
    axis_name: name of the axis of devices; all do the same.

  Returns:
    `State`.
  """
  del axis_name
  assert state.best is not None
  is_best = accuracy >= state.best.accuracy
  new = Best(accuracy, state.variables)
  return state._replace(
    best=jax.tree.map(lambda a, b: jnp.where(is_best, a, b), new, state.best)
  )


def end_of_epoch(state: State, *, method: methods.Method, axis_name: str) -> State:
  """The state at the beginning of the next epoch.

  Args:
    state: equal on all devices, before and after.
    method: a method with an `end_of_epoch`.
    axis_name: name of the axis of devices; all do the same.

  Returns:
    `State`.
  """
  del axis_name
  assert method.end_of_epoch is not None
  return state._replace(method=method.end_of_epoch(state.method))

"""Targets over many classes: the largest entries, and the mean of the others."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax import checks
from noisy_jax.methods.method import Method, MethodState


class SparseTargets(NamedTuple):
  """Targets t, float[n, K], of which m entries are known, in 8 m + 4 bytes an example.

  Attributes:
    entries: the m largest entries, and what each other class has, float32[n, m + 1].
    classes: the classes of the first m, int32[n, m].
  """

  entries: Any
  classes: Any


def dense(targets: SparseTargets, num_classes: int) -> jax.Array:
  """The targets over all classes, float32[n, K]."""
  known, others = targets.entries[:, :-1], targets.entries[:, -1:]
  rows = np.arange(len(known))[:, None]
  every = jnp.broadcast_to(others, (len(known), num_classes))
  return every.at[rows, targets.classes].set(known)


def largest(targets: jax.Array, num_entries: int) -> SparseTargets:
  """The m largest entries of targets [n, K], and the mean of the K - m others, 0 of none.

  So a target's sum stays what it is.
  """
  known, classes = jax.lax.top_k(targets, num_entries)
  rows = np.arange(len(targets))[:, None]
  # The others are added up: a difference of sums would lose the digits of small ones.
  rest = targets.at[rows, classes].set(0).sum(-1, keepdims=True)
  others = rest / max(targets.shape[-1] - num_entries, 1)
  return SparseTargets(jnp.concatenate([known, others], axis=-1), classes)


def with_sparse_targets(method: Method, entries: int) -> Method:
  """A method that keeps the largest entries of its targets alone, from visit to visit.

  The loss and the move of a target, on its visit, are those of the method, on the target of
  which the last visit kept the largest entries and the mean of the others.

  Args:
    method: a method whose rows are targets, float32[n, K]. Its first targets, its scores
      and its verdicts must treat all classes but the label alike.
    entries: m, the number of entries to keep, all K if there are no more; 0 returns the
      method itself.

  Returns:
    `Method`, whose rows are `SparseTargets`.

  Raises:
    ValueError: if entries is not an integer from 0 up.
  """
  checks.whole_number("entries", entries, 0)
  if entries == 0:
    return method

  def init(labels, num_classes):
    labels = checks.check_labels(labels, num_classes)
    size = min(entries, num_classes)
    state = method.init(np.zeros_like(labels), size + 1)
    classes = (labels[:, None] + np.arange(size, dtype=np.int32)) % num_classes
    return state._replace(examples=SparseTargets(state.examples, jnp.asarray(classes)))

  def loss(shared, targets, outputs, labels):
    num_classes = outputs.shape[-1] - method.num_extra_outputs
    rows = dense(targets, num_classes)
    values, rows = method.loss(shared, rows, outputs, labels)
    return values, largest(rows, targets.classes.shape[-1])

  return method._replace(
    init=init,
    loss=loss,
    scores=method.scores and _of_known(method.scores),
    declared=method.declared and _of_known(method.declared),
  )


def _of_known(
  judge: Callable[[MethodState, ArrayLike], jax.Array],
) -> Callable[[MethodState, ArrayLike], jax.Array]:
  """Scores or verdicts as if of m + 1 classes: those that are known, and another one."""

  def judged(state, labels):
    entries, classes = state.examples
    # K is not known here.
    labels = checks.check_labels(labels, np.iinfo(np.int32).max)
    is_label = jnp.concatenate(
      [classes == labels[:, None], jnp.ones((len(labels), 1), bool)], axis=-1
    )
    return judge(state._replace(examples=entries), is_label.argmax(-1))

  return judged

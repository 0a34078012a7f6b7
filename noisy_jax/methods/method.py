"""The interface of a method: a loss with a memory, as a tuple of pure functions.

The training loop knows a method only by this interface. It passes the rows of a batch to
the loss and stores the new rows. It lets `adapt` change the shared state before a step and
`after_step` after it, calls `end_of_epoch`, fetches verdicts and learned numbers, and saves
the state with everything else. So a method names neither devices nor indices nor files.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax.losses import LabelMixture, Loss, with_soft_labels
from noisy_jax.noise import check_labels


class MethodState(NamedTuple):
  """The memory of a method.

  Attributes:
    shared: memory that all examples share, any tree of arrays; a step leaves it as it is,
      unless the method has `adapt` or `after_step`.
    examples: a tree of arrays with one row for each training example, [N, ...].
  """

  shared: Any = None
  examples: Any = None


class StepAtHand(NamedTuple):
  """A step before it is made, for a method that learns beside the network.

  Attributes:
    params: parameters of the network.
    batch_loss: function of (shared, params) to the mean loss of this device's batch.
    clean_loss: function of params to the mean cross-entropy of this device's clean
      examples, whose labels are right; only for a method with `num_clean`.
    step: function of the mean gradient over all devices to the params after the step.
    mean: function of a tree to its mean over all devices.
  """

  params: Any
  batch_loss: Callable[[Any, Any], jax.Array]
  clean_loss: Callable[[Any], jax.Array]
  step: Callable[[Any], Any]
  mean: Callable[[Any], Any]


class Method(NamedTuple):
  """A training method around a loss.

  Attributes:
    init: function of (labels, num_classes), the labels to train on int32[N] and K, that
      returns the `MethodState` before training.
    loss: function of (shared, rows, outputs, labels), with the rows of a batch [n, ...],
      outputs float[n, K + num_extra_outputs] and labels int32[n]. It returns the loss of
      each example, float[n], whose mean is differentiated, and the new rows. Where images
      have several labels, these are a `LabelMixture`; a method with rows refuses them.
    end_of_epoch: function from the state to the state of the next epoch; None to leave it
      as it is.
    scores: function of (state, labels) that returns the score of each training label,
      float[N], higher for cleaner, NaN if the method has no opinion yet, as in a warm-up;
      None if the method has no scores.
    declared: function of (state, labels) that returns the verdict on each label, float[N]:
      1 if it is declared wrong, 0 if not, NaN if there is no verdict yet; None if the
      method declares nothing.
    num_extra_outputs: number of outputs of the network beside its K logits.
    num_clean: number of examples to take out of training as clean examples.
    adapt: function of (shared, `StepAtHand`) that returns the shared state for the step;
      None to leave it as it is.
    after_step: function of (shared, rows, learning_rate), with the new rows of the global
      batch and the learning rate of the step, that returns the shared state after it; None
      to leave it as it is. Rows that only this takes, [n, ...] from `loss`, need no memory
      of each example: the state's `examples` are then None.
    learned: function from the state to numbers by name, for the records of each epoch; None
      without such numbers.
    takes_views: whether outputs may be [views, n, K], for a loss that compares several
      views of an image.
  """

  init: Callable[[ArrayLike, int], MethodState]
  loss: Callable[[Any, Any, jax.Array, jax.Array | LabelMixture], tuple[jax.Array, Any]]
  end_of_epoch: Callable[[MethodState], MethodState] | None = None
  scores: Callable[[MethodState, ArrayLike], jax.Array] | None = None
  declared: Callable[[MethodState, ArrayLike], jax.Array] | None = None
  num_extra_outputs: int = 0
  num_clean: int = 0
  adapt: Callable[[Any, StepAtHand], Any] | None = None
  after_step: Callable[[Any, Any, Any], Any] | None = None
  learned: Callable[[MethodState], dict[str, Any]] | None = None
  takes_views: bool = False

  @property
  def remembers_examples(self) -> bool:
    """Whether it has a memory of each example."""
    memory = jax.eval_shape(lambda: self.init(np.zeros(1, np.int32), 2))
    return bool(jax.tree.leaves(memory.examples))


def plain(loss: Loss) -> Method:
  """The loss by itself, without memory.

  Args:
    loss: function of (logits, labels), one value per example.

  Returns:
    `Method`.
  """
  return Method(
    init=lambda labels, num_classes: MethodState(),
    loss=lambda shared, rows, logits, labels: (of_labels(loss, logits, labels), rows),
    takes_views=True,
  )


def of_labels(loss: Loss, logits: jax.Array, labels: jax.Array | LabelMixture) -> jax.Array:
  """The loss of labels, or of a mixture of labels, [n]."""
  if isinstance(labels, LabelMixture):
    return with_soft_labels(loss)(logits, labels)
  return loss(logits, labels)


def of_label(rows: jax.Array, labels: ArrayLike) -> jax.Array:
  """Each row's entry at its label, [N], from rows [N, K] and labels int[N] in [0, K)."""
  labels = check_labels(labels, rows.shape[-1])
  return jnp.take_along_axis(rows, labels[:, None], axis=-1)[:, 0]

"""What a method is: a loss with a memory, as a tuple of pure functions.

The training loop knows nothing of a method but this. It hands the loss the rows of the
examples at hand and puts the new rows in their place; it lets `adapt` change what they
share before a step, calls `end_of_epoch`, asks for verdicts and for what was learned, and
saves the state with everything else. So a method names neither devices nor indices nor
files.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from noisy_jax.losses import Loss
from noisy_jax.noise import check_labels


class MethodState(NamedTuple):
  """What a method remembers.

  Attributes:
    shared: what all examples have in common, any tree of arrays; a step leaves it as it
      is, unless the method has `adapt`.
    examples: a tree of arrays with one row for each training example, [N, ...].
  """

  shared: Any = None
  examples: Any = None


class StepAtHand(NamedTuple):
  """What a method that learns beside the network may know of a step before it is made.

  Attributes:
    params: of the network.
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
  """A way to train that is more than a loss.

  Attributes:
    init: function of (labels, num_classes), the labels to train on int32[N] and K, to the
      `MethodState` before training.
    loss: function of (shared, rows, outputs, labels), with the rows of a batch [n, ...],
      outputs float[n, K + num_extra_outputs] and labels int32[n], to the loss of each
      example, float[n], and the new rows. The gradient is taken of the mean of the first.
      Outputs are [views, n, K] where the loss of `plain` compares several views.
    end_of_epoch: function of the state to that of the next epoch; None where an epoch's end
      changes nothing.
    scores: function of (state, labels) to how clean the label of each training example
      seems, float[N], higher for cleaner, and NaN for an example of which the method has
      no opinion yet, as in a warm-up; None where it never has one.
    declared: function of (state, labels) to the verdict on each label, float[N]: 1 where
      it is declared wrong, 0 where it is not, and NaN where it cannot be yet; None where
      the method declares nothing.
    num_extra_outputs: how many outputs the network has beside its K logits.
    num_clean: how many examples are taken out of training to serve with right labels.
    adapt: function of (shared, `StepAtHand`) to the shared state with which the step is
      made; None where a step leaves it as it is.
    learned: function of the state to numbers by name, which the records tell of each epoch;
      None where there are none.
  """

  init: Callable[[ArrayLike, int], MethodState]
  loss: Callable[[Any, Any, jax.Array, jax.Array], tuple[jax.Array, Any]]
  end_of_epoch: Callable[[MethodState], MethodState] | None = None
  scores: Callable[[MethodState, ArrayLike], jax.Array] | None = None
  declared: Callable[[MethodState, ArrayLike], jax.Array] | None = None
  num_extra_outputs: int = 0
  num_clean: int = 0
  adapt: Callable[[Any, StepAtHand], Any] | None = None
  learned: Callable[[MethodState], dict[str, Any]] | None = None


def plain(loss: Loss) -> Method:
  """The loss by itself, with nothing to remember.

  Args:
    loss: function of (logits, labels), one value per example.

  Returns:
    `Method`.
  """
  return Method(
    init=lambda labels, num_classes: MethodState(),
    loss=lambda shared, rows, logits, labels: (loss(logits, labels), rows),
  )


def of_label(rows: jax.Array, labels: ArrayLike) -> jax.Array:
  """The entry at its label of each row, [N], of rows [N, K] and labels int[N] in [0, K)."""
  labels = check_labels(labels, rows.shape[-1])
  return jnp.take_along_axis(rows, labels[:, None], axis=-1)[:, 0]

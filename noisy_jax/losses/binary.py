"""Losses of one logit, for yes-or-no labels."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax.losses.guard import guard, one_per_example, shape_of
from noisy_jax.losses.primitives import Loss


def with_binary_labels(loss: Loss) -> Loss:
  """The loss of one logit and a label of 0 or 1, from any loss of two classes.

  L(z, y) = loss((0, z), y): class 1 has the probability sigmoid(z). An example with several
  labels has a logit and a value for each label; take their mean or sum yourself.

  Args:
    loss: function of (logits, labels), one value per example.

  Returns:
    A function of logits, float[...], and labels, integers or booleans [...], which returns
    one value for each logit, float32[...] (float64 for float64 logits); NaN, with gradient
    0, where a label is neither 0 nor 1. Equal losses give equal functions, so that jit
    compiles one once. It raises a TypeError if logits are not floats or labels not integers
    or booleans, and a ValueError if their shapes differ, or the loss does not give one
    value per example.

  Example:
    >>> from noisy_jax import losses
    >>> binary_gce = losses.with_binary_labels(losses.gce)
    >>> [f"{value:.3f}" for value in binary_gce([2.0, -1.0], [True, False])]
    ['0.121', '0.281']
  """
  return BinaryLoss(loss)


@dataclasses.dataclass(frozen=True)
class BinaryLoss:
  """A loss of one logit, from `with_binary_labels`.

  Attributes:
    loss: the loss of two classes.
  """

  loss: Loss

  def __call__(self, logits: ArrayLike, labels: ArrayLike) -> jax.Array:
    logits = jnp.asarray(logits)
    labels = labels if isinstance(labels, jax.Array) else np.asarray(labels)
    if logits.shape != labels.shape:
      raise ValueError(
        f"labels: {shape_of(labels)}, must have the shape of logits, {shape_of(logits)}"
      )
    labels = labels.astype(np.int32) if labels.dtype == bool else labels
    pairs = jnp.stack([jnp.zeros_like(logits), logits], axis=-1)
    # A loss of the user may take the label -1 for the last class.
    return guard()(self._of_classes)(pairs, labels)

  def _of_classes(self, pairs, labels):
    return one_per_example(self.loss(pairs, labels), labels.shape)

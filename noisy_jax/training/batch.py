"""Examples on the device, which steps and passes pick by index, one row a step."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from noisy_jax.data import LabeledExamples
from noisy_jax.losses import LabelMixture
from noisy_jax.training.metrics import Array


class Examples(NamedTuple):
  """A data set on the device, or the part of it that a step needs.

  Attributes:
    images: uint8 in [0, 255] or float32 in [0, 1], [n, height, width, channels]; or
      features, float32[n, d].
    labels: class ids, int32[n].
    mean: mean of each channel, float32[channels], to standardise images with.
    std: standard deviation of each channel, float32[channels].
    clean: more images with right labels; None where the method needs none.
    weights: weights of the examples in the loss, float32[n]; None where all are 1.
    votes: labels of several people, int32[n, people], to train on in place of `labels`;
      None with one label each.
    set_indices: indices of these examples in the set, int32[n], which are their rows in the
      memory of a method; None where the whole set is here.
  """

  images: Array
  labels: Array
  mean: Array
  std: Array
  clean: LabeledExamples | None = None
  weights: Array | None = None
  votes: Array | None = None
  set_indices: Array | None = None

  def targets(self, indices: jax.Array) -> jax.Array | LabelMixture:
    """What to train on: the labels of these examples, or their votes with equal weights."""
    if self.votes is None:
      return jnp.asarray(self.labels[indices])
    votes = jnp.asarray(self.votes[indices])
    return LabelMixture(votes, jnp.full(votes.shape, 1 / votes.shape[-1]))

  def in_set(self, indices: jax.Array) -> jax.Array:
    """The indices in the set of the examples with these indices here."""
    return indices if self.set_indices is None else jnp.asarray(self.set_indices[indices])


def standardize(images: Array, mean: Array, std: Array) -> jax.Array:
  """(images - mean) / std per channel or feature, in float32, where white is 1."""
  if images.dtype == jnp.uint8:
    images = jnp.float32(images) / 255
  shape = (1,) * (images.ndim - 1) + (-1,)
  return jnp.divide(images - mean.reshape(shape), std.reshape(shape))


def scan(function: Callable, carry: Any, rows: Any) -> tuple[Any, Any]:
  """`jax.lax.scan`, without the loop for a single row: XLA's CPU is slow inside loops."""
  if len(jax.tree.leaves(rows)[0]) > 1:
    return jax.lax.scan(function, carry, rows)
  carry, result = function(carry, jax.tree.map(lambda leaf: leaf[0], rows))
  return carry, jax.tree.map(lambda leaf: leaf[None], result)

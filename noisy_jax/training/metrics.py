"""Sums over examples: of their losses, and of how many a network is right about."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

Array = jax.Array | np.ndarray


class Totals(NamedTuple):
  """Sums over examples: averages from them are exact for batches of any size.

  Attributes:
    loss: of the examples, float32.
    correct: how many have their label as the likeliest class, float32.
    correct_top5: how many have it among the five likeliest, float32.
    num_examples: how many there are, float32.
  """

  loss: Array
  correct: Array
  correct_top5: Array
  num_examples: Array


def totals_of(
  values: jax.Array, logits: jax.Array, labels: jax.Array, counts: ArrayLike = True
) -> Totals:
  """The totals of some examples.

  Args:
    values: of the loss, float32[n].
    logits: float32[n, K].
    labels: class ids, int32[n].
    counts: which of them count, bool[n].

  Returns:
    `Totals`, scalars.
  """
  ranks = label_ranks(logits, labels)
  counts = jnp.broadcast_to(counts, labels.shape)
  return Totals(
    jnp.where(counts, values, 0).sum(),
    jnp.float32(counts & (ranks == 0)).sum(),
    jnp.float32(counts & (ranks < 5)).sum(),
    jnp.float32(counts).sum(),
  )


def label_ranks(logits: jax.Array, labels: jax.Array) -> jax.Array:
  """How many classes come before the label, int32[n]: of equal ones those of lower number.

  The first is that of argmax, which is slow on XLA's CPU. What is no number comes before
  all.
  """
  label_logits = jnp.take_along_axis(logits, labels[:, None], -1)
  is_lower = jnp.arange(logits.shape[-1])[None] < labels[:, None]
  is_before = ~(logits <= label_logits) | ((logits == label_logits) & is_lower)
  return is_before.sum(-1, dtype=jnp.int32)

"""Sums over examples, of their losses and of right predictions."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax.losses import LabelMixture

Array = jax.Array | np.ndarray


class Totals(NamedTuple):
  """Sums over examples, from which averages are exact for batches of any size.

  Attributes:
    loss: sum of the losses, float32.
    correct: number of examples whose label is the likeliest class, float32; each label of
      a mixture counts by its weight.
    correct_top5: number of examples whose label is among the five likeliest, in the same
      way, float32.
    num_examples: number of examples, float32.
  """

  loss: Array
  correct: Array
  correct_top5: Array
  num_examples: Array


def totals_of(
  values: jax.Array,
  logits: jax.Array,
  labels: jax.Array | LabelMixture,
  counts: ArrayLike = True,
) -> Totals:
  """The totals of some examples.

  Args:
    values: losses, float32[n].
    logits: float32[n, K].
    labels: class ids, int32[n], or a mixture of labels with weights float32[n, M].
    counts: which examples count, bool[n].

  Returns:
    `Totals`, scalars.
  """
  counts = jnp.broadcast_to(counts, values.shape)
  if isinstance(labels, LabelMixture):
    ranks = jax.vmap(label_ranks, (None, -1), -1)(logits, jnp.asarray(labels.labels))
    shares = jnp.where(counts[:, None], labels.weights, 0)
  else:
    ranks, shares = label_ranks(logits, labels), jnp.float32(counts)
  return Totals(
    jnp.where(counts, values, 0).sum(),
    jnp.where(ranks == 0, shares, 0).sum(),
    jnp.where(ranks < 5, shares, 0).sum(),
    jnp.float32(counts).sum(),
  )


def label_ranks(logits: jax.Array, labels: jax.Array) -> jax.Array:
  """Rank of the label among the logits, int32[n], where 0 is the top.

  Ties go to the lower class id; NaN ranks first. So rank 0 is the class of argmax, which
  is slow on XLA's CPU.
  """
  label_logits = jnp.take_along_axis(logits, labels[:, None], -1)
  is_lower = jnp.arange(logits.shape[-1])[None] < labels[:, None]
  is_before = ~(logits <= label_logits) | ((logits == label_logits) & is_lower)
  return is_before.sum(-1, dtype=jnp.int32)

"""Targets that begin as the given labels and move towards what the network predicts."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from noisy_jax import losses
from noisy_jax.losses import Loss
from noisy_jax.methods.method import of_label
from noisy_jax.noise import check_labels

# Least probability in a target, so that a moved target is never one-hot again.
_TINY = 1e-30


def first_targets(labels: ArrayLike, num_classes: int) -> jax.Array:
  """The targets before training: one-hot vectors, float32[N, K]."""
  return jax.nn.one_hot(check_labels(labels, num_classes), num_classes)


def next_targets(targets: jax.Array, log_p: jax.Array, memory: float) -> jax.Array:
  """memory t + (1 - memory) p, constant to the gradient, from t and log p, [n, K]."""
  p = jax.lax.stop_gradient(jnp.maximum(jnp.exp(log_p), _TINY))
  return memory * targets + (1 - memory) * p


def mean_loss(loss: Loss, logits: jax.Array, targets: jax.Array) -> jax.Array:
  """sum_j t_j L(z, j), float[n], of logits z and targets t of any sum, [n, K]."""
  sums = targets.sum(-1)
  return sums * losses.with_soft_labels(loss)(logits, targets / sums[:, None])


def scores(targets: jax.Array, labels: ArrayLike) -> jax.Array:
  """Each target's entry at its label, float[N], NaN where the target has not moved."""
  has_moved = (targets > 0).sum(-1) > 1
  return jnp.where(has_moved, of_label(targets, labels), jnp.nan)


def verdicts(targets: jax.Array, labels: ArrayLike, least: jax.Array) -> jax.Array:
  """Whether another class than the label is the target's likeliest, float[N].

  Args:
    targets: float32[N, K].
    labels: int32[N].
    least: the least that the labels' entries can be after as many moves.

  Returns:
    1 if so, 0 if not, NaN where the target has not moved, or not often enough for another
    class to be the likeliest.
  """
  is_judged = (least <= 0.5) & ~jnp.isnan(scores(targets, labels))
  labels = check_labels(labels, targets.shape[-1])
  return jnp.where(is_judged, targets.argmax(-1) != labels, jnp.nan)

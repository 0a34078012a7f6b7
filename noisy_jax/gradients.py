"""Gradients of a loss with respect to each logit: the reference for every closed form."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from noisy_jax.losses.guard import as_logits_and_labels
from noisy_jax.losses.primitives import Loss


def per_logit_gradient(loss: Loss, logits: ArrayLike, labels: ArrayLike) -> jax.Array:
  """dL/dz_j of every example by itself, by vmap of grad.

  Args:
    loss: function of (logits, labels), one value per example; hashable. A new function
      object is compiled anew, equal expressions and biased losses are not.
    logits: float[..., K].
    labels: class ids in [0, K), int[...].

  Returns:
    float32[..., K] (float64 for float64 logits): the derivative of each example's loss
    with respect to each of its logits; 0 for a label outside [0, K).

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit.

  Example:
    >>> from noisy_jax import losses, per_logit_gradient
    >>> per_logit_gradient(losses.ce, [[0.0, 0.0]], [1]).tolist()
    [[0.5, -0.5]]
  """
  return _per_logit_gradient(loss, *as_logits_and_labels(logits, labels))


@functools.partial(jax.jit, static_argnums=0)
def _per_logit_gradient(loss, logits, labels):
  gradient = jax.grad(loss)
  for _ in range(labels.ndim):
    gradient = jax.vmap(gradient)
  # A loss of the user may take the label -1 for the last class.
  return jnp.where(labels[..., None] < 0, 0, gradient(logits, labels))

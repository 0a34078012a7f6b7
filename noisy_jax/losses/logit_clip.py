"""Logit clipping: an upper bound on the norm of the logits, which bounds the loss."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax import checks
from noisy_jax.losses.guard import as_logits_and_labels, check_shape
from noisy_jax.losses.primitives import Loss


def clip_logits(logits: ArrayLike, tau: ArrayLike) -> jax.Array:
  """Scales logits with a larger Euclidean norm down to the norm tau.

  z min(1, tau / ||z||), with z = logits. For training only.

  Args:
    logits: unnormalised scores, finite, float[..., K].
    tau: the largest norm, a positive scalar.

  Returns:
    Logits of the same shape, float32 (float64 for float64 logits).

  Raises:
    TypeError: if logits are not floats.
    ValueError: if logits have no class, or tau is not a scalar or not positive.

  Source: Wei, Zhuang, Xie, Feng, Niu, An and Li, "Mitigating Memorization of Noisy Labels
    by Clipping the Model Prediction", ICML 2023 (LogitClip).
  """
  tau = _checked(tau)
  logits, _ = as_logits_and_labels(logits, np.zeros(jnp.shape(logits)[:-1], int))
  norm = _norm(logits)
  # True for NaN, the norm of logits that are not finite: their scaled logits are NaN too.
  is_long = ~(norm <= tau)
  # One factor for each row: the scaled logits need not be stored.
  return logits * jnp.where(is_long, tau / jnp.where(is_long, norm, 1), 1)


@jax.custom_jvp
def _norm(logits):
  """||z||, [..., 1], from squares that stay in the range of floats."""
  size = jnp.max(jnp.abs(logits), axis=-1, keepdims=True)
  squares = (logits / jnp.where(size > 0, size, 1)) ** 2
  return size * jnp.sqrt(jnp.sum(squares, axis=-1, keepdims=True))


@_norm.defjvp
def _norm_jvp(primals, tangents):
  (logits,), (logits_dot,) = primals, tangents
  norm = _norm(logits)
  direction = logits / jnp.where(norm > 0, norm, 1)
  return norm, jnp.sum(direction * logits_dot, axis=-1, keepdims=True)


def with_logit_clip(loss: Loss, tau: ArrayLike) -> Loss:
  """A loss of clipped logits: L(z min(1, tau / ||z||), k).

  No two clipped logits are further apart than sqrt(2) tau, so that the loss is bounded.
  For cross-entropy (our own derivation)

    log(1 + (K - 1) exp(-tau sqrt(K / (K - 1)))) <= L <= log(1 + (K - 1) exp(sqrt(2) tau)).

  At K = 100 and tau = 0.5 the lower bound is 4.1. Adding a constant to all logits changes a
  loss of clipped logits. The published code clips norms above tau to the norm 1/tau, and
  the code of eps-softmax clips norms above 1/tau to tau: their values of tau, other than 1,
  are for these rules.

  Args:
    loss: function of (logits, labels).
    tau: the largest norm, a positive scalar.

  Returns:
    A function of (logits, labels) with the shapes of `loss`. Equal losses with the same tau
    give equal functions, so that jit compiles one once.

  Raises:
    ValueError: if tau is not a scalar, or is a number that is not positive.

  Source: Wei et al., ICML 2023.
  """
  tau = _checked(tau)
  # An array cannot be hashed, and a traced one has no value yet.
  is_traced = isinstance(tau, jax.core.Tracer)
  return ClippedLoss(loss, tau if is_traced else np.asarray(tau).item())


@dataclasses.dataclass(frozen=True)
class ClippedLoss:
  """A loss of clipped logits, from `with_logit_clip`.

  Attributes:
    loss: the loss without clipping.
    tau: the largest norm.
  """

  loss: Loss
  tau: ArrayLike

  def __call__(self, logits: ArrayLike, labels: ArrayLike) -> jax.Array:
    return self.loss(clip_logits(logits, self.tau), labels)


def _checked(tau):
  check_shape("tau", tau)
  return checks.number("tau", tau, "(0, inf)")

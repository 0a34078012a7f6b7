"""Logit clipping: a largest norm for the logits, which bounds any loss of them."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax import checks
from noisy_jax.losses.guard import as_logits_and_labels, check_shape
from noisy_jax.losses.primitives import Loss


def clip_logits(logits: ArrayLike, tau: ArrayLike) -> jax.Array:
  """Scales logits down to a Euclidean norm of tau, where theirs is larger.

  z min(1, tau / ||z||), with z = logits. For training only.

  Args:
    logits: unnormalised scores, finite, float[..., K].
    tau: the largest norm, a positive scalar.

  Returns:
    Logits of the same shape, float32 (float64 for float64 logits).

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or tau is no scalar, or a number that is not positive.

  Source: Wei, Zhuang, Xie, Feng, Niu, An and Li, "Mitigating Memorization of Noisy Labels
    by Clipping the Model Prediction", ICML 2023 (LogitClip).
  """
  tau = _checked(tau)
  logits, _ = as_logits_and_labels(logits, np.zeros(jnp.shape(logits)[:-1], int))
  norm = _norm(logits)
  # True of NaN, the norm of logits that are not finite: so is what comes of them.
  is_long = ~(norm <= tau)
  # A factor a row: the scaled logits need not be stored.
  return logits * jnp.where(is_long, tau / jnp.where(is_long, norm, 1), 1)


@jax.custom_jvp
def _norm(logits):
  """||z||, [..., 1], whose squares stay in the range of floats."""
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
  """`loss` on logits whose norm is at most tau.

  L(z min(1, tau / ||z||), k). No two logits are then further apart than sqrt(2) tau, so
  that a loss is bounded, and cross-entropy by the values below from both sides:

    log(1 + (K - 1) exp(-tau sqrt(K / (K - 1)))) <= L <= log(1 + (K - 1) exp(sqrt(2) tau))

  (our own derivation). At K = 100 and tau = 0.5 the least is 4.1. Adding a constant to all
  logits changes such a loss. The published code clips where the norm is above tau, but to
  the norm 1/tau; in that of eps-softmax it is the other way round. Their values of tau,
  other than 1, are for that.

  Args:
    loss: any function of (logits, labels).
    tau: the largest norm, a positive scalar.

  Returns:
    A function of (logits, labels) with the shapes of `loss`. It equals any other of an
    equal loss and the same tau, so that jit compiles it once.

  Raises:
    ValueError: if tau is no scalar, or a number that is not positive.

  Source: Wei et al., ICML 2023.
  """
  tau = _checked(tau)
  # Arrays cannot be hashed; a traced one has no value yet.
  return ClippedLoss(
    loss, tau if isinstance(tau, jax.core.Tracer) else np.asarray(tau).item()
  )


@dataclasses.dataclass(frozen=True)
class ClippedLoss:
  """What `with_logit_clip` returns.

  Attributes:
    loss: the loss of logits of any norm.
    tau: the largest norm.
  """

  loss: Loss
  tau: ArrayLike

  def __call__(self, logits: ArrayLike, labels: ArrayLike) -> jax.Array:
    return self.loss(clip_logits(logits, self.tau), labels)


def _checked(tau):
  check_shape("tau", tau)
  return checks.number("tau", tau, "(0, inf)")

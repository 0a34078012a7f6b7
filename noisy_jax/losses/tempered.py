"""The bi-tempered logistic loss: a softmax with heavy tails under a bounded logarithm."""

import functools

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero
from jax.typing import ArrayLike

from noisy_jax.losses.primitives import (
  Hyperparameter,
  as_logits_and_labels,
  check_interval,
  tempered_log,
)

# Newton's steps converge quadratically; this many are for hostile logits only.
_MAX_STEPS = 50


def bi_tempered(
  logits: ArrayLike,
  labels: ArrayLike,
  *,
  t1: Hyperparameter = 0.8,
  t2: Hyperparameter = 1.2,
) -> jax.Array:
  """Bi-tempered logistic loss.

  L = -log_t1 p_k - (1 - sum_j p_j^(2 - t1)) / (2 - t1), with k = labels and the tempered
  softmax p_j = exp_t2(z_j - lambda), z = logits, lambda such that sum_j p_j = 1;
  here log_t(x) = (x^(1 - t) - 1) / (1 - t) and exp_t is its inverse, 0 where it has none.
  Bounded for t1 < 1; t2 > 1 gives the softmax a heavy tail, t2 < 1 a finite support.
  t1 = t2 = 1 is `cross_entropy`. Values are precise to 1e-6.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; checked where data enter, not under jit.
    t1: in [0, 2), the logarithm's temperature. The default pair 0.8, 1.2 is our choice, of
      the order that is usual; we could not verify one published for it.
    t2: positive, the softmax's temperature.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), at least 0 and, for
    t1 < 1, at most 1 / (1 - t1); NaN for a label outside [0, K).

  Raises:
    AssertionError: on shapes or kinds that do not fit.
    ValueError: if t1 or t2 is a number out of range; arrays are not looked at.

  Source: Amid, Warmuth, Anil and Koren, "Robust Bi-Tempered Logistic Loss Based on Bregman
    Divergences", NeurIPS 2019.
  """
  check_interval("t1", t1, "[0, 2)")
  check_interval("t2", t2, "(0, inf)")
  logits, labels = as_logits_and_labels(logits, labels)
  t1, t2 = jnp.asarray(t1, logits.dtype), jnp.asarray(t2, logits.dtype)
  return _bi_tempered(logits, labels, t1, t2)


@jax.custom_jvp
def _bi_tempered(logits, labels, t1, t2):
  log_p, _ = _tempered_log_softmax(logits, t2)
  return _value(log_p, labels, t1)


def _value(log_p, labels, t1):
  is_label = jax.nn.one_hot(labels, log_p.shape[-1], dtype=bool)
  label_log_p = jnp.sum(jnp.where(is_label, log_p, 0), axis=-1)
  # (p^(2 - t1) - p) / (2 - t1) = p (1 - t1) / (2 - t1) log_t1 p, and sum_j p_j = 1.
  excess = jnp.sum(jnp.exp((2 - t1) * log_p) - jnp.exp(log_p), axis=-1)
  value = -tempered_log(label_log_p, 1 - t1) + excess / (2 - t1)
  in_range = (labels >= 0) & (labels < log_p.shape[-1])
  return jnp.where(in_range, value, jnp.nan)


@functools.partial(_bi_tempered.defjvp, symbolic_zeros=True)
def _bi_tempered_jvp(primals, tangents):
  logits, labels, t1, t2 = primals
  logits_dot, _, t1_dot, t2_dot = tangents
  log_p, log_u = _tempered_log_softmax(logits, t2)
  value = _value(log_p, labels, t1)
  tangent = jnp.zeros_like(value)
  if not isinstance(logits_dot, SymbolicZero):
    gradient = _gradient(log_p, log_u, labels, t1, t2)
    tangent += jnp.sum(gradient * logits_dot, axis=-1)
  if not isinstance(t1_dot, SymbolicZero):
    _, change = jax.jvp(lambda t1: _value(log_p, labels, t1), (t1,), (t1_dot,))
    tangent += change
  if not isinstance(t2_dot, SymbolicZero):

    def value_at(t2):
      return _value(_tempered_log_softmax(logits, t2)[0], labels, t1)

    _, change = jax.jvp(value_at, (t2,), (t2_dot,))
    tangent += change
  return value, tangent


def _gradient(log_p, log_u, labels, t1, t2):
  """d - s sum_j d_j, with d = (p - e_k) p^(t2 - t1) and s = p^t2 / sum_j p_j^t2."""
  is_label = jax.nn.one_hot(labels, log_p.shape[-1], dtype=bool)
  p, outside = jnp.exp(log_p), jnp.isneginf(log_p)
  # 1 - p_k as the sum of the others: p_k may round to 1.
  wrong = jnp.sum(jnp.where(is_label, 0, p), axis=-1, keepdims=True)
  power = jnp.exp(jnp.where(outside, 0, (t2 - t1) * log_p))
  pull = jnp.where(outside, 0, jnp.where(is_label, -wrong, p) * power)
  escort = jnp.where(outside, 0, jnp.exp(jnp.where(outside, 0, log_p - log_u)))
  escort = escort / jnp.sum(escort, axis=-1, keepdims=True)
  gradient = pull - escort * jnp.sum(pull, axis=-1, keepdims=True)
  in_range = (labels >= 0) & (labels < log_p.shape[-1])
  return jnp.where(in_range[..., None], gradient, jnp.nan)


def _tempered_log_softmax(logits, t):
  """log p and log u: p = u^(1 / (1 - t)), u = 1 + (1 - t)(z - lambda)."""
  shifted = logits - lax.stop_gradient(jnp.max(logits, axis=-1, keepdims=True))
  return _log_exp_t(shifted - _normaliser(shifted, t)[..., None], t)


def _log_exp_t(x, t):
  """log exp_t(x), and log of u = 1 + (1 - t) x; -inf where u <= 0."""
  # At 1e-17 the quotient is x to the last bit: the limit t -> 1, where exp_t is exp. The
  # square, in second derivatives, must not underflow.
  slope = jnp.where(t == 1, 1e-17, 1 - t)
  inside = slope * x > -1
  log_u = jnp.log1p(jnp.where(inside, slope * x, 0))
  return jnp.where(inside, log_u / slope, -jnp.inf), jnp.where(inside, log_u, 0)


@jax.custom_jvp
def _normaliser(shifted, t):
  """lambda >= 0 such that sum_j exp_t(shifted_j - lambda) = 1, for a largest entry of 0.

  Newton's method on Z^(1 - t) = 1, where Z is the sum. The left side is a power mean of
  the affine u_j: concave and rising for t > 1, convex and falling for t < 1, so the steps
  from lambda = 0 rise to the root without passing it. One is exact for equal logits.
  """

  def step(state):
    offset, _, count = state
    log_p, log_u = _log_exp_t(shifted - offset[..., None], t)
    total = jnp.sum(jnp.exp(log_p), axis=-1)
    escort = jnp.sum(jnp.exp(log_p - log_u), axis=-1)
    # (Z^t - Z) / ((t - 1) sum_j p_j^t)
    move = total * tempered_log(jnp.log(total), t - 1) / escort
    return offset + move, jnp.max(jnp.abs(move) / (1 + offset), initial=0.0), count + 1

  def going_on(state):
    _, largest, count = state
    return (largest > 4 * jnp.finfo(shifted.dtype).eps) & (count < _MAX_STEPS)

  start = jnp.zeros_like(shifted[..., 0])
  first = (start, jnp.array(jnp.inf, shifted.dtype), 0)
  return lax.while_loop(going_on, step, first)[0]


@_normaliser.defjvp
def _normaliser_jvp(primals, tangents):
  shifted, t = primals
  offset = _normaliser(shifted, t)
  x = shifted - offset[..., None]
  log_p, log_u = _log_exp_t(x, t)
  escort = jnp.exp(log_p - log_u)
  # sum_j exp_t(x_j) = 1 stays: lambda moves by the mean of x's tangents under the escort.
  _, p_dot = jax.jvp(
    lambda shifted, t: jnp.exp(_log_exp_t(shifted - offset[..., None], t)[0]),
    primals,
    tangents,
  )
  return offset, jnp.sum(p_dot, axis=-1) / jnp.sum(escort, axis=-1)

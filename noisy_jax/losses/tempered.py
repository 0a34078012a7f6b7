"""The bi-tempered logistic loss: a softmax with heavy tails under a bounded logarithm."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.custom_derivatives import SymbolicZero
from jax.typing import ArrayLike

from noisy_jax import checks
from noisy_jax.losses.guard import as_logits_and_labels, check_shape, guard
from noisy_jax.losses.primitives import (
  Hyperparameter,
  label_logits,
  label_mask,
  tempered_log,
)

# Logits with a standard deviation of 1 to 30 took three to five steps.
_MAX_STEPS = 50
# log p of a class outside the support, finite so that products with it are not NaN.
_LOG_ZERO = -1e30


@guard(t1="[0, 2)", t2="(0, 10]")
def bi_tempered(
  logits: jax.Array,
  labels: jax.Array,
  *,
  t1: Hyperparameter = 0.8,
  t2: Hyperparameter = 1.2,
) -> jax.Array:
  """Bi-tempered logistic loss.

  L = -log_t1 p_k - (1 - sum_j p_j^(2 - t1)) / (2 - t1), with k = labels and the tempered
  softmax p_j = exp_t2(z_j - lambda), z = logits, lambda such that sum_j p_j = 1;
  log_t(x) = (x^(1 - t) - 1) / (1 - t), and exp_t is its inverse, 0 where it has none. The
  loss is bounded for t1 < 1. t2 > 1 gives the softmax a heavy tail, t2 < 1 a finite
  support. t1 = t2 = 1 is `cross_entropy`. For t2 from 0.5 on, float32 gives values to 2e-6,
  or 1e-6 of a value above 2, and entries of the gradient, each a difference, to 1e-4 of
  their terms.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    t1: in [0, 2), the logarithm's temperature. The defaults 0.8 and 1.2 are our choice: we
      could not verify a published pair.
    t2: in (0, 10], the softmax's temperature.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), at least 0 up to its
    precision and, for t1 < 1, at most 1 / (1 - t1).

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or t1 or t2 is a number out of range.

  Source: Amid, Warmuth, Anil and Koren, "Robust Bi-Tempered Logistic Loss Based on Bregman
    Divergences", NeurIPS 2019.
  """
  t1, t2 = jnp.asarray(t1, logits.dtype), jnp.asarray(t2, logits.dtype)
  return _bi_tempered(logits, labels, t1, t2)


def tempered_softmax(logits: ArrayLike, *, t2: Hyperparameter = 1.2) -> jax.Array:
  """The probabilities of a network that was trained with `bi_tempered`.

  p_j = exp_t2(z_j - lambda), z = logits, lambda such that sum_j p_j = 1; see `bi_tempered`.
  t2 = 1 is softmax. The likeliest class is the one with the largest logit for any t2.

  Args:
    logits: unnormalised scores, float[..., K]; some, but not all, may be -inf.
    t2: t2 of the loss, a scalar in (0, 10].

  Returns:
    Probabilities, float32[..., K] (float64 for float64 logits), with sum 1 to 1e-6.

  Raises:
    TypeError: if logits are not floats.
    ValueError: if logits have no class, or t2 is not a scalar, or a number out of range.

  Source: Amid, Warmuth, Anil and Koren, NeurIPS 2019.

  Example:
    >>> from noisy_jax import losses
    >>> [f"{p:.3f}" for p in losses.tempered_softmax([4.0, 0.0, 0.0], t2=2.0)]
    ['0.640', '0.180', '0.180']
  """
  check_shape("t2", t2)
  t2 = checks.number("t2", t2, "(0, 10]")
  logits, labels = as_logits_and_labels(logits, np.zeros(np.shape(logits)[:-1], int))
  log_p, _ = _log_probs(logits, labels, jnp.asarray(t2, logits.dtype))
  return jnp.exp(log_p)


@jax.custom_jvp
def _bi_tempered(logits, labels, t1, t2):
  return _value(_log_probs(logits, labels, t2), labels, t1)


@functools.partial(_bi_tempered.defjvp, symbolic_zeros=True)
def _bi_tempered_jvp(primals, tangents):
  logits, labels, t1, t2 = primals
  logits_dot, _, t1_dot, t2_dot = tangents
  log_probs = _log_probs(logits, labels, t2)
  value = _value(log_probs, labels, t1)
  tangent = jnp.zeros_like(value)
  if not isinstance(logits_dot, SymbolicZero):
    gradient = _gradient(log_probs, labels, t1, t2)
    tangent += jnp.sum(gradient * logits_dot, axis=-1)
  if not isinstance(t1_dot, SymbolicZero):
    _, change = jax.jvp(lambda t1: _value(log_probs, labels, t1), (t1,), (t1_dot,))
    tangent += change
  if not isinstance(t2_dot, SymbolicZero):

    def value_at(t2):
      return _value(_log_probs(logits, labels, t2), labels, t1)

    _, change = jax.jvp(value_at, (t2,), (t2_dot,))
    tangent += change
  return value, tangent


def _value(log_probs, labels, t1):
  log_p, label_log_p = log_probs
  # sum_j p_j^(2 - t1) - 1, where 1 is sum_j p_j.
  excess = jnp.sum(jnp.exp((2 - t1) * log_p), axis=-1)
  excess -= _sum_of_wrong(log_p, labels) + jnp.exp(label_log_p)
  label_log_p = jnp.where(label_log_p <= _LOG_ZERO, -jnp.inf, label_log_p)
  return -tempered_log(label_log_p, 1 - t1) + excess / (2 - t1)


def _gradient(log_probs, labels, t1, t2):
  """d - s sum_j d_j, with d = (p - e_k) p^(t2 - t1) and s = p^t2 / sum_j p_j^t2."""
  log_p, label_log_p = log_probs
  # 1 - p_k as the sum of the others: p_k may round to 1.
  label_pull = -_sum_of_wrong(log_p, labels) * _power(label_log_p, t2 - t1)
  is_label = label_mask(log_p, labels)
  pull = jnp.where(is_label, label_pull[..., None], _power(log_p, 1 + t2 - t1))
  escort = jnp.exp(t2 * log_p)
  mean = jnp.sum(pull, axis=-1) / jnp.sum(escort, axis=-1)
  # The mean may be infinite where t1 > t2.
  return pull - jnp.where(escort == 0, 0, escort * mean[..., None])


def _sum_of_wrong(log_p, labels):
  is_label = label_mask(log_p, labels)
  return jnp.sum(jnp.where(is_label, 0, jnp.exp(log_p)), axis=-1)


def _power(log_p, exponent):
  """p^exponent, and 0 where p is 0, also for a negative exponent."""
  # For t >= 1, the p of a logit of -inf only tends to 0, and p^0 is 1.
  at_zero = jnp.where((exponent == 0) & (log_p == -jnp.inf), 0, _LOG_ZERO)
  return jnp.exp(jnp.where(log_p <= _LOG_ZERO, at_zero, exponent * log_p))


def _log_probs(logits, labels, t):
  """log exp_t(z_j - lambda) of all classes, and of the label."""
  largest, offset = jnp.max(logits, axis=-1), _normalizer(logits, t)
  shifted = logits - largest[..., None]
  label_logit = label_logits(logits, labels) - largest
  return _log_exp_t(shifted - offset[..., None], t), _log_exp_t(label_logit - offset, t)


@jax.custom_jvp
def _log_exp_t(x, t):
  """log exp_t(x) = log(1 + (1 - t) x) / (1 - t), and x for t = 1."""
  slope = 1 - t
  outside = slope * x <= -1
  log_u = jnp.log1p(jnp.where(outside, 0, slope * x))
  log_p = jnp.where(slope == 0, x, log_u / jnp.where(slope == 0, 1, slope))
  return jnp.where(outside, _LOG_ZERO, log_p)


@_log_exp_t.defjvp
def _log_exp_t_jvp(primals, tangents):
  (x, t), (x_dot, t_dot) = primals, tangents
  slope = 1 - t
  outside = slope * x <= -1
  y = jnp.where(outside, 0, slope * x)
  # d/dt = (log(1 + y) - y / (1 + y)) / slope^2, whose terms cancel where y is small.
  is_small = jnp.abs(y) < 0.02
  near_zero = x**2 * (1 / 2 - y * (2 / 3 - y * (3 / 4 - y * (4 / 5 - y * 5 / 6))))
  elsewhere = (jnp.log1p(y) - y / (1 + y)) / jnp.where(is_small, 1, slope) ** 2
  change = x_dot / (1 + y) + jnp.where(is_small, near_zero, elsewhere) * t_dot
  return _log_exp_t(x, t), jnp.where(outside, 0, change)


@jax.custom_jvp
def _normalizer(logits, t):
  """lambda - max z, at least 0, such that sum_j exp_t(z_j - lambda) = 1."""
  # Newton's method on Z^(1 - t) = 1, where Z is the sum. The left side is a power mean of
  # the affine u_j = 1 + (1 - t)(z_j - lambda): concave and rising for t > 1, convex and
  # falling for t < 1, so that the steps from lambda = max z rise to the root and do not
  # pass it. For equal logits one step is exact.
  largest = jnp.max(logits, axis=-1)
  # Convergence is quadratic: after so small a step, rounding hides the next one.
  tolerance = 0.1 * jnp.finfo(logits.dtype).eps ** 0.5

  def step(state):
    offset, _, count = state
    log_p = _log_exp_t(logits - largest[..., None] - offset[..., None], t)
    total = jnp.sum(jnp.exp(log_p), axis=-1)
    # (Z^t - Z) / ((t - 1) sum_j p_j^t)
    move = total * tempered_log(jnp.log(total), t - 1)
    move /= jnp.sum(jnp.exp(t * log_p), axis=-1)
    return offset + move, jnp.any(jnp.abs(move) > tolerance * (1 + offset)), count + 1

  def going_on(state):
    _, moving, count = state
    return moving & (count < _MAX_STEPS)

  return lax.while_loop(going_on, step, (jnp.zeros_like(largest), True, 0))[0]


@_normalizer.defjvp
def _normalizer_jvp(primals, tangents):
  logits, t = primals
  offset = _normalizer(logits, t)

  def log_probs(logits, t):
    shifted = logits - jnp.max(logits, axis=-1, keepdims=True)
    return _log_exp_t(shifted - offset[..., None], t)

  # The sum stays 1, so that lambda moves by the mean of x's tangents under the escort.
  log_p, log_p_dot = jax.jvp(log_probs, primals, tangents)
  p_dot, escort = jnp.exp(log_p) * log_p_dot, jnp.exp(t * log_p)
  return offset, jnp.sum(p_dot, axis=-1) / jnp.sum(escort, axis=-1)

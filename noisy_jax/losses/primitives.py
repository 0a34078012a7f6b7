"""The numerical functions that losses are built from.

With many classes, the probability p_k of the label starts near 1/K and may fall to 1e-30.
A softmax that rounds p_k or 1 - p_k is wrong there, and a clamp has no gradient. So losses
are written in log p_k and 1 - exp(x), both with their derivative in closed form.
"""

import functools
import numbers
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero
from jax.typing import ArrayLike

# A number, or an array of one number, which may be traced.
Hyperparameter = float | jax.Array
# A loss takes logits [..., K] and integer labels [...] and gives one value per example.
Loss = Callable[[ArrayLike, ArrayLike], jax.Array]

# In place of log 0 = -inf beside a factor exp(log 0), so that their product is 0.
LOWEST = -1e30


@jax.custom_jvp
def one_minus_exp(x: jax.Array) -> jax.Array:
  """1 - exp(x), exact in value and in derivative for every x <= 0.

  `-expm1(x)` has the right value, but JAX computes its derivative from `expm1(x) + 1`,
  which rounds to 0 below x = -17, where exp(x) is 4e-8.

  Args:
    x: float[...].

  Returns:
    float[...], in [0, 1] for x <= 0.
  """
  return -jnp.expm1(x)


@one_minus_exp.defjvp
def _one_minus_exp_jvp(primals, tangents):
  (x,), (x_dot,) = primals, tangents
  return one_minus_exp(x), -jnp.exp(x) * x_dot


@jax.custom_jvp
def share(part: jax.Array, rest: jax.Array) -> jax.Array:
  """part / (part + rest), from 0 up; its derivative is precise where rest is tiny."""
  return part / (part + rest)


@share.defjvp
def _share_jvp(primals, tangents):
  (part, rest), (part_dot, rest_dot) = primals, tangents
  whole = part + rest
  return share(part, rest), (rest / whole * part_dot - part / whole * rest_dot) / whole


def tempered_log(log_x: jax.Array, q: Hyperparameter) -> jax.Array:
  """(x^q - 1) / q from log x, and log x where q is 0.

  It is the Box-Cox transform, and log_t(x) of Tsallis with t = 1 - q. Bounded losses are
  -log_t of an affine function of p_k.
  """
  return _tempered_log(log_x, jnp.asarray(q, log_x.dtype))


@jax.custom_jvp
def _tempered_log(log_x, q):
  return jnp.where(q == 0, log_x, jnp.expm1(q * log_x) / jnp.where(q == 0, 1, q))


@functools.partial(_tempered_log.defjvp, symbolic_zeros=True)
def _tempered_log_jvp(primals, tangents):
  (log_x, q), (log_x_dot, q_dot) = primals, tangents
  value = _tempered_log(log_x, q)
  tangent = jnp.zeros_like(value)
  y = safe_product(q, log_x)
  if not isinstance(log_x_dot, SymbolicZero):
    tangent += jnp.exp(y) * log_x_dot
  if not isinstance(q_dot, SymbolicZero):
    # d/dq = (y e^y - (e^y - 1)) / q^2, whose terms cancel where y is small.
    is_small = jnp.abs(y) < 0.05
    near_zero = log_x**2 * (1 / 2 + y * (1 / 3 + y * (1 / 8 + y * (1 / 30 + y / 144))))
    y = jnp.maximum(y, LOWEST)
    elsewhere = (y * jnp.exp(y) - jnp.expm1(y)) / jnp.where(is_small, 1, q) ** 2
    tangent += jnp.where(is_small, near_zero, elsewhere) * q_dot
  return value, tangent


def safe_product(weight: Hyperparameter, x: jax.Array) -> jax.Array:
  """weight * x, and 0 where the weight is 0 and x infinite."""
  return weight * jnp.where((weight == 0) & jnp.isinf(x), 0, x)


def power(x: jax.Array, exponent: Hyperparameter) -> jax.Array:
  """x^exponent for positive x, without XLA's costly general power."""
  if isinstance(exponent, numbers.Real) and exponent == 0.5:
    return jnp.sqrt(x)
  return jnp.exp(exponent * jnp.log(x))


@jax.custom_jvp
def log_prob(logits: jax.Array, labels: jax.Array) -> jax.Array:
  """`label_log_prob` without checks: logits in float32 or wider, labels in [0, K)."""
  _, _, label_logit, log_normalizer = softmax_parts(logits, labels)
  return label_logit - log_normalizer


@log_prob.defjvp
def _log_prob_jvp(primals, tangents):
  (logits, labels), (logits_dot, _) = primals, tangents
  exps, wrong, label_logit, log_normalizer = softmax_parts(logits, labels)
  is_label = label_mask(logits, labels)
  # [j = k] - p_j, with 1 - p_k as the share of the others: p_k may round to 1.
  label_exp = jnp.exp(label_logit)
  at_label, factor = share(wrong, label_exp), 1 / (wrong + label_exp)
  slope = jnp.where(is_label, at_label[..., None], -exps * factor[..., None])
  return label_logit - log_normalizer, jnp.sum(slope * logits_dot, axis=-1)


@jax.custom_jvp
def mean_margin(logits: jax.Array, labels: jax.Array) -> jax.Array:
  """z_k minus the mean of all logits; 0 where z_k is -inf.

  mean_j log p_j = log p_k - mean_margin needs no pass over the log-probabilities.
  """
  # The sum over a common offset would round the differences away, so it goes first. The
  # barrier makes XLA compute the difference inside the sum, and not store it.
  largest = lax.optimization_barrier(jnp.max(logits, axis=-1, keepdims=True))
  label_margin = label_logits(logits, labels) - largest[..., 0]
  margin = label_margin - jnp.mean(logits - largest, axis=-1)
  return jnp.where(label_margin == -jnp.inf, 0, margin)


@mean_margin.defjvp
def _mean_margin_jvp(primals, tangents):
  (logits, labels), (logits_dot, _) = primals, tangents
  num_classes = logits.shape[-1]
  is_label = label_mask(logits, labels)
  # JAX's own derivative of the gather is a scatter, one more pass over the gradient.
  slope = jnp.where(is_label, 1 - 1 / num_classes, -1 / num_classes)
  slope = slope.astype(logits.dtype)
  return mean_margin(logits, labels), jnp.sum(slope * logits_dot, axis=-1)


def softmax_parts(logits, labels):
  """The softmax in parts that lose no precision, with z relative to the largest logit.

  exp(z_j) of the wrong classes, 0 at the label, [..., K]; their sum, [...]; z_k, [...];
  log sum_j exp(z_j), [...].
  """
  is_label = label_mask(logits, labels)
  largest = jnp.max(logits, axis=-1, keepdims=True)
  exps = jnp.where(is_label, 0, jnp.exp(logits - largest))
  wrong = jnp.sum(exps, axis=-1)
  # A gather from the difference would write all of the difference first.
  label_logit = label_logits(logits, labels) - largest[..., 0]
  # 1 + wrong + (exp(z_k) - 1): where z_k is the largest logit the bracket is exactly 0, and
  # log1p keeps the smallest contribution of the wrong classes.
  return exps, wrong, label_logit, jnp.log1p(wrong - one_minus_exp(label_logit))


def label_mask(logits, labels):
  """[j = k], bool[..., K]; nowhere true for a label outside [0, K)."""
  return jax.nn.one_hot(labels, logits.shape[-1], dtype=bool)


def label_logits(logits, labels):
  """z_k, [...], of logits [..., K] and labels in [0, K)."""
  return jnp.take_along_axis(logits, labels[..., None], axis=-1, mode="clip")[..., 0]

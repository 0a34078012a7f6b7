"""Jensen-Shannon losses, between cross-entropy and 1 - p_k.

They are the divergence of label and prediction from their weighted mean, scaled so that the
weights 0 and 1 give known losses. The generalised form takes the predictions of several
views of an image, and also penalises differences between them.

The training loop of this library supplies two views of augmented images: it augments each
image twice, runs both batches through the network as one, passes logits [2, n, K], and
counts accuracy on the first view. With one view both losses are equal.

Source: Englesson and Azizpour, "Generalized Jensen-Shannon Divergence Loss for Learning
with Noisy Labels", NeurIPS 2021 (GJS).
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from noisy_jax import checks
from noisy_jax.losses.guard import guard
from noisy_jax.losses.primitives import (
  LOWEST,
  Hyperparameter,
  label_logits,
  label_mask,
  log_prob,
  one_minus_exp,
)

# exp(-100) is negligible, and floats near 100 keep their digits.
_LARGEST_OFFSET = 100.0


@guard(pi="[0, 1]")
def jensen_shannon(
  logits: jax.Array, labels: jax.Array, *, pi: Hyperparameter = 0.5
) -> jax.Array:
  """Jensen-Shannon divergence between the softmax output and the one-hot label (JS).

  L = (pi KL(e, m) + (1 - pi) KL(p, m)) / Z, with m = pi e + (1 - pi) p, the scale
  Z = -(1 - pi) log(1 - pi), p = softmax(logits), e one-hot, and k = labels. It is a
  function of p_k alone. The limit pi = 0 is `cross_entropy`, and the limit pi = 1 is `mae`
  with scale 1, with slow convergence: near pi = 1 the gradient is larger than that of `mae`
  by a factor of 1 + log(p_k) / log(1 - pi).

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    pi: in [0, 1]; the derivative in pi is NaN at both ends. Published for symmetric noise
      of 0, 20, 40, 60 and 80 %: on CIFAR-10 0.1, 0.7, 0.7, 0.9 and 0.9, on CIFAR-100 0.1,
      0.1, 0.3, 0.5 and 0.3; for asymmetric noise 0.3 on CIFAR-10, 0.5 on CIFAR-100.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), from 0 to
    1 + pi log(pi) / ((1 - pi) log(1 - pi)).

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or pi is a number outside [0, 1].

  Source: Englesson and Azizpour, NeurIPS 2021; pi from the configurations of its code,
    which leave out Z for WebVision.
  """
  log_p = log_prob(logits, labels)
  return _divergence(log_p, jnp.asarray(pi, log_p.dtype))


@guard(views=True, pi="[0, 1]")
def generalized_jensen_shannon(
  logits: jax.Array, labels: jax.Array, *, pi: Hyperparameter = 0.5
) -> jax.Array:
  """Generalised Jensen-Shannon divergence of the label and predictions of V views (GJS).

  L = (pi KL(e, m) + (1 - pi)/V sum_v KL(p^v, m)) / Z, with m = pi e + (1 - pi) q, q the
  mean of all p^v, Z = -(1 - pi) log(1 - pi), p^v = softmax(logits[v]), e one-hot, and
  k = labels. It is `jensen_shannon` of q, plus a penalty on views that differ: the mean
  over v of KL(p^v, q), divided by -log(1 - pi). With one view it is `jensen_shannon`. An
  entry of the gradient is a difference, for several views precise to 1e-5 of its terms.

  Args:
    logits: unnormalised scores, float[V, ..., K] of V views of the same examples, or
      float[..., K] of one view, with one axis more than the labels.
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    pi: in [0, 1], and in (0, 1) for several views; the derivative in pi is NaN at both
      ends. Published with two views for symmetric noise of 0, 20, 40, 60 and 80 %: on
      CIFAR-10 0.5, 0.3, 0.9, 0.1 and 0.1, on CIFAR-100 0.3, 0.3, 0.5, 0.9 and 0.1; for
      asymmetric noise 0.3 on CIFAR-10; on CIFAR-100 0.5 at 20 %, 0.1 at 40 %.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), from 0 to
    1 + pi log(pi) / ((1 - pi) log(1 - pi)); with several views -log(V) / log(1 - pi) more.

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or pi is a number out of range.

  Source: Englesson and Azizpour, NeurIPS 2021; pi from the configurations of its code.
  """
  if logits.ndim == labels.ndim + 1:
    return _divergence(log_prob(logits, labels), jnp.asarray(pi, logits.dtype))
  pi = jnp.asarray(checks.number("pi", pi, "(0, 1)"), logits.dtype)
  return _of_views(logits, jnp.broadcast_to(labels, logits.shape[:-1]), pi)


@jax.custom_jvp
def _divergence(log_p, pi):
  """JS from log p_k; both weights may be 0."""
  inside = (pi > 0) & (pi < 1)
  value = _divergence_inside(log_p, jnp.where(inside, pi, 0.5))
  return jnp.where(inside, value, jnp.where(pi == 0, -log_p, one_minus_exp(log_p)))


@functools.partial(_divergence.defjvp, symbolic_zeros=True)
def _divergence_jvp(primals, tangents):
  (log_p, pi), (log_p_dot, pi_dot) = primals, tangents
  value = _divergence(log_p, pi)
  tangent = jnp.zeros_like(value)
  if not isinstance(log_p_dot, SymbolicZero):
    tangent -= _weight(log_p, pi) * log_p_dot
  if not isinstance(pi_dot, SymbolicZero):
    _, change = jax.jvp(lambda pi: _divergence_inside(log_p, pi), (pi,), (pi_dot,))
    tangent += change
  return value, tangent


def _weight(log_p, pi):
  """-dL/dlog p_k = p_k log(1 + pi / ((1 - pi) p_k)) / -log(1 - pi)."""
  log_p = jnp.maximum(log_p, LOWEST)
  inside = (pi > 0) & (pi < 1)
  safe = jnp.where(inside, pi, 0.5)
  p, log_odds = jnp.exp(log_p), jnp.log(safe) - jnp.log1p(-safe)
  weight = p * jax.nn.softplus(log_odds - log_p) / -jnp.log1p(-safe)
  return jnp.where(inside, weight, jnp.where(pi == 0, 1, p))


def _divergence_inside(log_p, pi):
  """(-pi log m - (1 - pi) p log(m / p) - (1 - pi) (1 - p) log(1 - pi)) / Z, 0 < pi < 1."""
  log_p = jnp.maximum(log_p, LOWEST)
  p, error, log_rest = jnp.exp(log_p), one_minus_exp(log_p), jnp.log1p(-pi)
  # log m_k, by log1p unless both pi and p are small.
  gap = (1 - pi) * error
  near_one = jnp.log1p(-jnp.where(gap < 0.5, gap, 0))
  log_m = jnp.where(gap < 0.5, near_one, jnp.logaddexp(jnp.log(pi), log_rest + log_p))
  # m_k / p = 1 + pi (1 - p) / p.
  log_m_over_p = jax.nn.softplus(jnp.log(pi) + jnp.log(error) - log_p)
  divergence = -pi * log_m - (1 - pi) * (p * log_m_over_p + error * log_rest)
  return divergence / (-(1 - pi) * log_rest)


@jax.custom_jvp
def _of_views(logits, labels, pi):
  return _value_of_views(pi, *_parts(logits, labels))


@functools.partial(_of_views.defjvp, symbolic_zeros=True)
def _of_views_jvp(primals, tangents):
  # For each view dL/dz_i = p_i (h_i - sum_j p_j h_j) / (V c), with h_j = log(p_j / m_j) + a
  # and c = -log(1 - pi). The a with h_k = 0 keeps the entry at the label from cancelling;
  # a is at most 100, as a larger one would drown all digits.
  logits, labels, pi = primals
  logits_dot, _, pi_dot = tangents
  log_mean, log_ratio, probs = _parts(logits, labels)
  value, log_rest = _value_of_views(pi, log_mean, log_ratio, probs), jnp.log1p(-pi)
  tangent = jnp.zeros_like(value)
  if not isinstance(logits_dot, SymbolicZero):
    # m_j = (1 - pi) q_j, but for the label: m_k / ((1 - pi) q_k), as a logarithm.
    excess = jax.nn.softplus(jnp.log(pi) - log_rest - log_mean)
    offset = excess[None] - label_logits(log_ratio, labels)
    within = jnp.minimum(offset, _LARGEST_OFFSET)
    is_label = label_mask(logits, labels)
    slopes = jnp.where(
      is_label, (within - offset)[..., None], log_ratio + within[..., None]
    )
    gradient = probs * (slopes - jnp.sum(probs * slopes, axis=-1, keepdims=True))
    tangent -= jnp.sum(gradient * logits_dot, axis=-1).mean(0) / log_rest
  if not isinstance(pi_dot, SymbolicZero):
    js, change = jax.jvp(lambda pi: _divergence(log_mean, pi), (pi,), (pi_dot,))
    tangent += change + (value - js) / (log_rest * (1 - pi)) * pi_dot
  return value, tangent


def _value_of_views(pi, log_mean, log_ratio, probs):
  # KL(p, q) = sum_j p_j log(p_j / q_j)
  disagreement = jnp.sum(probs * log_ratio, axis=-1).mean(0)
  return _divergence(log_mean, pi) - disagreement / jnp.log1p(-pi)


def _parts(logits, labels):
  """log q_k, [...]; log(p_j^v / q_j) and p_j^v, [V, ..., K]; q is the mean over views."""
  at_label = log_prob(logits, labels)[..., None]
  log_p = jnp.where(label_mask(logits, labels), at_label, jax.nn.log_softmax(logits))
  log_p = jnp.maximum(log_p, LOWEST)
  # From differences between views, so that equal views have a divergence of exactly 0.
  largest = lax.stop_gradient(jnp.max(log_p, axis=0, keepdims=True))
  excess = log_p - largest
  log_share = jnp.log1p(jnp.mean(jnp.expm1(excess), axis=0, keepdims=True))
  log_q_label = label_logits((largest + log_share)[0], labels[0])
  return log_q_label, excess - log_share, jnp.exp(log_p)

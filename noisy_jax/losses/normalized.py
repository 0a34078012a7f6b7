"""Normalized losses: the share of the labelled class in a loss summed over all classes.

Any loss becomes symmetric by this, since the shares of all labels add up to 1; they are the
active part of active-passive sums such as NCE + RCE. They depend on all logits, not on p_k
alone, and need at least two classes, none of them masked by -inf.

Source: Ma, Huang, Wang, Romano, Erfani and Bailey, "Normalized Loss Functions for Deep
Learning with Noisy Labels", ICML 2020 (APL).
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero
from jax.typing import ArrayLike

from noisy_jax.losses.cross_entropy import focal_of_log_prob
from noisy_jax.losses.primitives import (
  Hyperparameter,
  as_logits_and_labels,
  check_interval,
  label_log_prob,
  mean_margin,
  normalise,
  tempered_log,
)


def normalized_cross_entropy(logits: ArrayLike, labels: ArrayLike) -> jax.Array:
  """Normalized cross-entropy (NCE).

  L = log p_k / sum_j log p_j, with p = softmax(logits) and k = labels.

  Args:
    logits: unnormalised scores, float[..., K], finite, K at least 2.
    labels: class ids in [0, K), int[...]; checked where data enter, not under jit.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, 1]; 1/K where p is
    uniform; NaN for a label outside [0, K).

  Raises:
    AssertionError: on shapes or kinds that do not fit.

  Source: Ma et al., ICML 2020.
  """
  logits, labels = as_logits_and_labels(logits, labels)
  num_classes = logits.shape[-1]
  log_p = label_log_prob(logits, labels)
  # sum_j log p_j = K (log p_k - mean_j (z_k - z_j)), less log p_k for the wrong classes.
  wrong = num_classes * mean_margin(logits, labels) - (num_classes - 1) * log_p
  return _share(-log_p, wrong)


def normalized_focal(
  logits: ArrayLike, labels: ArrayLike, *, gamma: Hyperparameter = 0.5, detach: bool = False
) -> jax.Array:
  """Normalized focal loss (NFL).

  L = F(p_k) / sum_j F(p_j), with F(p) = -(1 - p)^gamma log p, p = softmax(logits) and
  k = labels. gamma = 0 is `normalized_cross_entropy`.

  Args:
    logits: unnormalised scores, float[..., K], finite, K at least 2.
    labels: class ids in [0, K), int[...]; checked where data enter, not under jit.
    gamma: at least 0; 0.5 in the code of APL and ALFs.
    detach: leaves the factors (1 - p_j)^gamma out of the derivative, as that code does.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, 1]; 1/K where p is
    uniform; NaN for a label outside [0, K).

  Raises:
    AssertionError: on shapes or kinds that do not fit.
    ValueError: if gamma is a negative number.

  Source: Ma et al., ICML 2020.
  """
  check_interval("gamma", gamma, "[0, inf)")
  class_loss = _detached_focal if detach else _focal
  return _label_share(class_loss, logits, labels, gamma)


def normalized_generalized_cross_entropy(
  logits: ArrayLike, labels: ArrayLike, *, q: Hyperparameter = 0.7
) -> jax.Array:
  """Normalized generalized cross-entropy (NGCE).

  L = (1 - p_k^q) / sum_j (1 - p_j^q), with p = softmax(logits) and k = labels. q = 1 is
  (1 - p_k) / (K - 1); q = 0, the limit, is `normalized_cross_entropy`.

  Args:
    logits: unnormalised scores, float[..., K], finite, K at least 2.
    labels: class ids in [0, K), int[...]; checked where data enter, not under jit.
    q: in [0, 1]; 0.7 as APL's code has it for CIFAR-100 (0.1 for CIFAR-10 and MNIST).

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, 1]; 1/K where p is
    uniform; NaN for a label outside [0, K).

  Raises:
    AssertionError: on shapes or kinds that do not fit.
    ValueError: if q is a number outside [0, 1]; arrays are not looked at.

  Source: Ma et al., ICML 2020; q from the configurations of its code.
  """
  check_interval("q", q, "[0, 1]")
  return _label_share(_generalized_cross_entropy, logits, labels, q)


def _focal(log_p, gamma):
  return focal_of_log_prob(log_p, gamma, detach=False)


def _detached_focal(log_p, gamma):
  return focal_of_log_prob(log_p, gamma, detach=True)


def _generalized_cross_entropy(log_p, q):
  return -tempered_log(log_p, q)


# A loss of one class from its log-probability and a hyperparameter, elementwise.
_ClassLoss = Callable[[jax.Array, Hyperparameter], jax.Array]


def _label_share(
  class_loss: _ClassLoss,
  logits: ArrayLike,
  labels: ArrayLike,
  hyperparameter: Hyperparameter,
) -> jax.Array:
  """loss(p_k) / sum_j loss(p_j)."""
  logits, labels = as_logits_and_labels(logits, labels)
  part = class_loss(label_log_prob(logits, labels), hyperparameter)
  return _share(part, _sum_of_wrong(class_loss, logits, labels, hyperparameter))


@jax.custom_jvp
def _share(part: jax.Array, rest: jax.Array) -> jax.Array:
  """part / (part + rest), whose derivative does not cancel where part is nearly all."""
  return part / (part + rest)


@_share.defjvp
def _share_jvp(primals, tangents):
  (part, rest), (part_dot, rest_dot) = primals, tangents
  whole = part + rest
  return _share(part, rest), (rest / whole * part_dot - part / whole * rest_dot) / whole


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _sum_of_wrong(class_loss, logits, labels, hyperparameter):
  """sum of loss(p_j) over j != k.

  Its derivative with respect to z_i is w_i - p_i sum_j w_j, with w_j = dloss(p_j)/dlog p_j
  for j != k and w_k = 0. JAX's own keeps every intermediate array in memory.
  """
  is_label, log_probs = _log_probs(logits, labels)
  wrong = jnp.where(is_label, 0, class_loss(log_probs, hyperparameter))
  return jnp.sum(wrong, axis=-1)


@functools.partial(_sum_of_wrong.defjvp, symbolic_zeros=True)
def _sum_of_wrong_jvp(class_loss, primals, tangents):
  logits, labels, hyperparameter = primals
  logits_dot, _, hyperparameter_dot = tangents
  is_label, log_probs = _log_probs(logits, labels)
  tangent = jnp.zeros(labels.shape, logits.dtype)
  if not isinstance(logits_dot, SymbolicZero):
    _, slopes = jax.jvp(
      lambda log_p: class_loss(log_p, hyperparameter),
      (log_probs,),
      (jnp.ones_like(log_probs),),
    )
    slopes = jnp.where(is_label, 0, slopes)
    gradient = slopes - jnp.exp(log_probs) * jnp.sum(slopes, axis=-1, keepdims=True)
    tangent += jnp.sum(gradient * logits_dot, axis=-1)
  if not isinstance(hyperparameter_dot, SymbolicZero):
    _, changes = jax.jvp(
      lambda value: class_loss(log_probs, value), (hyperparameter,), (hyperparameter_dot,)
    )
    tangent += jnp.sum(jnp.where(is_label, 0, changes), axis=-1)
  return _sum_of_wrong(class_loss, logits, labels, hyperparameter), tangent


def _log_probs(logits, labels):
  is_label, shifted, _, log_normaliser = normalise(logits, labels)
  return is_label, shifted - log_normaliser

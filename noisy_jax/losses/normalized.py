"""Normalized losses: the share of the labelled class in a loss summed over all classes.

The shares of all labels add up to 1, so that a normalized loss is symmetric. Normalized
losses are the active part of active-passive sums such as NCE + RCE. They depend on all
logits, not on p_k alone, and need at least two classes, none of them masked by -inf. An
entry of their gradient is a difference, in float32 precise to 1e-5 of its terms; with two
classes, nfl and ngce lose this precision where p_k is below 1e-4.

Source: Ma, Huang, Wang, Romano, Erfani and Bailey, "Normalized Loss Functions for Deep
Learning with Noisy Labels", ICML 2020 (APL).
"""

import functools
import numbers
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from noisy_jax.losses.cross_entropy import focal_of_label
from noisy_jax.losses.guard import guard
from noisy_jax.losses.primitives import (
  Hyperparameter,
  label_mask,
  log_prob,
  mean_margin,
  share,
  softmax_parts,
  tempered_log,
)


@guard()
def normalized_cross_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
  """Normalized cross-entropy (NCE).

  L = log p_k / sum_j log p_j, with p = softmax(logits) and k = labels.

  Args:
    logits: unnormalised scores, float[..., K], finite, K at least 2.
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, 1]; 1/K at uniform
    p.

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit.

  Source: Ma et al., ICML 2020.
  """
  log_p, margin = log_prob(logits, labels), mean_margin(logits, labels)
  return nce_from_margin(log_p, margin, logits.shape[-1])


def nce_from_margin(log_p: jax.Array, margin: jax.Array, num_classes: int) -> jax.Array:
  """NCE from log p_k and z_k less the mean of all logits, float[...]."""
  # sum_j log p_j = K (log p_k - mean_j (z_k - z_j)); the rest is this sum less log p_k.
  return share(-log_p, num_classes * margin - (num_classes - 1) * log_p)


@guard(gamma="[0, inf)")
def normalized_focal(
  logits: jax.Array, labels: jax.Array, *, gamma: Hyperparameter = 0.5, detach: bool = False
) -> jax.Array:
  """Normalized focal loss (NFL).

  L = F(p_k) / sum_j F(p_j), with F(p) = -(1 - p)^gamma log p, p = softmax(logits) and
  k = labels. gamma = 0 is `normalized_cross_entropy`.

  Args:
    logits: unnormalised scores, float[..., K], finite, K at least 2.
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    gamma: at least 0; 0.5 in the code of APL and ALFs.
    detach: whether derivatives hold the factors (1 - p_j)^gamma constant, as in that code.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, 1]; 1/K at uniform
    p.

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or gamma is a negative number.

  Source: Ma et al., ICML 2020.
  """
  class_loss = functools.partial(focal_of_label, detach=detach)
  return label_share(class_loss, logits, labels, gamma=gamma)


@guard(q="[0, 1]")
def normalized_generalized_cross_entropy(
  logits: jax.Array, labels: jax.Array, *, q: Hyperparameter = 0.7
) -> jax.Array:
  """Normalized generalized cross-entropy (NGCE).

  L = (1 - p_k^q) / sum_j (1 - p_j^q), with p = softmax(logits) and k = labels. q = 1 is
  (1 - p_k) / (K - 1); q = 0, the limit, is `normalized_cross_entropy`.

  Args:
    logits: unnormalised scores, float[..., K], finite, K at least 2.
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    q: in [0, 1]; 0.7 in APL's code for CIFAR-100 (0.1 for CIFAR-10 and MNIST).

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), from 0 to
    1 / (K - (K - 1)^(1 - q)); 1/K at uniform p.

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or q is a number outside [0, 1].

  Source: Ma et al., ICML 2020; q from the configurations of its code.
  """
  return label_share(gce_of_class, logits, labels, q=q)


def gce_of_class(log_p: jax.Array, error: jax.Array, q: Hyperparameter) -> jax.Array:
  """GCE of a class from its log p and 1 - p."""
  del error
  return -tempered_log(log_p, q)


def label_share(
  class_loss: Callable[..., jax.Array],
  logits: jax.Array,
  labels: jax.Array,
  **hyperparameters: Hyperparameter,
) -> jax.Array:
  """F_k / sum_j F_j, with F_j the loss of class j, elementwise from its log p and 1 - p."""
  # XLA knows a Python number as a constant; as an argument it would become an array.
  known = {k: v for k, v in hyperparameters.items() if isinstance(v, numbers.Real)}
  arrays = {k: v for k, v in hyperparameters.items() if k not in known}
  return _share_of_label(functools.partial(class_loss, **known), logits, labels, arrays)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _share_of_label(class_loss, logits, labels, arrays):
  at_label, log_normalizer = _split(logits, labels)
  log_probs = _log_probs(logits, log_normalizer)
  return share(*_label_and_rest(class_loss, at_label, log_probs, labels, arrays))


@functools.partial(_share_of_label.defjvp, symbolic_zeros=True)
def _share_of_label_jvp(class_loss, primals, tangents):
  # With R the sum of F_j over j != k, s_j = dF_j / dlog p_j, and S their sum over j != k,
  # (F_k + R)^2 dL/dz_i is R s_k (1 - p_k) + F_k S p_k at i = k, which does not cancel, and
  # p_i (F_k S - R s_k) - F_k s_i elsewhere. JAX's derivative would keep every intermediate
  # array in memory.
  logits, labels, arrays = primals
  logits_dot, _, array_dots = tangents
  at_label, log_normalizer = _split(logits, labels)
  log_probs = _log_probs(logits, log_normalizer)
  label, rest = _label_and_rest(class_loss, at_label, log_probs, labels, arrays)
  tangent = jnp.zeros_like(label)
  if not isinstance(logits_dot, SymbolicZero):
    # The barrier keeps XLA from storing the results of the first pass for the second.
    log_probs_again = _log_probs(logits, lax.optimization_barrier(log_normalizer))
    probs = jnp.exp(log_probs_again)
    slopes = _slope(class_loss, log_probs_again, 1 - probs, arrays)
    is_label = label_mask(logits, labels)
    slopes = jnp.where(is_label, 0, slopes)
    total = jnp.sum(slopes, axis=-1)
    log_p, error = at_label
    label_slope = _slope(class_loss, log_p, error, arrays)
    gradient = jnp.where(
      is_label,
      (rest * label_slope * error + label * total * jnp.exp(log_p))[..., None],
      probs * (label * total - rest * label_slope)[..., None] - label[..., None] * slopes,
    )
    # The square of `whole` may leave the range of floats.
    whole = label + rest
    tangent += jnp.sum(gradient * logits_dot, axis=-1) / whole / whole
  for name, array_dot in array_dots.items():
    if not isinstance(array_dot, SymbolicZero):

      def share_at(value, name=name):
        at_value = arrays | {name: value}
        return share(*_label_and_rest(class_loss, at_label, log_probs, labels, at_value))

      _, change = jax.jvp(share_at, (arrays[name],), (array_dot,))
      tangent += change
  return share(label, rest), tangent


def _split(logits, labels):
  """log p_k and 1 - p_k of the label; the logarithm of the normaliser."""
  _, wrong, label_logit, log_normalizer = softmax_parts(logits, labels)
  error = share(wrong, jnp.exp(label_logit))
  return (label_logit - log_normalizer, error), log_normalizer


def _log_probs(logits, log_normalizer):
  return logits - jnp.max(logits, axis=-1, keepdims=True) - log_normalizer[..., None]


def _label_and_rest(class_loss, at_label, log_probs, labels, arrays):
  """F_k, and the sum of F_j over j != k."""
  every = class_loss(log_probs, 1 - jnp.exp(log_probs), **arrays)
  is_label = label_mask(log_probs, labels)
  rest = jnp.sum(jnp.where(is_label, 0, every), axis=-1)
  return class_loss(*at_label, **arrays), rest


def _slope(class_loss, log_p, error, arrays):
  """dF / dlog p."""
  _, slope = jax.jvp(
    lambda log_p, error: class_loss(log_p, error, **arrays),
    (log_p, error),
    (jnp.ones_like(log_p), error - 1),
  )
  return slope

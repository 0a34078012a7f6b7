"""Normalized losses: the share of the labelled class in a loss summed over all classes.

Any loss becomes symmetric by this, since the shares of all labels add up to 1; they are the
active part of active-passive sums such as NCE + RCE. They depend on all logits, not on p_k
alone, and need at least two classes, none of them masked by -inf.

Source: Ma, Huang, Wang, Romano, Erfani and Bailey, "Normalized Loss Functions for Deep
Learning with Noisy Labels", ICML 2020 (APL).
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from noisy_jax.losses.cross_entropy import focal_of_log_prob
from noisy_jax.losses.primitives import (
  Hyperparameter,
  as_logits_and_labels,
  check_interval,
  label_log_prob,
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
  return _label_share(jnp.negative, logits, labels)


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

  def focal_loss(log_p):
    return focal_of_log_prob(log_p, gamma, detach)

  return _label_share(focal_loss, logits, labels)


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
  return _label_share(lambda log_p: -tempered_log(log_p, q), logits, labels)


def _label_share(
  loss_of_log_prob: Callable[[jax.Array], jax.Array], logits: ArrayLike, labels: ArrayLike
) -> jax.Array:
  """loss(p_k) / sum_j loss(p_j)."""
  logits, labels = as_logits_and_labels(logits, labels)
  is_label = jax.nn.one_hot(labels, logits.shape[-1], dtype=bool)
  every_loss = loss_of_log_prob(jax.nn.log_softmax(logits))
  return _share(
    loss_of_log_prob(label_log_prob(logits, labels)),
    jnp.sum(jnp.where(is_label, 0, every_loss), axis=-1),
  )


@jax.custom_jvp
def _share(part: jax.Array, rest: jax.Array) -> jax.Array:
  """part / (part + rest), whose derivative does not cancel where part is nearly all."""
  return part / (part + rest)


@_share.defjvp
def _share_jvp(primals, tangents):
  (part, rest), (part_dot, rest_dot) = primals, tangents
  whole = part + rest
  return _share(part, rest), (rest / whole * part_dot - part / whole * rest_dot) / whole

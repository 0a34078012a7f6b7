"""Reverse cross-entropy, and its sum with cross-entropy."""

import math

import jax

from noisy_jax.losses.guard import guard
from noisy_jax.losses.primitives import (
  Hyperparameter,
  log_prob,
  one_minus_exp,
  safe_product,
)

# RCE replaces the logarithm of the one-hot label's zeros by minus this number.
MINUS_LOG_ZERO = -math.log(1e-4)


@guard(scale="(0, inf)")
def reverse_cross_entropy(
  logits: jax.Array, labels: jax.Array, *, scale: Hyperparameter = MINUS_LOG_ZERO
) -> jax.Array:
  """Reverse cross-entropy (RCE): label and softmax output exchanged.

  L = -sum_j p_j log e_j = scale * (1 - p_k), with p = softmax(logits), k = labels, e the
  one-hot label, and -scale in place of log 0. It is `mae` with another scale.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    scale: positive; -log(1e-4) = 9.21 in the code of SCE, APL, ALFs and ANL. The paper's
      text sets log 0 to A = -4, which is scale = 4.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, scale].

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or scale is a number that is not positive.

  Source: Wang, Ma, Chen, Luo, Yi and Bailey, "Symmetric Cross Entropy for Robust Learning
    with Noisy Labels", ICCV 2019.
  """
  return scale * one_minus_exp(log_prob(logits, labels))


@guard(alpha="[0, inf)", beta="[0, inf)", scale="(0, inf)")
def symmetric_cross_entropy(
  logits: jax.Array,
  labels: jax.Array,
  *,
  alpha: Hyperparameter = 0.1,
  beta: Hyperparameter = 1.0,
  scale: Hyperparameter = MINUS_LOG_ZERO,
) -> jax.Array:
  """Symmetric cross-entropy (SCE): cross-entropy plus its reverse.

  L = -alpha log p_k + beta * scale * (1 - p_k), with p = softmax(logits) and k = labels.
  For alpha > 0 it is not bounded, and its sum over labels is not constant: "symmetric"
  means that it has both directions of cross-entropy.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    alpha: at least 0, weight of cross-entropy; 0.1 for CIFAR-10 (MNIST 0.01, CIFAR-100 6,
      WebVision 10).
    beta: at least 0, weight of `reverse_cross_entropy`; 1 for all but CIFAR-100 (0.1).
    scale: scale of `reverse_cross_entropy`.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, inf).

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or alpha, beta or scale is a number out of range.

  Source: Wang et al., ICCV 2019; the weights as in the code of APL, ANL and eps-softmax.
  """
  log_p = log_prob(logits, labels)
  return safe_product(alpha, -log_p) + beta * scale * one_minus_exp(log_p)

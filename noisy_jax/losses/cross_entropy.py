"""Cross-entropy and its relatives: unbounded, they learn fast and memorise wrong labels."""

import jax
import jax.numpy as jnp
from jax import lax

from noisy_jax.losses.guard import guard
from noisy_jax.losses.primitives import (
  Hyperparameter,
  log_prob,
  mean_margin,
  one_minus_exp,
  power,
  safe_product,
)


@guard()
def label_log_prob(logits: jax.Array, labels: jax.Array) -> jax.Array:
  """Log-probability of the labelled class.

  log p_k = z_k - log sum_j exp(z_j), with z = logits and k = labels. The value and its
  derivative d log p_k / dz_j = [j = k] - p_j have full relative precision, also where p_k
  is 1e-30 or 1 - 1e-30.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.

  Returns:
    float32[...] (float64 for float64 logits), at most 0.

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit.
  """
  return log_prob(logits, labels)


@guard()
def cross_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
  """Cross-entropy between the softmax output and the label.

  L = -log p_k, with p = softmax(logits) and k = labels. Its gradient on the labelled
  logit, p_k - 1, is largest where the network disagrees with the label. So a fresh network
  learns at any number of classes, and later fits wrong labels too.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, inf).

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit.

  Example:
    >>> from noisy_jax import losses
    >>> f"{losses.ce([2.0, 0.0, 0.0], 0):.3f}"
    '0.240'
    >>> f"{losses.ce([2.0, 0.0, 0.0], -100):.3f}"
    'nan'
  """
  return -log_prob(logits, labels)


@guard(alpha="(-inf, 1]")
def label_smoothing(
  logits: jax.Array, labels: jax.Array, *, alpha: Hyperparameter = 0.1
) -> jax.Array:
  """Cross-entropy against a label mixed with the uniform distribution.

  L = -(1 - alpha) log p_k - alpha/K sum_j log p_j, with p = softmax(logits) and k = labels.
  The share alpha goes to all K classes, the labelled one included. Some code gives it to
  the K - 1 others, which is this loss with alpha K / (K - 1). An entry of the gradient, p_j
  less the mixed label, is precise to 1e-5 of these two terms in float32.

  Args:
    logits: unnormalised scores, float[..., K], finite: a class masked by -inf makes the
      loss inf for alpha > 0, -inf for alpha < 0, and changes nothing for alpha = 0.
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    alpha: at most 1; 0.1 as in the paper. A negative one is negative label smoothing.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), from the entropy of the
    mixed label on for alpha > 0, any number for alpha < 0.

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or alpha is a number above 1.

  Source: Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, "Rethinking the Inception
    Architecture for Computer Vision", CVPR 2016.
  """
  return ls_from_margin(log_prob(logits, labels), mean_margin(logits, labels), alpha=alpha)


def ls_from_margin(
  log_p: jax.Array, margin: jax.Array, *, alpha: Hyperparameter = 0.1
) -> jax.Array:
  """`label_smoothing` from log p_k and z_k less the mean of all logits, float[...]."""
  # mean_j log p_j = log p_k - mean_j (z_k - z_j).
  return -log_p + safe_product(alpha, margin)


@guard(gamma="[0, inf)")
def focal(
  logits: jax.Array, labels: jax.Array, *, gamma: Hyperparameter = 0.5, detach: bool = False
) -> jax.Array:
  """Focal loss: cross-entropy with less weight on examples that are already learned.

  L = -(1 - p_k)^gamma log p_k, with p = softmax(logits) and k = labels. gamma = 0 is
  `cross_entropy`.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    gamma: at least 0; 0.5 in the code of APL, ALFs and ANL.
    detach: whether derivatives hold the factor (1 - p_k)^gamma constant, as in that code:
      the gradient is then cross-entropy's times the factor.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, inf).

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or gamma is a negative number.

  Source: Lin, Goyal, Girshick, He and Dollar, "Focal Loss for Dense Object Detection",
    ICCV 2017.
  """
  log_p = log_prob(logits, labels)
  # At p_k = 0 it is cross-entropy; 0, the derivative of the factor, times log 0 is NaN.
  is_zero = log_p == -jnp.inf
  finite = jnp.where(is_zero, 0, log_p)
  value = focal_of_label(finite, one_minus_exp(finite), gamma, detach=detach)
  return jnp.where(is_zero, -log_p, value)


def focal_of_label(
  log_p: jax.Array, error: jax.Array, gamma: Hyperparameter, *, detach: bool
) -> jax.Array:
  """-(1 - p)^gamma log p, with error = 1 - p; its derivative is finite where p rounds to 1.

  `detach` holds (1 - p)^gamma constant in derivatives.
  """
  # Second derivatives divide by error^2, which must not underflow.
  error = jnp.maximum(error, jnp.finfo(error.dtype).tiny ** 0.5)
  factor = power(error, gamma)
  return -log_p * (lax.stop_gradient(factor) if detach else factor)

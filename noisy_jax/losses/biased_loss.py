"""The logit bias: a constant on the labelled logit that lets bounded losses start.

A bounded loss has a gradient where p_k is neither near 0 nor near 1. A fresh network has
logits near 0 and p_k near 1/K, so that with many classes this region lies about ln(K) away.
A bias eps on the labelled logit, inside the loss alone, moves the network there. Prediction
uses the logits without the bias. L* is a loss L with the bias.
"""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax.losses.guard import as_logits_and_labels, check_shape
from noisy_jax.losses.primitives import Loss, label_mask


def add_logit_bias(logits: ArrayLike, labels: ArrayLike, eps: ArrayLike) -> jax.Array:
  """Adds eps to the logit of the labelled class.

  z_j + eps * [j = k], with z = logits and k = labels. For training only.

  Args:
    logits: unnormalised scores, float[..., K], or float[V, ..., K] of V views of the same
      examples.
    labels: class ids, int[...]; a label outside [0, K) leaves its logits unchanged.
    eps: the bias, a scalar; `analysis.calibration.logit_bias` computes it for a loss and K.

  Returns:
    Logits of the same shape, float32 (float64 for float64 logits).

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or eps is not a scalar.

  Source: Staats, Thamm and Rosenow, "Enhancing Noise-Robust Losses for Large-Scale Noisy
    Data Learning", AAAI 2025.
  """
  check_shape("eps", eps)
  logits, labels = as_logits_and_labels(logits, labels, views=True)
  is_label = label_mask(logits, labels)
  return jnp.where(is_label, logits + eps, logits)


def with_logit_bias(loss: Loss, eps: ArrayLike) -> Loss:
  """The loss L* of logits with eps added to the labelled one.

  L*(z, k) = L(z + eps e_k, k). With `mae` it is MAE*, with GCE it is GCE*.

  A biased loss is in general not symmetric. From p_k = 0 to 1 the slope of MAE*, dL*/dp_k,
  falls by a factor of exp(2 eps): for eps > 0 MAE* is asymmetric only if the clean label is
  at least exp(2 eps) times as likely as any other (our own derivation).

  Args:
    loss: function of (logits, labels).
    eps: the bias, a scalar; 0 does not change the loss.

  Returns:
    A function of (logits, labels) with the shapes and range of `loss`. Equal losses with
    the same eps give equal functions, so that jit compiles one once.

  Raises:
    ValueError: if eps is not a scalar.

  Example:
    >>> from noisy_jax import losses
    >>> mae_star = losses.with_logit_bias(losses.mae, 4.84)
    >>> f"{mae_star([2.0, 0.0, 0.0], 0):.3f}"
    '0.004'
    >>> mae_star == losses.with_logit_bias(losses.mae, 4.84)
    True

  Source: Staats, Thamm and Rosenow, AAAI 2025.
  """
  check_shape("eps", eps)
  # An array cannot be hashed, and a traced one has no value yet.
  is_traced = isinstance(eps, jax.core.Tracer)
  return BiasedLoss(loss, eps if is_traced else np.asarray(eps).item())


@dataclasses.dataclass(frozen=True)
class BiasedLoss:
  """A loss with a logit bias, from `with_logit_bias`.

  Attributes:
    loss: the loss without the bias.
    eps: the bias.
  """

  loss: Loss
  eps: ArrayLike

  def __call__(self, logits: ArrayLike, labels: ArrayLike) -> jax.Array:
    return self.loss(add_logit_bias(logits, labels, self.eps), labels)

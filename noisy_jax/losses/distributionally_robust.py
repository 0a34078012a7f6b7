"""Label-distributionally robust losses: the worst case over labels near the given label."""

import jax
import jax.numpy as jnp

from noisy_jax.losses.guard import guard
from noisy_jax.losses.primitives import Hyperparameter, label_mask, log_prob


@guard(lam="(0, inf)", c="[0, inf)")
def label_distributionally_robust_kl(
  logits: jax.Array,
  labels: jax.Array,
  *,
  lam: Hyperparameter = 1.0,
  c: Hyperparameter = 0.1,
  normalize: bool = False,
) -> jax.Array:
  """Label-distributionally robust loss, regularised by a KL divergence (LDR-KL).

  L = lam log((1/K) sum_j exp((z_j - z_k + c [j != k]) / lam)), with z = logits and
  k = labels. It is lam times the cross-entropy of (z - c e_k) / lam, less lam log K. For
  lam -> 0 it is a margin loss, max_j (z_j - z_k + c [j != k]). lam = 1 and c = 0 is
  `cross_entropy` less log K. For lam -> inf it is the mean of the differences, which is
  symmetric, but bounded below for bounded logits alone: hence `normalize`. In float32 the
  value is precise to 3e-7 of lam log K.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    lam: positive; in the code of eps-softmax, which normalizes, 10 for MNIST and CIFAR-10,
      1 for CIFAR-100, WebVision and Clothing1M.
    c: the margin, at least 0; 0.1 in that code.
    normalize: whether z is softplus(logits) divided by its mean over the classes. The
      gradient is then precise to 1e-5 of its terms.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in (-lam log K, inf).

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or lam or c is a number out of range.

  Source: Zhu, Ying and Yang, "Label Distributionally Robust Losses for Multi-class
    Classification: Consistency, Robustness and Adaptivity", ICML 2023.
  """
  num_classes = logits.shape[-1]
  if normalize:
    # In logarithms, as softplus underflows for very negative logits.
    is_low = logits < -15
    softplus = jax.nn.softplus(jnp.where(is_low, 0, logits))
    logits = num_classes * jax.nn.softmax(jnp.where(is_low, logits, jnp.log(softplus)))
  lowered = jnp.where(label_mask(logits, labels), logits - c, logits)
  return -lam * (log_prob(lowered / lam, labels) + jnp.log(num_classes))

"""Cross-entropy of the eps-softmax, which lies near a vertex of the simplex."""

import jax
import jax.numpy as jnp
from jax import lax

from noisy_jax.losses.guard import guard
from noisy_jax.losses.primitives import (
  Hyperparameter,
  label_logits,
  log_prob,
  one_minus_exp,
)


@guard(m="[0, inf)", q_min="[0, 1)")
def epsilon_softmax_cross_entropy(
  logits: jax.Array,
  labels: jax.Array,
  *,
  m: Hyperparameter = 1e4,
  q_min: Hyperparameter = 0.0,
) -> jax.Array:
  """Cross-entropy of the eps-softmax (CE_eps, ECE).

  L = -log max(q_k, q_min), with q = (p + m e_t) / (1 + m), p = softmax(logits), t the
  likeliest class, e_t one-hot, and k = labels. If the label is the likeliest class, the
  gradient is cross-entropy's times p_k / (p_k + m), almost 0. If not, the gradient is
  cross-entropy's, and the value is larger by log(1 + m). m = 0 is `cross_entropy`.
  Derivatives hold t constant; of several likeliest classes t is the first.

  q_min > 0 ignores labels that the network finds too unlikely: below q_k = q_min, the loss
  is -log q_min and its gradient 0. If the label is not the likeliest class, this is below
  p_k = (1 + m) q_min. The codes of eps-softmax and JAL have q_min = 1e-8, so that an
  example has no gradient below p_k = 1e-4 for m = 1e4, and below 1e-3 for m = 1e5, where a
  network of many classes starts.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    m: at least 0; 1e4 as published for CIFAR-100, where `mae` is added to 0.1, 0.05, 0.03,
      0.0125 and 0.0075 times this loss for symmetric noise of 0, 20, 40, 60 and 80 %
      (0.0125 in the paper, 0.00125 in its code); for asymmetric noise of 10 to 40 %,
      m = 100 and the factors 0.015, 0.007, 0.005 and 0.004.
    q_min: lower bound on q_k, in [0, 1); 0 is none. 1e-8 in the codes.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, -log(q_min)], which
    is [0, inf) for q_min = 0.

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or m is a negative number, or q_min is not in [0, 1).

  Source: Wang, Zhou, Zhai, Jiang, Ji and Liu, "eps-Softmax: Approximating One-Hot Vectors
    for Mitigating Label Noise", NeurIPS 2024; q_min in its code.
  """
  log_p = log_prob(logits, labels)
  # Whether the label is the first of the likeliest classes: XLA's argmax is slow on a CPU.
  label_logit = label_logits(logits, labels)[..., None]
  index = lax.broadcasted_iota(labels.dtype, logits.shape, logits.ndim - 1)
  tied_before = (logits == label_logit) & (index < labels[..., None])
  agrees = ~jnp.any((logits > label_logit) | tied_before, axis=-1)
  return ece_from_log_prob(log_p, agrees, m=m, q_min=q_min)


def ece_from_log_prob(
  log_p: jax.Array,
  agrees: jax.Array,
  *,
  m: Hyperparameter = 1e4,
  q_min: Hyperparameter = 0.0,
) -> jax.Array:
  """ECE from log p_k, and whether the label is the likeliest class, bool[...]."""
  # Any number will do where the label is not the likeliest class.
  likeliest_log_p = jnp.where(agrees, log_p, 0)
  gap = one_minus_exp(likeliest_log_p) / (1 + m)
  near_one = jnp.log1p(-jnp.where(gap < 0.5, gap, 0))
  # Only small m come here.
  far = jnp.where(gap < 0.5, 1, jnp.exp(likeliest_log_p) + m)
  log_q = jnp.where(gap < 0.5, near_one, jnp.log(far) - jnp.log1p(m))
  value = jnp.where(agrees, -log_q, jnp.log1p(m) - log_p)
  # A logarithm of 0 would make the derivative in q_min NaN where nothing is clamped.
  q_min = jnp.asarray(q_min, value.dtype)
  highest = -jnp.log(jnp.where(q_min > 0, q_min, 1))
  # A minimum would halve the derivative where both sides are equal.
  return jnp.where((q_min > 0) & (value > highest), highest, value)

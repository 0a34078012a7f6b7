"""Asymmetric losses: bounded, with the minimum of the clean label under noise.

They need a clean label that is, at every input, more likely than any other by a factor that
the hyperparameters set. All three are functions of p_k alone.

Source: Zhou, Liu, Jiang, Gao and Ji, "Asymmetric Loss Functions for Learning with Noisy
Labels", ICML 2021 (ALFs).
"""

import jax
import jax.numpy as jnp

from noisy_jax.losses.guard import guard
from noisy_jax.losses.primitives import (
  Hyperparameter,
  log_prob,
  one_minus_exp,
  tempered_log,
)


@guard(a="(0, inf)", q="(0, inf)")
def asymmetric_generalized_cross_entropy(
  logits: jax.Array, labels: jax.Array, *, a: Hyperparameter = 0.6, q: Hyperparameter = 0.6
) -> jax.Array:
  """Asymmetric generalized cross-entropy (AGCE).

  L = ((a + 1)^q - (a + p_k)^q) / q, with p = softmax(logits) and k = labels. a -> 0 is
  `generalized_cross_entropy`, q = 1 is `mae` with scale 1. For q >= 1 it is asymmetric
  under any noise whose most likely label is the clean one; for q < 1 if that label is more
  likely than every other by a factor of at least (1 + 1/a)^(1 - q).

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    a: positive; 0.6 in the paper's code for CIFAR-10 and CIFAR-100.
    q: positive; 0.6 in the paper's code for CIFAR-10 and CIFAR-100.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), from 0 to
    ((a + 1)^q - a^q) / q.

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or a or q is a number that is not positive.

  Source: Zhou et al., ICML 2021.
  """
  log_p = log_prob(logits, labels)
  # log of (a + p) / (a + 1), by log1p unless both a and p are small.
  gap = one_minus_exp(log_p) / (1 + a)
  near_one = jnp.log1p(-jnp.where(gap < 0.5, gap, 0))
  far_from_one = jnp.logaddexp(jnp.log(a), log_p) - jnp.log1p(a)
  log_ratio = jnp.where(gap < 0.5, near_one, far_from_one)
  return -jnp.power(1.0 + a, q) * tempered_log(log_ratio, q)


@guard(a="(1, inf)", q="(0, inf)")
def asymmetric_unhinged(
  logits: jax.Array, labels: jax.Array, *, a: Hyperparameter = 5.5, q: Hyperparameter = 3.0
) -> jax.Array:
  """Asymmetric unhinged loss (AUL).

  L = ((a - p_k)^q - (a - 1)^q) / q, with p = softmax(logits) and k = labels. q = 1 is `mae`
  with scale 1. For q <= 1 it is asymmetric under any noise whose most likely label is the
  clean one; for q > 1 if that label is more likely than every other by a factor of at
  least (a / (a - 1))^(q - 1).

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    a: above 1; 5.5 in the paper's code for CIFAR-10 and CIFAR-100.
    q: positive; 3 in the paper's code for CIFAR-10 and CIFAR-100.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), from 0 to
    (a^q - (a - 1)^q) / q.

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or a is a number that is not above 1, or q a number
      that is not positive.

  Source: Zhou et al., ICML 2021.
  """
  error = one_minus_exp(log_prob(logits, labels))
  # log of (a - 1) / (a - p), by log1p near 1.
  range_left = (a - 1.0) + error
  gap = error / range_left
  near_one = jnp.log1p(-jnp.where(gap < 0.5, gap, 0))
  log_ratio = jnp.where(gap < 0.5, near_one, jnp.log(a - 1.0) - jnp.log(range_left))
  return -jnp.power(range_left, q) * tempered_log(log_ratio, q)


@guard(a="(0, inf)")
def asymmetric_exponential(
  logits: jax.Array, labels: jax.Array, *, a: Hyperparameter = 2.5
) -> jax.Array:
  """Asymmetric exponential loss (AEL).

  L = exp(-p_k / a), with p = softmax(logits) and k = labels. It is asymmetric if the clean
  label is more likely than every other by a factor of at least exp(1 / a). Its least value
  is not 0.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    a: positive; 2.5 in the paper's code for CIFAR-10 and CIFAR-100.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [exp(-1/a), 1].

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or a is a number that is not positive.

  Source: Zhou et al., ICML 2021.
  """
  return jnp.exp(-jnp.exp(log_prob(logits, labels)) / a)

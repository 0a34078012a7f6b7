"""Cross-entropy without its steep end: bounded, and still steeper where p_k is small.

Cross-entropy has the slope -1/p_k, without bound. A Taylor series cut off after t terms has
at most t there, a Huberised one at most tau: that is how many times likelier than any other
the clean label must be for noise to leave their minimum in place (our own derivation). Both
are functions of p_k alone.
"""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from noisy_jax.losses.primitives import (
  Hyperparameter,
  checked,
  label_log_prob,
  one_minus_exp,
)

_MOST_TERMS = 100


def taylor_cross_entropy(logits: ArrayLike, labels: ArrayLike, *, t: int = 2) -> jax.Array:
  """Taylor cross-entropy (Taylor-CE): the series of -log p_k around p_k = 1, cut off.

  L = sum_{i=1..t} (1 - p_k)^i / i, with p = softmax(logits) and k = labels. t = 1 is `mae`
  with scale 1; for t -> inf it tends to `cross_entropy`. The Taylor softmax, which some
  code calls by the same name, is something else.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; checked where data enter, not under jit.
    t: how many terms, a whole number from 1 to 100; 2 is our choice, from the 2 to 6 that
      the paper is said to try (we could not verify it).

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in
    [0, 1 + 1/2 + ... + 1/t]; NaN for a label outside [0, K).

  Raises:
    AssertionError: on shapes or kinds that do not fit.
    ValueError: if t is no whole number, or out of range.

  Source: Feng, Shu, Lin, Lv, Li and An, "Can Cross Entropy Loss Be Robust to Label Noise?",
    IJCAI 2020.
  """
  if not (checked("t", t, f"[1, {_MOST_TERMS}]") == int(t)):
    raise ValueError(f"t: {t}, must be a whole number")
  error = one_minus_exp(label_log_prob(logits, labels))
  total = jnp.zeros_like(error)
  for i in range(int(t), 0, -1):
    total = error * (1 / i + total)
  return total


def partially_huberised_cross_entropy(
  logits: ArrayLike, labels: ArrayLike, *, tau: Hyperparameter = 10.0
) -> jax.Array:
  """Partially Huberised cross-entropy (PHuber-CE): a straight line below p_k = 1/tau.

  L = -log p_k if p_k > 1/tau else 1 + log tau - tau p_k, with p = softmax(logits) and
  k = labels. Continuous with its slope in p_k, which nowhere exceeds tau: the gradient is
  cross-entropy's times min(1, tau p_k). tau = 1 is `mae` with scale 1. Clipping the norm
  of a batch's gradient is not the same.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; checked where data enter, not under jit.
    tau: at least 1; in a public reproduction 10 for MNIST, 2 for CIFAR-10 and 10 or 50
      for CIFAR-100.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, 1 + log tau]; NaN
    for a label outside [0, K).

  Raises:
    AssertionError: on shapes or kinds that do not fit.
    ValueError: if tau is a number below 1; arrays are not looked at.

  Source: Menon, Rawat, Reddi and Kumar, "Can Gradient Clipping Mitigate Label Noise?", ICLR
    2020.
  """
  tau = checked("tau", tau, "[1, inf)")
  log_p = label_log_prob(logits, labels)
  log_tau = jnp.log(jnp.asarray(tau, log_p.dtype))
  excess = log_p + log_tau
  # A minimum would halve the derivative where both sides are equal.
  below = one_minus_exp(jnp.where(excess > 0, 0, excess))
  return jnp.where(excess > 0, -log_p, log_tau + below)

"""Cross-entropy with a bounded slope at small p_k, which bounds the loss.

The slope of cross-entropy, -1/p_k, has no bound. A Taylor series of t terms has a slope of
at most t, Huberised cross-entropy of at most tau: if the clean label is at least so many
times likelier than any other, noise leaves the minimum in place (our own derivation). The
slope of PolySoft falls to 0: it ignores labels less likely than exp(-lam). All are
functions of p_k alone.
"""

import jax
import jax.numpy as jnp

from noisy_jax import checks
from noisy_jax.losses.guard import guard
from noisy_jax.losses.primitives import (
  Hyperparameter,
  log_prob,
  one_minus_exp,
  tempered_log,
)

_MOST_TERMS = 100


@guard()
def taylor_cross_entropy(logits: jax.Array, labels: jax.Array, *, t: int = 2) -> jax.Array:
  """Taylor cross-entropy (Taylor-CE): the first terms of -log p_k around p_k = 1.

  L = sum_{i=1..t} (1 - p_k)^i / i, with p = softmax(logits) and k = labels. t = 1 is `mae`
  with scale 1; for t -> inf it tends to `cross_entropy`. The Taylor softmax, to which some
  code gives the same name, is another loss.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    t: number of terms, a whole number from 1 to 100; 2 is our choice, from the 2 to 6 that
      the paper is said to try (we could not verify it).

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, 1 + 1/2 + ... +
    1/t].

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or t is not a whole number, or out of range.

  Source: Feng, Shu, Lin, Lv, Li and An, "Can Cross Entropy Loss Be Robust to Label Noise?",
    IJCAI 2020.
  """
  if not (checks.number("t", t, f"[1, {_MOST_TERMS}]") == int(t)):
    raise ValueError(f"t: {t}, must be a whole number")
  error = one_minus_exp(log_prob(logits, labels))
  total = jnp.zeros_like(error)
  for i in range(int(t), 0, -1):
    total = error * (1 / i + total)
  return total


@guard(tau="[1, inf)")
def partially_huberized_cross_entropy(
  logits: jax.Array, labels: jax.Array, *, tau: Hyperparameter = 10.0
) -> jax.Array:
  """Partially Huberised cross-entropy (PHuber-CE): a straight line below p_k = 1/tau.

  L = -log p_k if p_k > 1/tau else 1 + log tau - tau p_k, with p = softmax(logits) and
  k = labels. Loss and slope are continuous in p_k, and the slope is at most tau: the
  gradient is cross-entropy's times min(1, tau p_k). tau = 1 is `mae` with scale 1. Clipping
  the norm of a batch's gradient has another effect.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    tau: at least 1; in a public reproduction 10 for MNIST, 2 for CIFAR-10 and 10 or 50 for
      CIFAR-100.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, 1 + log tau].

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or tau is a number below 1.

  Source: Menon, Rawat, Reddi and Kumar, "Can Gradient Clipping Mitigate Label Noise?", ICLR
    2020.
  """
  log_p = log_prob(logits, labels)
  log_tau = jnp.log(jnp.asarray(tau, log_p.dtype))
  excess = log_p + log_tau
  # A minimum would halve the derivative where both sides are equal.
  below = one_minus_exp(jnp.where(excess > 0, 0, excess))
  return jnp.where(excess > 0, -log_p, log_tau + below)


@guard(lam="(0, inf)", d="(1, inf)")
def polysoft_cross_entropy(
  logits: jax.Array,
  labels: jax.Array,
  *,
  lam: Hyperparameter = 5.0,
  d: Hyperparameter = 2.0,
) -> jax.Array:
  """PolySoft: cross-entropy with a gradient that falls to 0 at CE = lam.

  L = (1 - 1/d) lam (1 - max(1 + log p_k / lam, 0)^(d / (d - 1))), with p = softmax(logits)
  and k = labels. With CE = -log p_k, its gradient is cross-entropy's times the weight
  (1 - CE / lam)^(1 / (d - 1)), and 0 from CE = lam on. For d -> inf it is min(CE, lam); for
  d -> 1 with lam (d - 1) = 1/q it is `generalized_cross_entropy`. For lam (d - 1) <= 1 it
  is concave in p_k, hence asymmetric under any noise whose most likely label is the clean
  one (our own derivations).

  The logits of a fresh network are nearly equal. At equal logits CE is log K: with a lam
  below log K there is no gradient. lam = 5 is enough for 10 classes; 1000 classes, where
  log K is 6.9, need a logit bias (`with_logit_bias`) or a larger lam.

  Near CE = lam, the weight is as precise as CE, which float32 rounds by 1e-7 of itself. For
  d above 2 the weight falls vertically there, and its derivative has no bound.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    lam: positive, the cross-entropy from which on an example has no weight; 5 is our
      choice, with which a fresh network of 10 classes has about half of cross-entropy's
      gradient. The papers learn lam and d from clean data.
    d: above 1; 2 is our choice, for which the weight is linear in CE.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, (1 - 1/d) lam].

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or lam is a number that is not positive, or d a number
      that is not above 1.

  Source: Shu, Zhao, Chen, Xu and Meng, "Learning Adaptive Loss for Robust Learning with
    Noisy Labels", arXiv 2002.06482; the formula as in the code of Ding, Shu, Meng and Xu,
    "Improve Noise Tolerance of Robust Loss via Noise-Awareness", arXiv 2301.07306.
  """
  log_p = log_prob(logits, labels)
  # d / (d - 1), whose derivative in d does not cancel where d is large.
  exponent = 1 + 1 / (d - 1)
  has_ended = log_p <= -lam
  # Any value inside will do: at the end, 0 times the logarithm's derivative would be NaN.
  log_p = jnp.where(has_ended, 0, log_p)
  # log(1 - CE / lam), by log1p near 1.
  is_near_one = log_p > -lam / 2
  near_one = jnp.log1p(jnp.where(is_near_one, log_p, 0) / lam)
  far_from_one = jnp.log((lam + log_p) / lam)
  log_left = jnp.where(is_near_one, near_one, far_from_one)
  inside = -lam * tempered_log(log_left, exponent)
  return jnp.where(has_ended, lam / exponent, inside)

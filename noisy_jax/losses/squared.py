"""Squared errors of the softmax output."""

import functools

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from noisy_jax.losses.guard import guard
from noisy_jax.losses.primitives import Hyperparameter, label_mask, softmax_parts


@guard(a="[1, inf)")
def asymmetric_mean_squared_error(
  logits: jax.Array, labels: jax.Array, *, a: Hyperparameter = 30.0
) -> jax.Array:
  """Asymmetric mean squared error (AMSE).

  L = sum_j (a [j = k] - p_j)^2 / K, with p = softmax(logits) and k = labels. With shares w
  of the labels, w_m the largest and w_n the next, its minimum is that of label m iff
  w_m (a - 1) >= w_n a + sum_{i != m} w_i. Its least value is not 0. An entry of its
  gradient is a difference, in float32 precise to 1e-5 of its terms.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    a: at least 1; in the paper's code 30 for CIFAR-10 and WebVision, 20 for CIFAR-100 and 5
      for Clothing1M. That code adds nce, and the L1 norm of all parameters times 5e-5 for
      CIFAR-10 and 5e-6 for CIFAR-100 (`TrainConfig.l1`).

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), from (a - 1)^2 / K to
    (a^2 + 1) / K.

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or a is a number below 1.

  Source: Wang, Liu, Zhou, Hu, Zhai, Jiang and Ji, "Joint Asymmetric Loss for Learning with
    Noisy Labels", ICCV 2025 (JAL).
  """
  return _squared(logits, labels, jnp.asarray(a, logits.dtype))


@jax.custom_jvp
def _squared(logits, labels, a):
  _, error, _, squares = _parts(logits, labels)
  return ((a - 1 + error) ** 2 + squares) / logits.shape[-1]


@functools.partial(_squared.defjvp, symbolic_zeros=True)
def _squared_jvp(primals, tangents):
  """K/2 dL/dz_j = p_j (p_j - S + (a - p_k) p_k), and -p_k ((a - p_k)(1 - p_k) + S) at k.

  S is the sum of p_j^2 over j != k.
  """
  logits, labels, a = primals
  logits_dot, _, a_dot = tangents
  wrong, error, label_p, squares = _parts(logits, labels)
  pull = a - 1 + error
  tangent = jnp.zeros_like(error)
  if not isinstance(logits_dot, SymbolicZero):
    common = pull * label_p - squares
    at_label = -label_p * (pull * error + squares)
    gradient = jnp.where(
      label_mask(logits, labels), at_label[..., None], wrong * (wrong + common[..., None])
    )
    tangent += 2 * jnp.sum(gradient * logits_dot, axis=-1)
  if not isinstance(a_dot, SymbolicZero):
    tangent += 2 * pull * a_dot
  return (pull**2 + squares) / logits.shape[-1], tangent / logits.shape[-1]


def _parts(logits, labels):
  """p_j of the wrong classes, 0 at the label; 1 - p_k; p_k; sum of the wrong p_j^2."""
  exps, wrong, label_logit, _ = softmax_parts(logits, labels)
  label_exp = jnp.exp(label_logit)
  whole = wrong + label_exp
  squares = jnp.sum(exps**2, axis=-1) / whole**2
  return exps / whole[..., None], wrong / whole, label_exp / whole, squares

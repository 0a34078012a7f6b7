"""The largest logit bias with which a loss still tolerates given noise."""

import math

import numpy as np
from jax.typing import ArrayLike

from noisy_jax.analysis.theory.label_curves import difference_at_equal_p, label_curve
from noisy_jax.analysis.theory.noise_tolerance import is_noise_tolerant
from noisy_jax.losses import with_logit_bias
from noisy_jax.losses.primitives import Loss
from noisy_jax.noise import check_matrix

# A larger bias would need labels e^100 times as likely as others.
_LARGEST = 50.0
_TOLERANCE = 1e-3


def largest_tolerant_bias(loss: Loss, matrix: ArrayLike) -> float | None:
  """The largest logit bias with which a loss tolerates the noise of a transition matrix.

  With a bias eps > 0, p_k becomes g(p_k) = e^eps p_k / (1 + (e^eps - 1) p_k), a concave
  function with the slope e^eps at 0 and e^-eps at 1. A loss l(p_k) that falls and is convex
  stays convex, and its `asymmetry_ratio` r becomes r e^(-2 eps). Hence, with w the smallest
  T_kk / T_kj over all rows k and wrong labels j,

    eps <= (ln w + ln r) / 2,

  which is ln(w) / 2 for MAE, with r = 1: under symmetric noise of rate eta it is half of
  ln((1 - eta)(K - 1) / eta). This is our own derivation. For any other loss of p_k alone, a
  bisection on `is_noise_tolerant` finds the bias to 0.001; a loss that is not known to
  tolerate noise counts as intolerant. No loss of all p_j is known to tolerate noise with a
  bias: the result is 0.

  Args:
    loss: function of (logits, labels), one value per example; hashable.
    matrix: T, T_ki the share of label i among examples of clean class k, float[K, K].

  Returns:
    The bias, from 0 up; inf if no label is wrong; None if the loss does not tolerate the
    noise even without a bias.

  Raises:
    ValueError: if the matrix is not a transition matrix, or a loss of p_k alone does not
      fall with p_k.

  Example:
    >>> from noisy_jax import losses, noise
    >>> from noisy_jax.analysis import theory
    >>> matrix = noise.symmetric_matrix(10, 0.4)
    >>> round(theory.largest_tolerant_bias(losses.mae, matrix), 3)
    1.301
  """
  num_classes = len(np.atleast_1d(matrix))
  matrix = check_matrix(matrix, num_classes)
  wrong = matrix[~np.eye(num_classes, dtype=bool)].reshape(num_classes, -1).max(axis=1)
  if not wrong.any():
    return math.inf
  if not is_noise_tolerant(loss, matrix):
    return None
  if difference_at_equal_p(loss) is not None:
    return 0.0
  curve = label_curve(loss)
  if curve.shape in ("linear", "convex"):
    odds = (np.diag(matrix)[wrong > 0] / wrong[wrong > 0]).min()
    return float(np.log(odds * curve.slope_at_one / curve.slope_at_zero)) / 2
  return _by_bisection(loss, matrix)


def _by_bisection(loss, matrix):
  low, high = 0.0, _LARGEST
  while high - low > _TOLERANCE:
    middle = (low + high) / 2
    if is_noise_tolerant(with_logit_bias(loss, middle), matrix):
      low = middle
    else:
      high = middle
  return low

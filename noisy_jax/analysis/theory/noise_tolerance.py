"""Whether a loss tolerates given noise: each clean class keeps its minimum.

For a loss of p_k alone, its asymmetry decides. Any other loss is known to tolerate noise
only if the loss is symmetric and the wrong labels are equally likely.
"""

import math
from typing import NamedTuple

import jax
import numpy as np
from jax.typing import ArrayLike

from noisy_jax.analysis.theory.label_curves import (
  asymmetry_ratio,
  difference_at_equal_p,
  name_of,
  variation_ratio,
)
from noisy_jax.analysis.theory.simplex import of_every_label
from noisy_jax.checks import check_num_classes
from noisy_jax.losses.primitives import Loss
from noisy_jax.noise import check_matrix

_SCALES = (0.3, 1.0, 3.0, 10.0)
_DRAWS = 25


class LabelSum(NamedTuple):
  """The range of sum_i L(z, i) over logits z.

  Attributes:
    smallest: smallest sum at the logits tried.
    largest: largest sum at the logits tried.
  """

  smallest: float
  largest: float

  @property
  def is_symmetric(self) -> bool:
    """Whether the sum is constant to 1e-5 of its size, the precision of float32."""
    largest_size = max(abs(self.smallest), abs(self.largest))
    return self.largest - self.smallest <= 1e-5 * largest_size


class NoiseTolerance(NamedTuple):
  """Whether noise leaves the minimum of every clean class in place; true if it does.

  Attributes:
    holds: True if the minimum is known to stay for every row.
    failing_classes: clean class ids of the other rows.
    reason: the condition on the noise, one sentence.
  """

  holds: bool
  failing_classes: tuple[int, ...]
  reason: str

  def __bool__(self) -> bool:
    return self.holds


def label_sum(loss: Loss, num_classes: int, *, key: jax.Array) -> LabelSum:
  """The range of sum_i L(z, i) over random logits z from N(0, s^2).

  It takes 25 draws at each of s = 0.3, 1, 3 and 10. A loss is symmetric if the sum is
  constant.

  Args:
    loss: function of (logits, labels), one value per example; hashable.
    num_classes: K, at least 2.
    key: random key.

  Returns:
    `LabelSum`; its `is_symmetric` says whether the loss is.

  Raises:
    ValueError: if num_classes is not a whole number from 2 on, or the loss does not give
      one value per example.

  Source: Ghosh, Kumar and Sastry, AAAI 2017.
  """
  check_num_classes(num_classes)
  scales = np.repeat(np.array(_SCALES, np.float32), _DRAWS)
  # With few classes in the last axis, XLA takes seconds to compile the draw on a CPU.
  logits = scales[:, None] * jax.random.normal(key, (num_classes, scales.size)).T
  sums = of_every_label(loss, logits).sum(axis=1)
  return LabelSum(float(sums.min()), float(sums.max()))


def is_noise_tolerant(loss: Loss, matrix: ArrayLike) -> NoiseTolerance:
  """Whether every clean class keeps its minimum when labels are drawn from its row.

  Row k with weights w_i = T_ki passes if every minimiser of sum_i w_i L(u, i) minimises
  L(u, k). A row without wrong labels passes. In any other row w_k must be the largest, and
  - for a loss of p_k alone, w_k / max_{j != k} w_j >= 1/r, with the `asymmetry_ratio` r; if
    r is NaN, >= v, the `variation_ratio`, which suffices but need not be necessary;
  - for any other symmetric loss, all w_j, j != k, must be equal: then the sum is
    (w_k - w_j) L(u, k) plus a constant. With unequal w_j, normalized losses, which are
    symmetric, may have their minimum away from every vertex.

  Args:
    loss: function of (logits, labels), one value per example; hashable.
    matrix: T, T_ki the share of label i among examples of clean class k, float[K, K].

  Returns:
    `NoiseTolerance`, true if all rows pass. A failing row has its minimum elsewhere, or is
    undecided; then the reason says "to be sure".

  Raises:
    ValueError: if the matrix is not a transition matrix (see `noise.check_matrix`), a
      loss of p_k alone does not fall with p_k, or the loss does not give one value per
      example.

  Source: symmetric noise: Ghosh, Kumar and Sastry, AAAI 2017; clean labels that dominate:
    Zhou et al., ICML 2021; the condition on r is our derivation.
  """
  num_classes = len(np.atleast_1d(matrix))
  matrix = check_matrix(matrix, num_classes)
  clean = np.diag(matrix)
  wrong = matrix[~np.eye(num_classes, dtype=bool)].reshape(num_classes, -1)
  most, least = wrong.max(axis=1), wrong.min(axis=1)
  # A tie must not pass by rounding.
  likeliest = clean > (1 + 1e-6) * most
  if difference_at_equal_p(loss) is None:
    ratio, need = _need_of_label_loss(loss)
    passes = likeliest & (ratio * clean >= most)
  elif label_sum(loss, num_classes, key=jax.random.key(0)).is_symmetric:
    passes = likeliest & (most - least <= 1e-6 * most)
    need = "the likeliest and all others equally likely, to be sure"
  else:
    passes = np.zeros(num_classes, bool)
    need = "the only one, to be sure: it is neither symmetric nor a function of p_k alone"
  failing = tuple(np.flatnonzero(~(passes | (most == 0))).tolist())
  reason = f"for {name_of(loss)} the clean label must be {need}"
  return NoiseTolerance(not failing, failing, reason)


def _need_of_label_loss(loss):
  """r, or 1/v in its place, and the condition on the clean label in words."""
  ratio, sure = asymmetry_ratio(loss), ""
  if math.isnan(ratio):
    ratio, sure = 1 / variation_ratio(loss), ", to be sure"
  if ratio == 0:
    return ratio, f"the only one{sure}"
  if ratio == 1:
    return ratio, "the likeliest"
  return ratio, f"at least {1 / ratio:.4g} times as likely as any other{sure}"

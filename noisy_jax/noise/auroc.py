"""The area under the receiver operating characteristic of a score."""

import numpy as np
from numpy.typing import ArrayLike


def auroc(scores: ArrayLike, positives: ArrayLike) -> float:
  """Area under the receiver operating characteristic.

  It is the probability that a positive example has a higher score than a negative one,
  where a tie counts one half: with R the sum of the ranks of the P positive scores among
  all P + N,

    (R - P (P + 1) / 2) / (P N).

  0.5 is chance, 1 a perfect order, 0 a perfect order backwards. With the loss of each
  example as score, and `NoisyLabels.flipped` or `OpenSet.replaced` as positives, it
  measures how well the loss finds wrong examples.

  Args:
    scores: one number for each example, float[n]; infinities are ordered like numbers.
    positives: bool[n].

  Returns:
    A number in [0, 1].

  Raises:
    ValueError: if the shapes differ, a score is NaN, or one of the two kinds is missing.

  Example:
    >>> from noisy_jax import noise
    >>> noise.auroc([0.1, 0.4, 0.35, 0.8], [False, False, True, True])
    0.75

  Source: Hanley and McNeil, Radiology 1982.
  """
  scores, positives = np.asarray(scores), np.asarray(positives)
  if positives.dtype != bool or positives.ndim != 1:
    raise ValueError(
      f"positives: {positives.dtype}{list(positives.shape)}, must be one row of booleans"
    )
  if scores.shape != positives.shape:
    raise ValueError(
      f"scores: shape {list(scores.shape)}, must be {list(positives.shape)}: one for each "
      "example"
    )
  if np.isnan(scores).any():
    first = np.flatnonzero(np.isnan(scores))[0]
    raise ValueError(f"scores: nan at position {first}, must be a number")
  num_positives = int(positives.sum())
  num_negatives = positives.size - num_positives
  if not num_positives or not num_negatives:
    raise ValueError(
      f"positives: {num_positives} of {positives.size} are true, must be some and not all"
    )
  _, group, counts = np.unique(scores, return_inverse=True, return_counts=True)
  # Equal scores share the mean of their ranks.
  mean_rank = np.cumsum(counts) - (counts - 1) / 2
  rank_sum = mean_rank[group[positives]].sum()
  above = rank_sum - num_positives * (num_positives + 1) / 2
  return float(above / (num_positives * num_negatives))

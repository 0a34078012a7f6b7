"""What every kind of label noise returns: the noisy labels beside the clean ones."""

from typing import NamedTuple

import numpy as np


class NoisyLabels(NamedTuple):
  """Labels to train on, and the true ones to measure by.

  Attributes:
    noisy: class ids to train on, int32[n].
    clean: the true class ids, int32[n]; no training step sees them.
    num_classes: K; class ids are in [0, K).
  """

  noisy: np.ndarray
  clean: np.ndarray
  num_classes: int

  @property
  def flipped(self) -> np.ndarray:
    """bool[n]: where the noisy label is wrong."""
    return self.noisy != self.clean

  @property
  def rate(self) -> float:
    """The realised share of wrong labels, in [0, 1]."""
    return float(self.flipped.mean())

  @property
  def matrix(self) -> np.ndarray:
    """The realised transition matrix, float64[K, K].

    Entry [i, j] is the share of the examples of clean class i that are labelled j. The row
    of a class without examples is NaN: nothing is known of it.
    """
    shape = (self.num_classes, self.num_classes)
    pairs = np.ravel_multi_index((self.clean, self.noisy), shape)
    counts = np.bincount(pairs, minlength=self.num_classes**2).reshape(shape)
    totals = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, totals, out=np.full(shape, np.nan), where=totals > 0)


def describe(labels: NoisyLabels, *, labels_trusted: bool) -> str:
  """How many labels are wrong, in words, or that nobody knows.

  Args:
    labels: to train on.
    labels_trusted: whether they were right before the noise was made.

  Returns:
    Such as "40.0% wrong labels", or "labels as given, 40.0% of them made wrong".
  """
  if labels_trusted:
    return f"{labels.rate:.1%} wrong labels"
  made = f", {labels.rate:.1%} of them made wrong" if labels.flipped.any() else ""
  return f"labels as given{made}"

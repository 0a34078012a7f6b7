"""Noisy labels beside the clean ones, the result of every kind of label noise."""

from typing import NamedTuple

import numpy as np


class NoisyLabels(NamedTuple):
  """Labels to train on, and the true ones for metrics.

  Attributes:
    noisy: class ids to train on, int32[n].
    clean: the true class ids, int32[n]; no training step sees them.
    num_classes: K; class ids are in [0, K).
    votes: labels of each example from several people, int32[n, people], with equal weights
      in training; `noisy` is their majority. None if each example has one label.
  """

  noisy: np.ndarray
  clean: np.ndarray
  num_classes: int
  votes: np.ndarray | None = None

  def select(self, places: np.ndarray) -> "NoisyLabels":
    """The labels of some examples, by places int[n] or bool[n]."""
    votes = None if self.votes is None else self.votes[places]
    return NoisyLabels(self.noisy[places], self.clean[places], self.num_classes, votes)

  @property
  def flipped(self) -> np.ndarray:
    """Whether the noisy label is wrong, bool[n]."""
    return self.noisy != self.clean

  @property
  def rate(self) -> float:
    """The realised share of wrong labels, in [0, 1]."""
    return float(self.flipped.mean())

  @property
  def matrix(self) -> np.ndarray:
    """The realised transition matrix, float64[K, K].

    Entry [i, j] is the share of label j among the examples of clean class i. The row of a
    class without examples is NaN.
    """
    shape = (self.num_classes, self.num_classes)
    pairs = np.ravel_multi_index((self.clean, self.noisy), shape)
    counts = np.bincount(pairs, minlength=self.num_classes**2).reshape(shape)
    totals = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, totals, out=np.full(shape, np.nan), where=totals > 0)


def describe(labels: NoisyLabels, *, labels_trusted: bool) -> str:
  """The share of wrong labels in words.

  Args:
    labels: the labels.
    labels_trusted: whether the labels were right before the noise was made.

  Returns:
    A text such as "40.0% wrong labels", or "labels as given, 40.0% of them made wrong".
  """
  if labels.votes is not None:
    return f"{labels.votes.shape[1]} labels each, {labels.rate:.1%} wrong majorities"
  if labels_trusted:
    return f"{labels.rate:.1%} wrong labels"
  made = f", {labels.rate:.1%} of them made wrong" if labels.flipped.any() else ""
  return f"labels as given{made}"

"""What an audit says of each example and of the set."""

from typing import NamedTuple

import numpy as np


class Findings(NamedTuple):
  """What an audit says of each of n examples, in the order of the set.

  Attributes:
    ids: name of each example in its set, such as its path in a folder, all different,
      str[n].
    labels: the given class ids, int32[n].
    likely: the class ids that the network finds likeliest, int32[n]; for a declared label
      another one than the label.
    scores: score of each given label, higher for cleaner, float32[n].
    declared: whether the label is declared wrong, bool[n].
    copies: for an example whose image is also there under another label, the positions of
      these copies; other examples have no entry.
  """

  ids: np.ndarray
  labels: np.ndarray
  likely: np.ndarray
  scores: np.ndarray
  declared: np.ndarray
  copies: dict[int, tuple[int, ...]]

  @property
  def order(self) -> np.ndarray:
    """The positions of the examples, the likeliest wrong label first, int[n]."""
    return np.argsort(self.scores, kind="stable")


class Estimate(NamedTuple):
  """An estimated number and the interval around it.

  Attributes:
    value: the number.
    low: lower end of the interval.
    high: upper end of the interval.
  """

  value: float
  low: float
  high: float


class Summary(NamedTuple):
  """What an audit says of the whole set.

  Attributes:
    dataset: the set, as the user named it.
    class_names: one name a class.
    score_meaning: a sentence on what the score is.
    threshold: the score below which a label is declared wrong.
    noise_rate: share of wrong labels, in [0, 1].
    false_alarms: number of right labels among the declared ones.
    estimation: a sentence on how both were estimated, and what that assumes.
    transition: estimate of P(given = j | right = i), float64[K, K].
    class_noise: estimated share of wrong labels among those given to each class, in [0, 1],
      float64[K].
    notes: sentences for a reader, such as on files left out, or small classes.
  """

  dataset: str
  class_names: tuple[str, ...]
  score_meaning: str
  threshold: float
  noise_rate: Estimate
  false_alarms: Estimate
  estimation: str
  transition: np.ndarray
  class_noise: np.ndarray
  notes: tuple[str, ...]

"""The number of wrong labels, and of right ones among those declared wrong."""

from typing import NamedTuple

import numpy as np

from noisy_jax.audit.findings import Estimate

_SMALLEST = 1e-7
_ROUNDS = 6
_STEPS = 5
# Logarithms of the temperatures that are tried.
_TEMPERATURES = (-1.0, 3.0)
# A class with this share of its labels declared, where all classes together have less than
# half of it, is one that the network may not have learned.
_UNLEARNED = 0.9


class Estimates(NamedTuple):
  """Estimates of what is wrong in a set of n labels.

  Attributes:
    noise_rate: share of wrong labels.
    false_alarms: number of right labels among the declared ones.
    unlearned: classes that the network may not have learned, int[...].
  """

  noise_rate: Estimate
  false_alarms: Estimate
  unlearned: np.ndarray


def estimate(
  probabilities: np.ndarray,
  labels: np.ndarray,
  joint: np.ndarray,
  declared: np.ndarray,
) -> Estimates:
  """Brackets the number of wrong labels between two estimates that fail in opposite ways.

  The confident joint (`noise.confident_joint`) counts an example as wrong where the network
  is sure of another class. It takes the network's mistakes for wrong labels. `posterior`
  trusts the probabilities, once they fit the given labels. It takes wrong labels that the
  network half believes, such as those of look-alike classes, for right ones.

  The upper end of the noise rate counts every label that the network disagrees with.

  The network may not have learned a class at all: then nearly all its labels are declared.
  Of these, as many as in the other classes count as wrong for the lower end of the noise
  rate and the upper end of the false alarms.

  Args:
    probabilities: probability of every class, by a network that has not memorised the
      labels, float[n, K].
    labels: given class ids, each class at least once, int[n].
    joint: their confident joint, float64[K, K].
    declared: whether a label is declared wrong, bool[n].

  Returns:
    `Estimates`. The noise rate is that of the confident joint. The number of false alarms
    is the middle of its interval.
  """
  size, num_classes = probabilities.shape
  right = posterior(probabilities, labels, joint)[np.arange(size), labels]
  rates = [1 - float(np.trace(joint)) / size, 1 - float(right.mean())]
  alarms = [declared.sum() - rates[0] * size, right[declared].sum()]
  in_class = np.bincount(labels[declared], minlength=num_classes)
  counts = np.bincount(labels, minlength=num_classes)
  is_unlearned = (in_class > _UNLEARNED * counts) & (declared.mean() < _UNLEARNED / 2)
  of_others = in_class[~is_unlearned].sum() / counts[~is_unlearned].sum()
  doubtful = float(np.sum((in_class - of_others * counts)[is_unlearned]))
  disagreed = float((probabilities.argmax(axis=1) != labels).mean())
  low, high = min(rates) - doubtful / size, max(*rates, disagreed)
  # A label may be in both terms of the most.
  most = min(max(0.0, *alarms) + doubtful, float(declared.sum()))
  fewest = max(0.0, min(alarms))
  return Estimates(
    Estimate(rates[0], max(0.0, low), high),
    Estimate((fewest + most) / 2, fewest, most),
    np.flatnonzero(is_unlearned),
  )


def posterior(
  probabilities: np.ndarray, labels: np.ndarray, joint: np.ndarray
) -> np.ndarray:
  """The probability of each class to be the right one, from the network and the label.

  With T[i, j] = P(label j | right i) and a temperature t, the model of a label y is

    P(y | x) = sum_i p_i(x)^(1/t) T[i, y] / sum_i p_i(x)^(1/t),

  and i is right with a probability in proportion to its term. T begins with the estimate
  of the confident joint. Expectation maximisation of T, with one example more spread over
  each row, and a search for t alternate until the given labels are about as likely as they
  can be.

  Args:
    probabilities: p, float[n, K].
    labels: y, int[n], each class at least once.
    joint: their confident joint, float64[K, K].

  Returns:
    float64[n, K]; rows sum to 1.

  Source: the model of forward correction (Patrini et al., CVPR 2017), with the temperature
    of Guo et al., On Calibration of Modern Neural Networks, ICML 2017; putting them
    together is this library's own.
  """
  # On use, as it takes a while.
  from scipy import optimize

  num_classes = probabilities.shape[1]
  logs = np.log(np.maximum(probabilities, _SMALLEST))
  matrix = 0.99 * joint / joint.sum(axis=1, keepdims=True) + 0.01 / num_classes
  order = np.argsort(labels, kind="stable")
  starts = np.searchsorted(labels[order], np.arange(num_classes))
  for _ in range(_ROUNDS):
    found = optimize.minimize_scalar(
      lambda log_t, matrix=matrix: -_terms(logs, matrix, labels, log_t)[1],
      bounds=_TEMPERATURES,
      method="bounded",
      options={"xatol": 0.02},
    )
    for _ in range(_STEPS):
      terms, _ = _terms(logs, matrix, labels, found.x)
      counts = np.add.reduceat(terms[order], starts).T + 1 / num_classes
      matrix = counts / counts.sum(axis=1, keepdims=True)
  return _terms(logs, matrix, labels, found.x)[0]


def _terms(logs, matrix, labels, log_temperature):
  """The terms of each label, which sum to 1, and the mean log-likelihood."""
  scaled = logs / np.exp(log_temperature)
  scaled = np.exp(scaled - scaled.max(axis=1, keepdims=True))
  terms = scaled * matrix[:, labels].T
  sums = terms.sum(axis=1, keepdims=True)
  likelihood = np.log(sums) - np.log(scaled.sum(axis=1, keepdims=True))
  return terms / sums, float(likelihood.mean())

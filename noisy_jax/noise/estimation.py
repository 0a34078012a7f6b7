"""The transition matrix of unknown noise, from a model trained on the noisy labels."""

import numpy as np
from numpy.typing import ArrayLike

from noisy_jax.checks import check_labels

# Rounding of entries and row sums of a softmax in half precision over many classes.
_TOLERANCE = 1e-2
_OUTLIERS = 0.3


def estimate_transition(
  probabilities: ArrayLike, labels: ArrayLike, *, method: str = "confident_joint"
) -> np.ndarray:
  """Estimates T[i, j] = P(noisy = j | clean = i) for noise that does not see the image.

  `"confident_joint"` estimates the true class of an example. It is the class j with the
  largest p_j among the classes with p_j >= t_j,

    t_j = the mean of p_j over the examples labelled j.

  Examples without such a class are left out. The method counts labels against true classes,
  scales the counts of each label to its frequency, and divides by the frequency of each
  true class. A class that is nowhere both label and true class counts once.

  `"anchor"` takes the probabilities of an example x_i that is almost certainly of class i
  for row i: T[i, j] = p_j(x_i). The example with the largest p_i may be an outlier, so x_i
  is the one with 0.3 n / K examples above it. This is the 97th percentile of p_i at ten
  classes, and at any K in the best third of an average class.

  Probabilities should come from a model that has not memorised its labels: from early in
  training, or on examples held out.

  Args:
    probabilities: probability of each class, float[n, K]; rows sum to 1, and entries are in
      [0, 1], within 1e-2.
    labels: noisy class ids in [0, K), int[n], each class at least once; anchors do not
      depend on them.
    method: `"confident_joint"` or `"anchor"`.

  Returns:
    float64[K, K], row = clean class, rows sum to 1.

  Raises:
    ValueError: if the method is unknown, shapes or ranges are wrong, a row does not sum to
      1, or a class has no label.

  Example:
    >>> from noisy_jax import noise
    >>> noise.estimate_transition([[0.9, 0.1], [0.2, 0.8]], [0, 1]).tolist()
    [[1.0, 0.0], [0.0, 1.0]]

  Source: confident joint: Northcutt et al., Confident Learning, JAIR 2021. Anchor points:
    Patrini et al., Making Deep Neural Networks Robust to Label Noise, CVPR 2017, with the
    97th percentile for all K.
  """
  if method not in _METHODS:
    raise ValueError(f"method: {method!r}, must be one of {', '.join(_METHODS)}")
  posterior, labels = _checked(probabilities, labels)
  estimate = _METHODS[method](posterior, labels)
  return estimate / estimate.sum(axis=1, keepdims=True)


def confident_joint(probabilities: ArrayLike, labels: ArrayLike) -> np.ndarray:
  """Estimates how many examples of each class have each label.

  This is the joint of `estimate_transition` before its rows are divided by their sums.

  Args:
    probabilities: as in `estimate_transition`.
    labels: as in `estimate_transition`.

  Returns:
    float64[K, K], row = clean class, column = label; columns sum to the number of labels.

  Raises:
    ValueError: as `estimate_transition`.

  Example:
    >>> from noisy_jax import noise
    >>> noise.confident_joint([[0.9, 0.1], [0.2, 0.8]], [0, 1]).tolist()
    [[1.0, 0.0], [0.0, 1.0]]

  Source: Northcutt et al., Confident Learning, JAIR 2021.
  """
  return _confident_joint(*_checked(probabilities, labels))


def _checked(probabilities, labels):
  posterior = _check_probabilities(probabilities)
  num_examples, num_classes = posterior.shape
  labels = check_labels(labels, num_classes)
  if len(labels) != num_examples:
    raise ValueError(
      f"labels: {len(labels)} of them, must be {num_examples}: one for each row of "
      "probabilities"
    )
  absent = np.flatnonzero(np.bincount(labels, minlength=num_classes) == 0)
  if absent.size:
    raise ValueError(
      f"labels: none is {absent[0]}, must have each class at least once; {absent.size} of "
      f"{num_classes} are missing"
    )
  return posterior, labels


def _confident_joint(probabilities, labels):
  num_classes = probabilities.shape[1]
  label_counts = np.bincount(labels, minlength=num_classes)
  own = probabilities[np.arange(len(labels)), labels]
  thresholds = np.bincount(labels, weights=own, minlength=num_classes) / label_counts
  confident = probabilities >= thresholds
  true = np.where(confident, probabilities, -1).argmax(axis=1)
  counted = confident.any(axis=1)
  joint = np.zeros((num_classes, num_classes))
  np.add.at(joint, (labels[counted], true[counted]), 1)
  np.fill_diagonal(joint, np.maximum(np.diagonal(joint), 1))
  joint *= (label_counts / joint.sum(axis=1))[:, None]
  return joint.T


def _anchor(probabilities, labels):
  num_classes = probabilities.shape[1]
  above = int(_OUTLIERS * len(labels) / num_classes)
  # The index with `above` larger values, without a full sort.
  place = len(labels) - 1 - above
  anchors = [np.argpartition(probabilities[:, i], place)[place] for i in range(num_classes)]
  return probabilities[anchors].astype(np.float64)


_METHODS = {"confident_joint": _confident_joint, "anchor": _anchor}


def _check_probabilities(probabilities):
  probabilities = np.asarray(probabilities)
  if probabilities.ndim != 2 or not np.issubdtype(probabilities.dtype, np.floating):
    raise ValueError(
      f"probabilities: {probabilities.dtype}{list(probabilities.shape)}, must be "
      "float[n, K]"
    )
  inside = (probabilities >= -_TOLERANCE) & (probabilities <= 1 + _TOLERANCE)
  outside = np.argwhere(~inside)
  if len(outside):
    row, column = outside[0]
    raise ValueError(
      f"probabilities: {probabilities[row, column]} at row {row}, column {column}, must "
      "be in [0, 1]"
    )
  probabilities = probabilities.clip(0, 1)
  sums = probabilities.sum(axis=1, dtype=np.float64)
  off = np.flatnonzero(abs(sums - 1) > _TOLERANCE)
  if off.size:
    raise ValueError(
      f"probabilities: row {off[0]} sums to {sums[off[0]]:.6g}, must sum to 1 within "
      f"{_TOLERANCE}"
    )
  return probabilities

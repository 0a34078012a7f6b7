"""Noisy labels from a transition matrix, by the three samplings of published codes."""

import jax
import numpy as np
from numpy.typing import ArrayLike

from noisy_jax.checks import check_labels, check_matrix
from noisy_jax.noise.exact_counts import choose_flipped, round_to_sum
from noisy_jax.noise.noisy_labels import NoisyLabels


def from_matrix(
  labels: ArrayLike, matrix: ArrayLike, *, key: jax.Array, sampling: str = "exact"
) -> NoisyLabels:
  """Labels drawn from the rows of a transition matrix.

  With n_i examples of class i,

  * `"exact"` changes (1 - T[i, i]) n_i of them, rounded up or down so that the sum over
    the classes is rounded too. Targets are drawn from the other entries of the row.
  * `"exact_pairs"` changes as many, T[i, j] n_i of them to class j, rounded up or down so
    that the targets of a class sum to its number of changes.
  * `"iid"` draws every label from its row, independently of the others: the realised rate
    of a class has the standard deviation sqrt(T[i, i] (1 - T[i, i]) / n_i).

  Memory is of the order of n + K^2.

  Args:
    labels: clean class ids in [0, K), int[n].
    matrix: float[K, K], row = clean class, rows sum to 1; see `check_matrix`.
    key: random key.
    sampling: `"exact"`, `"exact_pairs"` or `"iid"`.

  Returns:
    `NoisyLabels`, on the host.

  Raises:
    ValueError: if the sampling is unknown, a label is out of range, or the matrix is not
      a transition matrix.

  Example:
    >>> import jax
    >>> from noisy_jax import noise
    >>> matrix = noise.pairflip_matrix(3, 0.5)
    >>> labels = noise.from_matrix([0, 0, 1, 1, 2, 2], matrix, key=jax.random.key(0))
    >>> labels.matrix.tolist()
    [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.5, 0.0, 0.5]]

  Source: the code of APL (Ma et al., ICML 2020) and ALFs (Zhou et al., ICML 2021), exact
    for CIFAR-10, iid for MNIST and asymmetric CIFAR-100; exact_pairs after the code of ANL
    (Ye et al., NeurIPS 2023), which rounds every count down and so changes up to K - 1
    fewer labels of a class.
  """
  if sampling not in _SAMPLINGS:
    raise ValueError(f"sampling: {sampling!r}, must be one of {', '.join(_SAMPLINGS)}")
  num_classes = len(np.atleast_1d(matrix))
  matrix = check_matrix(matrix, num_classes)
  clean = check_labels(labels, num_classes)
  noisy = _SAMPLINGS[sampling](clean, matrix, key)
  return NoisyLabels(noisy.astype(np.int32), clean, num_classes)


def _exact(clean, matrix, key):
  target_key, *flip_keys = jax.random.split(key, 3)
  flipped, others = _changes(clean, matrix, *flip_keys)
  chance = np.asarray(jax.random.uniform(target_key, clean.shape))[flipped]
  noisy = clean.copy()
  noisy[flipped] = _draw(others, clean[flipped], chance)
  return noisy


def _exact_pairs(clean, matrix, key):
  target_key, pair_key, *flip_keys = jax.random.split(key, 4)
  flipped, others = _changes(clean, matrix, *flip_keys)
  changing = np.bincount(clean[flipped], minlength=len(matrix))
  counts = round_to_sum(changing[:, None] * others, pair_key)
  # Both sides are sorted by clean class; inside a class, targets are dealt at random.
  chance = np.asarray(jax.random.uniform(target_key, clean.shape))
  order = np.lexsort((chance, clean))
  noisy = clean.copy()
  targets = np.tile(np.arange(len(matrix)), len(matrix))
  noisy[order[flipped[order]]] = np.repeat(targets, counts.ravel())
  return noisy


def _iid(clean, matrix, key):
  return _draw(matrix, clean, np.asarray(jax.random.uniform(key, clean.shape)))


_SAMPLINGS = {"exact": _exact, "exact_pairs": _exact_pairs, "iid": _iid}


def _changes(clean, matrix, order_key, round_key):
  """The examples that change, bool[n]; the rows without their diagonal, float64[K, K]."""
  expected = (1 - np.diagonal(matrix)) * np.bincount(clean, minlength=len(matrix))
  flipped = choose_flipped(clean, expected, order_key, round_key)
  others = matrix * ~np.eye(len(matrix), dtype=bool)
  totals = others.sum(axis=1, keepdims=True)
  return flipped, np.divide(others, totals, out=others, where=totals > 0)


def _draw(rows, row, chance):
  """Draws entries of rows [K, K] by inverse distribution functions: row [n], chance [n]."""
  num_classes = len(rows)
  cumulative = np.cumsum(rows, axis=1)
  np.divide(cumulative, cumulative[:, -1:], out=cumulative, where=cumulative[:, -1:] > 0)
  # Row i moves to [i, i + 1], so that one sorted array has all rows.
  edges = (cumulative + np.arange(num_classes)[:, None]).ravel()
  place = np.searchsorted(edges, row + chance.astype(np.float64), side="right")
  return place - row.astype(np.int64) * num_classes

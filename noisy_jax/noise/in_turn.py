"""Class maps applied pair by pair, each to the labels after the pairs before it."""

from collections.abc import Mapping

import jax
import numpy as np
from numpy.typing import ArrayLike

from noisy_jax.checks import check_labels
from noisy_jax.noise.matrices import class_map_matrix
from noisy_jax.noise.noisy_labels import NoisyLabels
from noisy_jax.noise.sampling import from_matrix


def flip_in_turn(
  labels: ArrayLike,
  pairs: Mapping[int, int],
  num_classes: int,
  rate: float,
  *,
  key: jax.Array,
  sampling: str = "exact",
) -> NoisyLabels:
  """Flips a share of each class of a map, one class after the other.

  The flips of a class include labels that became this class before. With 3 -> 5 before
  5 -> 3, a share `rate` of the labels that became 5 goes back, and T[3, 5] = rate - rate^2.
  The matrix is that of `class_map_matrix` with in_turn.

  Args:
    labels: clean class ids in [0, K), int[n].
    pairs: class id of each class that changes to its target, in order.
    num_classes: K, at least 2.
    rate: share of each class to flip, in [0, 1).
    key: random key.
    sampling: sampling of each pair, as in `from_matrix`; "exact" rounds the share of the
      labels of a class, and leaves to chance how many of them go back.

  Returns:
    `NoisyLabels`, on the host.

  Raises:
    ValueError: as `from_matrix` and `class_map_matrix`.

  Source: asymmetric noise on CIFAR-10 in the codes of APL (Ma et al., ICML 2020), ALFs
    (Zhou et al., ICML 2021), GJS (Englesson and Azizpour, NeurIPS 2021), eps-softmax (Wang
    et al., NeurIPS 2024) and JAL (Wang et al., ICCV 2025), which look for a class among
    the changed labels, and round down.
  """
  clean = check_labels(labels, num_classes)
  noisy = clean.copy()
  for pair, pair_key in zip(pairs.items(), jax.random.split(key, len(pairs)), strict=True):
    matrix = class_map_matrix(dict([pair]), num_classes, rate)
    noisy = from_matrix(noisy, matrix, key=pair_key, sampling=sampling).noisy
  return NoisyLabels(noisy.astype(np.int32), clean, num_classes)

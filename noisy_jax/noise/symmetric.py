"""Symmetric label noise: a wrong label is any other class, with equal probabilities."""

import jax
import numpy as np
from numpy.typing import ArrayLike

from noisy_jax import checks
from noisy_jax.checks import check_labels
from noisy_jax.noise.exact_counts import choose_flipped
from noisy_jax.noise.noisy_labels import NoisyLabels


def symmetric(
  labels: ArrayLike, num_classes: int, rate: float, *, key: jax.Array
) -> NoisyLabels:
  """Replaces a share of the labels of every class by other classes, drawn uniformly.

  round(rate * n) of the n labels change, and rate * n_c of the n_c labels of a class,
  rounded up or down to reach that sum. Each becomes one of the K - 1 other classes. (In
  other codes the true class is a target too, and the realised rate is rate * (K - 1) / K.)

  It needs no matrix, so that K may be large. `from_matrix` with `symmetric_matrix` has the
  same distribution, but draws other labels from the same key.

  Args:
    labels: clean class ids in [0, K), int[n].
    num_classes: K, at least 2.
    rate: share of wrong labels, in [0, 1).
    key: random key.

  Returns:
    `NoisyLabels`, on the host.

  Raises:
    ValueError: if the rate, the number of classes or a label is out of range.

  Example:
    >>> import jax
    >>> from noisy_jax import noise
    >>> labels = noise.symmetric([0, 1, 2, 0, 1, 2], 3, 1 / 3, key=jax.random.key(0))
    >>> labels.rate
    0.3333333333333333

  Source: the code of APL (Ma et al., ICML 2020) and ALFs (Zhou et al., ICML 2021) for
    CIFAR, whose classes are balanced.
  """
  checks.number("rate", rate, "[0, 1)")
  clean = check_labels(labels, num_classes)
  order_key, target_key, round_key = jax.random.split(key, 3)
  expected = rate * np.bincount(clean, minlength=num_classes)
  flipped = choose_flipped(clean, expected, order_key, round_key)
  shift = np.asarray(jax.random.randint(target_key, clean.shape, 1, num_classes))
  noisy = np.where(flipped, (clean + shift) % num_classes, clean)
  return NoisyLabels(noisy.astype(np.int32), clean, num_classes)

"""Thinning a training set to a long tail: class sizes fall from class to class."""

import dataclasses
import re

import numpy as np
from numpy.typing import ArrayLike

from noisy_jax.data.dataset import Dataset, class_counts, select
from noisy_jax.noise import check_labels

_EXPONENTIAL = re.compile(r"exp:([0-9]+(?:\.[0-9]+)?)", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Imbalance:
  """An exponential long tail; its `str` parses to the same.

  Attributes:
    ratio: size of the first class over the size of the last, from 1 up.
  """

  ratio: float

  def __str__(self) -> str:
    return f"exp:{np.format_float_positional(self.ratio, trim='-')}"


def parse_imbalance(text: str) -> Imbalance | None:
  """Parses an imbalance.

  Args:
    text: `exp:R` with a number R >= 1, such as exp:100; or none.

  Returns:
    `Imbalance`; None for the text none.

  Raises:
    ValueError: if the text has another form.
  """
  if text == "none":
    return None
  match = _EXPONENTIAL.fullmatch(text)
  if not match or float(match[1]) < 1:
    raise ValueError(f"imbalance: {text!r}, must be exp:R with R >= 1, such as exp:100")
  return Imbalance(float(match[1]))


def long_tail(
  labels: ArrayLike, num_classes: int, ratio: float, *, seed: int = 0
) -> np.ndarray:
  """Chooses examples so that class sizes fall exponentially with the class id.

  Class c keeps n_c = floor(n_max ratio^(-c / (K - 1))) examples, drawn without replacement,
  where n_max is the size of the largest class. A smaller class keeps all of its examples.

  Args:
    labels: class ids in [0, K), int[n].
    num_classes: K, at least 2.
    ratio: size of the first class over the size of the last, from 1 (no tail) to n_max.
    seed: seed of the choice; the same seed chooses the same examples.

  Returns:
    Indices of the examples to keep, int64, ascending.

  Raises:
    ValueError: if a label is out of range, or if the ratio is below 1 or above n_max, which
      would leave a class without examples.

  Source: Cui et al., CVPR 2019; Cao et al., NeurIPS 2019 (CIFAR-10-LT and CIFAR-100-LT).
  """
  labels = check_labels(labels, num_classes)
  n_max = class_counts(labels, num_classes).max()
  if not 1 <= ratio <= n_max:
    raise ValueError(
      f"ratio: {ratio:g}, must be in [1, {n_max}], the size of the largest class"
    )
  classes = np.arange(num_classes)
  sizes = n_max * ratio ** (-classes / (num_classes - 1))
  # Rounding of the power must not cost an example where the equation gives a whole number.
  sizes = np.floor(sizes * (1 + 1e-12)).astype(np.int64)
  rng = np.random.default_rng(seed)
  kept = [
    rng.permutation(np.flatnonzero(labels == c))[:size]
    for c, size in zip(classes, sizes, strict=True)
  ]
  return np.sort(np.concatenate(kept))


def imbalance(dataset: Dataset, tail: Imbalance | None, *, seed: int = 0) -> Dataset:
  """Thins the training set to a long tail; the test set stays as it is.

  Args:
    dataset: any data set.
    tail: the long tail, from `parse_imbalance`; None leaves the set as it is.
    seed: seed of the choice of examples.

  Returns:
    `Dataset` with fewer training images, their labels and ids.

  Raises:
    ValueError: if a class would be empty.
  """
  if tail is None:
    return dataset
  try:
    kept = long_tail(dataset.train_labels, dataset.num_classes, tail.ratio, seed=seed)
  except ValueError as error:
    raise ValueError(f"imbalance: {str(tail)!r}: {error}") from None
  return select(dataset, "train", kept)

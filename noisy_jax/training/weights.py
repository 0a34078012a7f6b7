"""Weights of classes and of examples in the mean loss of a batch."""

from typing import NamedTuple

import numpy as np

from noisy_jax import data
from noisy_jax.noise import columns

BALANCED = "balanced"
_NONE = "none"


class WeightSettings(NamedTuple):
  """The weights of a run.

  Attributes:
    classes: balanced, or a file of one number a class; None weighs all classes alike.
    examples: file of one number an example; None weighs all examples alike.
  """

  classes: str | None
  examples: str | None


def parse(class_weights: str, example_weights: str) -> WeightSettings:
  """Parses weights, without reading their files.

  Args:
    class_weights: none, balanced, or a file.
    example_weights: none, or a file.

  Returns:
    `WeightSettings`.

  Raises:
    ValueError: naming the setting, the value and what would be right.
  """
  settings = {"class_weights": class_weights, "example_weights": example_weights}
  for name, text in settings.items():
    words = [_NONE, BALANCED] if name == "class_weights" else [_NONE]
    if text not in words:
      try:
        columns.check_path(text)
      except ValueError:
        endings = ", ".join(columns.SUFFIXES)
        raise ValueError(
          f"{name}: {text!r}, must be {', '.join(words)} or a file that ends in {endings}"
        ) from None
  return WeightSettings(*(None if text == _NONE else text for text in settings.values()))


def of_file(
  settings: WeightSettings, ids: np.ndarray | None, size: int
) -> np.ndarray | None:
  """The weights that a file gives to the examples of a training set.

  Args:
    settings: the weights.
    ids: names of the examples; None where they have no names.
    size: number of the examples.

  Returns:
    float64[size]; None without a file.

  Raises:
    OSError: if the file cannot be read.
    ValueError: if it has no weight for an example, or one below 0 or not finite.
  """
  if settings.examples is None:
    return None
  return _read("example_weights", settings.examples, size, ids)


def of_examples(
  settings: WeightSettings, labels: np.ndarray, num_classes: int, own: np.ndarray | None
) -> np.ndarray | None:
  """The weight of each training example: that of its class times its own.

  With balanced classes, class k has the weight n / (K n_k), where n_k of the n labels are
  k; the labels are those to train on, so that noise moves the weights too.

  Args:
    settings: the weights.
    labels: the labels to train on, int32[n].
    num_classes: K.
    own: weights of the examples from `of_file`; None for equal ones.

  Returns:
    float32[n] with mean 1, so that the learning rate keeps its meaning; None where all
    weights are equal by the settings.

  Raises:
    OSError: if the file of class weights cannot be read.
    ValueError: if it has not one weight, from 0 up, for each class, or all weights of
      examples are 0.
  """
  if settings.classes is None and own is None:
    return None
  weights = np.ones(len(labels)) if own is None else own
  if settings.classes == BALANCED:
    counts = data.class_counts(labels, num_classes)
    weights = weights * (len(labels) / (num_classes * np.maximum(counts, 1)))[labels]
  elif settings.classes is not None:
    weights = weights * _read("class_weights", settings.classes, num_classes)[labels]
  mean = weights.mean()
  if mean == 0:
    raise ValueError(
      f"weights: 0 for all {len(labels)} training examples, must have others"
    )
  return (weights / mean).astype(np.float32)


def _read(setting, path, size, ids=None):
  try:
    values = columns.numbers_from_file(path, size, column="weight", ids=ids)
  except (ValueError, OSError) as error:
    raise type(error)(f"{setting}: {error}") from error
  bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
  if len(bad):
    raise ValueError(
      f"{setting}: {path}: {values[bad[0]]} for number {bad[0]}, must be a finite number "
      "from 0 up"
    )
  return values

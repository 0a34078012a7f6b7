"""The minimum of any loss under noise, on a grid of outputs for two or three classes."""

import functools
import itertools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax.losses.guard import one_per_example
from noisy_jax.losses.primitives import Loss

# The grid of logits: its step, the steps to either side, and the logit of a certain class.
_STEP, _STEPS, _CERTAIN = 0.05, 160, 1e30


class Minimizer(NamedTuple):
  """The minimum of sum_i w_i L(u, i).

  Attributes:
    probabilities: u, [K].
    value: the least sum.
  """

  probabilities: np.ndarray
  value: float


class ClassificationCalibration(NamedTuple):
  """Whether a loss is classification-calibrated on a grid; true if it is.

  Attributes:
    holds: True without a counterexample.
    weights: class weights of the counterexample, [K]; None if there is none.
    probabilities: its minimiser, in which another class is at least as likely as the one
      with the largest weight, [K]; None if there is none.
  """

  holds: bool
  weights: np.ndarray | None
  probabilities: np.ndarray | None

  def __bool__(self) -> bool:
    return self.holds


def minimizer(loss: Loss, weights: ArrayLike) -> Minimizer:
  """argmin over u of sum_i w_i L(u, i), on a grid for two or three classes.

  The grid has u = softmax(z) with differences of logits up to 8 in steps of 0.05, every
  edge of the simplex in the same steps, and the vertices, by a logit of 1e30.

  Args:
    loss: function of (logits, labels), one value per example; hashable.
    weights: w, finite and at least 0, float[2] or float[3].

  Returns:
    `Minimizer`; of several minima the first.

  Raises:
    ValueError: if the weights are not two or three numbers, or one is out of range, or if
      the loss is NaN somewhere or does not give one value per example.
  """
  weights = np.asarray(weights, np.float64)
  if weights.shape not in ((2,), (3,)):
    raise ValueError(f"weights: shape {weights.shape}, must be (2,) or (3,)")
  bad = weights[~(np.isfinite(weights) & (weights >= 0))]
  if bad.size:
    raise ValueError(f"weights: {bad[0]}, must be finite and at least 0")
  logits = _grid(weights.size)
  sums = _weighted_sums(of_every_label(loss, logits), weights)
  best = sums.argmin()
  return Minimizer(_softmax(logits[best]), float(sums[best]))


def is_classification_calibrated(
  loss: Loss, *, num_classes: int = 3
) -> ClassificationCalibration:
  """Whether a grid has no counterexample to classification calibration.

  This is a numerical statement, not a proof: class weights w are all multiples of 1/10 that
  sum to 1 and have a unique maximum, and u is on the grid of `minimizer`. A counterexample
  is a w and a minimiser u of sum_i w_i L(u, i), to 1e-6 of that sum, in which another class
  is at least as likely as the one with the largest weight. A loss that is flat in float32,
  such as ael with a = 0.02, has one for this reason. Normalized losses may have one on an
  edge, where a probability is 0.

  Args:
    loss: function of (logits, labels), one value per example; hashable.
    num_classes: 2 or 3.

  Returns:
    `ClassificationCalibration`; if it is false, with the first counterexample.

  Raises:
    ValueError: if num_classes is neither 2 nor 3, or the loss is NaN somewhere or does not
      give one value per example.
  """
  if num_classes not in (2, 3):
    raise ValueError(f"num_classes: {num_classes}, must be 2 or 3")
  logits = _grid(num_classes)
  values = of_every_label(loss, logits)
  for tenths in itertools.product(range(11), repeat=num_classes):
    largest = int(np.argmax(tenths))
    if sum(tenths) != 10 or tenths.count(tenths[largest]) > 1:
      continue
    weights = np.array(tenths) / 10
    sums = _weighted_sums(values, weights)
    least = sums.min()
    minima = logits[sums <= least + 1e-6 * abs(least)]
    others = np.delete(minima, largest, axis=1).max(axis=1)
    wrong = others >= minima[:, largest]
    if wrong.any():
      return ClassificationCalibration(False, weights, _softmax(minima[wrong.argmax()]))
  return ClassificationCalibration(True, None, None)


def _weighted_sums(values, weights):
  """sum_i w_i L(u, i), also where a label without weight has an infinite loss, [n]."""
  sums = np.where(weights > 0, values, 0) @ weights
  if np.isnan(sums).any():
    # Comparisons with NaN are false, so that there would be no counterexample.
    raise ValueError("loss: nan at some probabilities, must be a number")
  return sums


def of_every_label(loss, logits):
  """L of each of n logits with each of K labels, [n, K], in float64 to be summed."""
  return np.asarray(_by_label(loss, logits), np.float64).T


@functools.partial(jax.jit, static_argnums=0)
def _by_label(loss, logits):
  def of_label(label):
    values = loss(logits, jnp.full(len(logits), label))
    return one_per_example(values, (len(logits),))

  # All labels at once would take K times the memory of the logits.
  return jax.lax.map(of_label, jnp.arange(logits.shape[-1]))


@functools.cache
def _grid(num_classes):
  """Logits of all u on the grid, [n, K]."""
  steps = np.arange(-_STEPS, _STEPS + 1)
  edge = np.concatenate([_STEP * steps, [-_CERTAIN, _CERTAIN]])
  edge = np.stack([edge, np.zeros_like(edge)], axis=1)
  if num_classes == 2:
    return np.float32(edge)
  first, second = (each.ravel() for each in np.meshgrid(steps, steps))
  # This bound makes the grid equal under any renaming of the classes.
  near = np.abs(first - second) <= _STEPS
  inside = np.stack([first[near], second[near], np.zeros(near.sum())], axis=1)
  edges = [np.insert(edge, without, -_CERTAIN, axis=1) for without in range(3)]
  return np.float32(np.concatenate([_STEP * inside, *edges]))


def _softmax(logits):
  exps = np.exp(np.float64(logits) - logits.max())
  return exps / exps.sum()

"""Checks of arguments on the host: numbers, counts, labels and transition matrices.

A refusal is a ValueError of one line: the argument, the value, and what would be right.
"""

import numbers
from typing import overload

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

# Rounding of entries and row sums of a transition matrix in float32 and in files.
_TOLERANCE = 1e-5


@overload
def number(name: str, value: float, interval: str) -> float: ...
@overload
def number(name: str, value: float | jax.Array, interval: str) -> float | jax.Array: ...
def number(name: str, value: float | jax.Array, interval: str) -> float | jax.Array:
  """A hyperparameter, refused outside its interval; arrays may be traced and pass.

  Args:
    name: what the message calls it.
    value: the hyperparameter.
    interval: two numbers between brackets, a round one excluding its end: "(0, 1]".

  Returns:
    A number as a Python float, which takes the logits' precision; an array in at least
    float32.

  Raises:
    ValueError: if value is a number outside the interval, or NaN.
  """
  if not isinstance(value, numbers.Real):
    return in_float32_or_wider(jnp.asarray(value))
  low, high = (float(end) for end in interval[1:-1].split(","))
  above = value > low or (value == low and interval[0] == "[")
  below = value < high or (value == high and interval[-1] == "]")
  if not (above and below):
    raise ValueError(f"{name}: {value}, must be in {interval}")
  return float(value)


def in_float32_or_wider(array: jax.Array) -> jax.Array:
  """The array in float64 if it is that, and in float32 else."""
  return array if array.dtype == jnp.float64 else array.astype(jnp.float32)


def whole_number(name: str, value: int, least: int, most: int | None = None) -> int:
  """A number that counts something.

  Args:
    name: what the message calls it.
    value: the number.
    least: the smallest it may be.
    most: the largest, if there is one.

  Returns:
    The value.

  Raises:
    ValueError: if it is no integer, or out of range.
  """
  is_integer = isinstance(value, numbers.Integral) and not isinstance(value, bool)
  if not is_integer or value < least or (most is not None and value > most):
    upper = "up" if most is None else f"to {most}"
    raise ValueError(f"{name}: {value}, must be an integer from {least} {upper}")
  return value


def check_num_classes(num_classes: int) -> None:
  """Refuses a number of classes that is no whole number from 2 on, with a ValueError."""
  if not (isinstance(num_classes, numbers.Integral) and num_classes >= 2):
    raise ValueError(f"num_classes: {num_classes}, must be a whole number from 2 on")


def check_labels(labels: ArrayLike, num_classes: int) -> np.ndarray:
  """Labels as int32[n] on the host, after checking that each is a class id.

  Args:
    labels: class ids, int[n].
    num_classes: K, at least 2.

  Returns:
    int32[n].

  Raises:
    ValueError: if K is below 2, or if labels are not one row of integers in [0, K); the
      message gives the first bad value and where it stands.
  """
  check_num_classes(num_classes)
  labels = np.asarray(labels)
  if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
    raise ValueError(
      f"labels: {labels.dtype}{list(labels.shape)}, must be one row of integers"
    )
  outside = np.flatnonzero((labels < 0) | (labels >= num_classes))
  if outside.size:
    first = outside[0]
    raise ValueError(
      f"labels: {labels[first]} at position {first}, must be in [0, {num_classes}); "
      f"{outside.size} of {labels.size} are outside"
    )
  return labels.astype(np.int32)


def check_matrix(matrix: ArrayLike, num_classes: int) -> np.ndarray:
  """A transition matrix on the host, after a check that each row is a distribution.

  Args:
    matrix: float[K, K]; rows must sum to 1, and entries be in [0, 1], within 1e-5.
    num_classes: K, at least 2.

  Returns:
    float64[K, K], entries clipped to [0, 1] and each row divided by its sum.

  Raises:
    ValueError: if the shape or the dtype is wrong, an entry is outside [0, 1] or not
      finite, or a row does not sum to 1; the message gives the first such entry or row.
  """
  check_num_classes(num_classes)
  matrix = np.asarray(matrix)
  is_numeric = matrix.dtype.kind in "fiu"
  if matrix.shape != (num_classes, num_classes) or not is_numeric:
    raise ValueError(
      f"matrix: {matrix.dtype}{list(matrix.shape)}, must be float[{num_classes}, "
      f"{num_classes}]: one row for each clean class"
    )
  matrix = matrix.astype(np.float64)
  outside = np.argwhere(~((matrix >= -_TOLERANCE) & (matrix <= 1 + _TOLERANCE)))
  if len(outside):
    row, column = outside[0]
    raise ValueError(
      f"matrix: {matrix[row, column]} at row {row}, column {column}, must be in [0, 1]"
    )
  matrix = matrix.clip(0, 1)
  sums = matrix.sum(axis=1)
  off = np.flatnonzero(abs(sums - 1) > _TOLERANCE)
  if off.size:
    raise ValueError(
      f"matrix: row {off[0]} sums to {sums[off[0]]:.6g}, must sum to 1 within "
      f"{_TOLERANCE}: rows are the clean classes"
    )
  return matrix / sums[:, None]

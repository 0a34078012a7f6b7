"""Roots of a function of one number."""

from collections.abc import Callable

import numpy as np


class NoRootError(ValueError):
  """No value reaches the target.

  Attributes:
    largest: largest |<delta_k>| in reach.
    at: its place.
  """

  def __init__(self, message: str, largest: float, at: float):
    super().__init__(message)
    self.largest, self.at = largest, at


def root(
  function: Callable[[float], float], low: float, high: float, tolerance: float
) -> float:
  """The root of a function between two numbers at which its signs differ."""
  # On use, as it would take half the time of importing this package.
  from scipy import optimize

  return float(optimize.brentq(function, low, high, xtol=tolerance))


def grid(interval: str) -> np.ndarray:
  """Values over an interval, in equal ratios if it is infinite or open."""
  low, high = (float(end) for end in interval[1:-1].split(","))
  if np.isinf(low):
    return high - np.geomspace(1e3, 1e-3, 121)
  if np.isinf(high):
    return low + np.geomspace(1e-3, 1e3, 121)
  is_open = interval[0] == "(" and interval[-1] == ")"
  inside = np.geomspace(1e-9, high, 121) if is_open else np.linspace(low, high, 121)
  return inside[(inside > low) & (inside < high)]

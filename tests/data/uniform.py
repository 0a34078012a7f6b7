"""Whether numbers are drawn from the uniform distribution."""

import math

import numpy as np


def assert_uniform(values, low, high):
  """Kolmogorov and Smirnov: this bound fails once in a million."""
  scaled = np.sort((values - low) / (high - low))
  steps = np.arange(1, len(scaled) + 1) / len(scaled)
  assert scaled[0] >= 0
  assert scaled[-1] <= 1
  assert np.abs(scaled - steps).max() < 2.7 / math.sqrt(len(scaled))

"""A logit bias from logits of several sources: N(0, 1), N(0, s^2), fresh networks."""

from typing import NamedTuple

import jax
import numpy as np

from noisy_jax import analysis
from noisy_jax.analysis import calibration
from noisy_jax.losses.primitives import Loss

# Steps of 0.01 up to 12, which is above the bias of a million classes.
_GRID = np.linspace(0.0, 12.0, 1201)


class Logits(NamedTuple):
  """The logits of fresh networks on a batch.

  Attributes:
    values: float[networks, images, K].
    mean: mean of all values.
    std: standard deviation of all values.
  """

  values: np.ndarray
  mean: float
  std: float

  @property
  def num_classes(self) -> int:
    """K."""
    return self.values.shape[-1]


def biases(loss: Loss, many: Logits, few: Logits) -> tuple[float, float, float]:
  """The biases from N(0, 1), from N(0, s^2) and from the logits themselves."""
  plain = calibration.logit_bias(loss, many.num_classes, reference_classes=few.num_classes)

  def pulls(network, z, **source):
    key = jax.random.key(0)
    error = analysis.average_error(loss, network.num_classes, z, key=key, **source)
    return np.abs(np.asarray(error.mean))

  spread = first_crossing(
    pulls(many, _GRID, logit_std=many.std), float(pulls(few, 0.0, logit_std=few.std))
  )
  real = first_crossing(
    pulls(many, many.mean + _GRID, logits=many.values),
    float(pulls(few, few.mean, logits=few.values)),
  )
  return plain.value, spread, real


def first_crossing(pulls: np.ndarray, target: float) -> float:
  """The bias at which pulls over the grid first reach a target, by interpolation."""
  above = pulls >= target
  if not above.any():
    raise ValueError(f"no bias up to {_GRID[-1]:g} reaches the average error {target:.3g}")
  place = int(above.argmax())
  if place == 0:
    return 0.0
  return float(
    np.interp(target, pulls[place - 1 : place + 1], _GRID[place - 1 : place + 1])
  )

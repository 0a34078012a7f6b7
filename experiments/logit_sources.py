"""A logit bias from logits of several sources: N(0, 1), N(0, s^2), fresh networks."""

from typing import NamedTuple

import jax
import numpy as np

from noisy_jax import analysis
from noisy_jax.losses.primitives import Loss

# To 0.01 everywhere; a bias of 12 is above those of a million classes.
_GRID = np.linspace(0.0, 12.0, 1201)


class Logits(NamedTuple):
  """What fresh networks say of a batch.

  Attributes:
    values: float[networks, images, K].
    mean: of all of them.
    std: their standard deviation.
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
  key = jax.random.key(0)

  def bias(num_classes, reference, start, reference_start, of_many, of_few):
    pulls = analysis.average_error(loss, num_classes, start + _GRID, key=key, **of_many)
    target = analysis.average_error(loss, reference, reference_start, key=key, **of_few)
    return first_crossing(np.abs(np.asarray(pulls.mean)), abs(float(target.mean)))

  sizes = (many.num_classes, few.num_classes)
  return (
    bias(*sizes, 0.0, 0.0, {}, {}),
    bias(*sizes, 0.0, 0.0, {"logit_std": many.std}, {"logit_std": few.std}),
    bias(*sizes, many.mean, few.mean, {"logits": many.values}, {"logits": few.values}),
  )


def first_crossing(pulls: np.ndarray, target: float) -> float:
  """Where pulls over the grid first reach a target, on the line between two points."""
  above = pulls >= target
  if not above.any():
    raise ValueError(f"no bias up to {_GRID[-1]:g} reaches the average error {target:.3g}")
  place = int(above.argmax())
  if place == 0:
    return 0.0
  return float(
    np.interp(target, pulls[place - 1 : place + 1], _GRID[place - 1 : place + 1])
  )

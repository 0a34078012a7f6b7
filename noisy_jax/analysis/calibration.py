"""The logit bias from the number of classes alone.

A loss that learns on few classes has some average error there at z_k = 0, where the logits
of a fresh network lie. On K classes the same loss has it at some larger z_k = eps: raising
the labelled logit by eps gives the fresh network the gradient it would have had.
"""

from typing import NamedTuple

import jax
import numpy as np

from noisy_jax.analysis.initial_error import average_error
from noisy_jax.losses.primitives import Loss


class Calibration(NamedTuple):
  """A calibrated value and how it came about.

  Attributes:
    value: the calibrated number.
    target: |<delta_k>(0)| of the loss at the reference number of classes.
    attained: |<delta_k>| at the number of classes asked for, with the value in place.
    reason: one sentence for a person.
  """

  value: float
  target: float
  attained: float
  reason: str


def logit_bias(loss: Loss, num_classes: int, *, reference_classes: int = 10) -> Calibration:
  """The bias eps that gives a loss on K classes the pull it has on few.

  The smallest eps >= 0, on the rising side of |<delta_k>|, with
  |<delta_k>_K(eps)| = |<delta_k>_R(0)|, where R is the reference number of classes and the
  other logits are drawn from N(0, 1), as `average_error` does. It depends on the loss and
  K, not on data or noise. For `mae` it is close to ln((K - 1) / (R - 1)), our own estimate
  for large K. It is 0 for K <= R, and for a loss that already pulls as hard at K as at R,
  like cross-entropy.

  Args:
    loss: function of (logits, labels), one value per example, the same under any renaming
      of the classes; hashable.
    num_classes: K, at least 2.
    reference_classes: R, a number of classes at which the loss is known to learn.

  Returns:
    `Calibration` whose value is eps. The draws are fixed, so it is the same every time;
    other draws would change its second decimal.

  Raises:
    ValueError: if a number of classes is below 2, if the loss is not finite, or if no bias
      reaches the target.

  Source: the rule is that of Staats, Thamm and Rosenow, AAAI 2025; the choice of 10 as the
    reference, and the numbers that follow, are ours.
  """
  # One key: the reference is exactly this curve when num_classes equals it.
  key = jax.random.key(0)

  def pull(classes: int, z: np.ndarray | float) -> np.ndarray:
    # A draw over more classes scatters less, so fewer are needed.
    num_draws = max(200, min(4000, 4_000_000 // classes))
    error = average_error(loss, classes, z, key=key, num_draws=num_draws)
    return np.abs(np.asarray(error.mean, np.float64))

  target = float(pull(reference_classes, 0.0))
  at_zero = float(pull(num_classes, 0.0))
  if not np.isfinite([target, at_zero]).all():
    raise ValueError(
      f"logit_bias: the average error of the loss is {target} at {reference_classes} "
      f"classes and {at_zero} at {num_classes}, must be finite"
    )
  if num_classes <= reference_classes:
    reason = f"not needed: {num_classes} classes are no more than {reference_classes}"
    return Calibration(0.0, target, at_zero, reason)
  if at_zero >= target:
    reason = (
      f"not needed: the average error at {num_classes} classes, {at_zero:.3g}, is not "
      f"below that at {reference_classes}, {target:.3g}"
    )
    return Calibration(0.0, target, at_zero, reason)

  # At the usual scale of logits one class outweighs all others some way beyond log(K); a
  # loss that scales logits down needs more.
  upper = np.log(num_classes) + 10.0
  while True:
    grid = np.linspace(0.0, upper, 57)
    curve = pull(num_classes, grid)
    if curve.max() >= target or curve.argmax() < len(grid) - 1 or upper > 1000:
      break
    upper *= 2
  above = np.flatnonzero(curve >= target)
  if above.size == 0:
    raise ValueError(
      f"logit_bias: no bias gives the loss at {num_classes} classes the average error "
      f"{target:.3g} it has at {reference_classes}; the largest is {curve.max():.3g}, at "
      f"{grid[curve.argmax()]:.2f}"
    )
  low, high = grid[above[0] - 1], grid[above[0]]
  while high - low > 1e-4:
    middle = (low + high) / 2
    low, high = (middle, high) if pull(num_classes, middle) < target else (low, middle)
  eps = round(float(high), 3)
  reason = (
    f"gives {num_classes} classes the average error that {reference_classes} have, "
    f"{target:.3g} instead of {at_zero:.3g}"
  )
  return Calibration(eps, target, float(pull(num_classes, eps)), reason)

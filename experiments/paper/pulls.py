"""The pull of every loss from 2 to 1,000,000 classes, for the figure pulls."""

import jax.numpy as jnp
import numpy as np

from noisy_jax import losses, per_logit_gradient
from noisy_jax.analysis import calibration, initial_error, reduction, verdicts
from noisy_jax.analysis.figures import Pulls

CLASSES = (2, 3, 5, *(m * 10**e for e in range(1, 6) for m in (1, 2, 5)), 1_000_000)
# A loss that is not reduced needs all logits of every draw, at each labelled logit.
MOST_UNREDUCED = 10_000


def pulls(name: str, classes: tuple[int, ...] = CLASSES) -> Pulls:
  """The pull of a loss with its default hyperparameters.

  Args:
    name: short name of the loss.
    classes: numbers of classes; beyond `MOST_UNREDUCED`, a loss that is not reduced has
      only the pull at equal logits.

  Returns:
    `Pulls`.
  """
  loss = losses.parse(name)
  reducible = reduction.is_reducible(loss)
  initial, biased, no_bias = {}, {}, []
  for count in classes:
    if count > MOST_UNREDUCED and not reducible:
      continue
    initial[count] = verdicts.pull(loss, count)
    try:
      eps = calibration.logit_bias(loss, count).value
    except calibration.NoRootError:
      no_bias.append(count)
      continue
    if eps:
      biased[count] = verdicts.pull(losses.with_logit_bias(loss, eps), count)
  equal = {count: at_equal_logits(loss, count) for count in classes}
  return Pulls(initial, equal, biased, tuple(no_bias))


def at_equal_logits(loss: losses.Loss, num_classes: int) -> float:
  """|dL/dz_k| at logits 0, where every class has the probability 1 / K."""
  if reduction.is_reducible(loss):
    # Two equal draws, as one draw has no standard deviation.
    log_sum, concentration = jnp.full(2, np.log(num_classes - 1)), jnp.full(2, np.nan)
    others = reduction.Others(log_sum, jnp.zeros(2), concentration, num_classes)
    return abs(float(initial_error.by_statistics(loss, jnp.zeros(()), others).mean))
  logits = np.zeros((1, num_classes), np.float32)
  gradient = per_logit_gradient(loss, logits, np.zeros(1, int))
  return abs(float(gradient[0, 0]))

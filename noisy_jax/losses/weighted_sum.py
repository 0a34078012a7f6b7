"""Weighted sums of any losses, which jit compiles once."""

import dataclasses

import jax
from jax.typing import ArrayLike

from noisy_jax import checks
from noisy_jax.losses.primitives import Loss


def weighted_sum(*terms: tuple[float, Loss]) -> Loss:
  """The loss L(z, k) = sum_i w_i L_i(z, k) of any losses, also your own.

  `parse` reads sums of the losses in `NAMES` from a text.

  Args:
    *terms: weight and loss of each term, at least one; weights are numbers, losses
      functions of (logits, labels).

  Returns:
    A function of (logits, labels) with the shapes of the losses. Equal terms in the same
    order give equal functions, so that jit compiles one once; hashable if the losses are.

  Raises:
    ValueError: if there is no term, or a weight is not finite.

  Example:
    >>> from noisy_jax import losses
    >>> def hinge(logits, labels):
    ...   return 1 - losses.label_log_prob(logits, labels)
    >>> loss = losses.weighted_sum((1.0, hinge), (0.1, losses.mae))
    >>> loss == losses.weighted_sum((1, hinge), (0.1, losses.mae))
    True
  """
  if not terms:
    raise ValueError("terms: none, must be at least one pair of a weight and a loss")
  finite = (checks.number("weight", weight, "(-inf, inf)") for weight, _ in terms)
  return WeightedSum(tuple(zip(finite, (loss for _, loss in terms), strict=True)))


@dataclasses.dataclass(frozen=True)
class WeightedSum:
  """A sum, from `weighted_sum`.

  Attributes:
    terms: weight and loss of each term.
  """

  terms: tuple[tuple[float, Loss], ...]

  def __call__(self, logits: ArrayLike, labels: ArrayLike) -> jax.Array:
    values = [weight * loss(logits, labels) for weight, loss in self.terms]
    return sum(values[1:], values[0])

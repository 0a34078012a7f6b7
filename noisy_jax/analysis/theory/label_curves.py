"""The slope of a loss L = l(p_k), and the noise that the loss bears.

A little probability moved from the clean class m to a wrong one n costs w_m |l'(p_m)| and
saves w_n |l'(p_n)|, with w the shares of the labels. So the range of the slopes decides.
"""

import functools
import math
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from noisy_jax.analysis import reduction
from noisy_jax.losses.biased_loss import BiasedLoss
from noisy_jax.losses.guard import one_per_example
from noisy_jax.losses.logit_clip import ClippedLoss
from noisy_jax.losses.primitives import Loss
from noisy_jax.losses.weighted_sum import WeightedSum

# The grid of p. Its ends come within 1e-26 of 0 and 1: float32 holds the slope 1e26 of
# cross-entropy there with room for a factor.
_LOG_ODDS = np.linspace(-60, 60, 2401)
# Steps from an end at which the slope is compared, enough to tell a limit from p^s with
# |s| > 5e-5.
_FROM_END = int(np.searchsorted(_LOG_ODDS, -40))
# Relative rounding of a slope, with a margin.
_ROUNDING = 1e-4


class LabelCurve(NamedTuple):
  """A loss L = l(p_k) as a function of p_k.

  Attributes:
    log_odds: log p / (1 - p) of the grid, rising, [n]; exact where p rounds to 1.
    value: l(p), [n].
    slope: l'(p), at most 0, [n].
    slope_at_zero: limit of l'(p) for p -> 0; -inf without a bound.
    slope_at_one: limit of l'(p) for p -> 1.
    shape: shape of l, to 1e-4 of its slope; "linear" is both convex and concave.
  """

  log_odds: np.ndarray
  value: np.ndarray
  slope: np.ndarray
  slope_at_zero: float
  slope_at_one: float
  shape: Literal["linear", "convex", "concave", "neither"]


def label_curve(loss: Loss) -> LabelCurve:
  """l(p) and l'(p) of a loss L = l(p_k), for p from 1e-26 to 1 - 1e-26.

  Logits of two and three classes with equal p_k show whether the loss is a function of p_k
  alone. l' is the derivative in training, which holds a detached factor constant.

  Args:
    loss: function of (logits, labels), one value per example; hashable. Its derivative must
      not round 1 - p_k to 0: write it in `losses.label_log_prob`. In `jax.nn.softmax` a
      loss seems flat near p_k = 1.

  Returns:
    `LabelCurve`.

  Raises:
    ValueError: if the loss is not a function of p_k alone, or does not fall with p_k; then
      the message names the loss; or if it does not give one value per example.
  """
  different = difference_at_equal_p(loss)
  if different is not None:
    raise ValueError(
      f"loss: {name_of(loss)} is {different[0]:.4g} and {different[1]:.4g} for the same "
      "p_k, must be a function of p_k alone"
    )
  # dp/dx = p (1 - p) for the log-odds x. The tangent 1 / (p (1 - p)) gives l' without a
  # division of dL/dx, which might underflow.
  tangent = np.exp(_LOG_ODDS) + 2 + np.exp(-_LOG_ODDS)
  plain_loss, log_odds = reduction.without_bias(loss, _LOG_ODDS)
  value, slope = (
    np.asarray(each, np.float64)
    for each in _value_and_slope(plain_loss, log_odds, np.float32(tangent))
  )
  if not ((slope <= 0).all() and slope.any()):
    raise ValueError(f"loss: {name_of(loss)}, must fall as p_k rises")
  at_zero = -_limit(-slope[0], -slope[_FROM_END])
  at_one = -_limit(-slope[-1], -slope[-1 - _FROM_END])
  return LabelCurve(_LOG_ODDS, value, slope, at_zero, at_one, _shape(-slope))


def variation_ratio(loss: Loss) -> float:
  """v = max |l'| / min |l'| over p in [0, 1], of a loss L = l(p_k).

  It is 1 for a linear loss. The nearer to 1, the less the gradient depends on p_k.

  Args:
    loss: a loss for `label_curve`.

  Returns:
    At least 1; inf if |l'| has no bound, or reaches 0.

  Raises:
    ValueError: as `label_curve`.

  Source: Wang et al., "Variation-Bounded Loss for Noise-Tolerant Learning", AAAI 2026.
  """
  curve = label_curve(loss)
  if curve.shape == "linear":
    return 1.0
  steepness = -np.array([*curve.slope, curve.slope_at_zero, curve.slope_at_one])
  return float(steepness.max() / steepness.min()) if steepness.min() > 0 else math.inf


def asymmetry_ratio(loss: Loss) -> float:
  """r such that noise leaves the minimum of L = l(p_k) in place iff w_m / w_n >= 1 / r.

  w_m is the largest of the weights, w_n the next, w_m > w_n. "In place" means that every
  minimiser of sum_i w_i l(u_i) over probabilities u minimises l(u_m). Our own derivation,
  for l that falls: if l is convex, so is the sum, and u = e_m is its minimum iff no mass
  gains by a move to n: w_m |l'(1)| >= w_n |l'(0)|, hence r = |l'(1)| / |l'(0)|. (At
  equality it is the only minimum unless l is linear near 0 and near 1.) If l is concave, so
  is the sum, its minima are at vertices, and e_m is the lowest: r = 1, any noise.

  Args:
    loss: a loss for `label_curve`.

  Returns:
    In [0, 1]; 0 if the loss is never asymmetric; NaN if l is neither convex nor concave.
    Then w_m / w_n > v, the `variation_ratio`, still suffices.

  Raises:
    ValueError: as `label_curve`.

  Example:
    >>> from noisy_jax import losses
    >>> from noisy_jax.analysis import theory
    >>> f"{theory.asymmetry_ratio(losses.with_logit_bias(losses.mae, 1.0)):.3f}"
    '0.135'

  Source: asymmetry: Zhou et al., "Asymmetric Loss Functions for Learning with Noisy
    Labels", ICML 2021; the ratio of slopes is ours.
  """
  curve = label_curve(loss)
  if curve.shape == "convex":
    return float(curve.slope_at_one / curve.slope_at_zero)
  return math.nan if curve.shape == "neither" else 1.0


def difference_at_equal_p(loss):
  """Two different values of the loss at one p_k; None if it depends on p_k alone."""
  # With a bias, equal p_k stay equal.
  loss, _ = reduction.without_bias(loss, 0.0)
  values = np.asarray(_values_at_equal_p(loss), np.float64)
  low, high = values.min(axis=0), values.max(axis=0)
  close = high - low <= 1e-4 * np.abs(high) + 1e-5 * np.abs(values).max()
  return None if close.all() else (low[close.argmin()], high[close.argmin()])


def name_of(loss):
  """The name of a loss in messages."""
  match loss:
    case BiasedLoss(loss=inner, eps=eps):
      return f"{name_of(inner)} with logit bias {eps:g}"
    case ClippedLoss(loss=inner, tau=tau):
      return f"{name_of(inner)} of logits clipped at {tau:g}"
    case WeightedSum(terms=terms):
      return " + ".join(f"{weight:g}*{name_of(inner)}" for weight, inner in terms)
  return getattr(loss, "__name__", str(loss))


@functools.partial(jax.jit, static_argnums=0)
def _values_at_equal_p(loss):
  """L at six log-odds of p_k, each from three kinds of logits, [3, 6]."""
  # At -0.4 the label is the likeliest of three classes, but not of two.
  log_odds = np.array([-6.0, -2.0, -0.4, 0.0, 2.0, 6.0])
  rows = []
  for label, others in enumerate(([1.0], [0.9, 0.1], [0.5, 0.5])):
    logits = np.insert(np.tile(np.log(others), (6, 1)), label, log_odds, axis=1)
    # A constant on all logits does not change p.
    values = loss(jnp.asarray(logits + label, jnp.float32), jnp.full(6, label))
    rows.append(one_per_example(values, (6,)))
  return jnp.stack(rows)


@functools.partial(jax.jit, static_argnums=0)
def _value_and_slope(loss, log_odds, tangent):
  def value(x):
    logits = jnp.stack([x, jnp.zeros_like(x)], axis=-1)
    return loss(logits, jnp.zeros(x.shape, int))

  return jax.jvp(value, (log_odds,), (tangent,))


def _limit(end, further_in):
  """The limit of |l'| at an end of the grid, from two values near it."""
  if abs(end - further_in) <= 1e-3 * further_in:
    return float(end)
  return math.inf if end > further_in else 0.0


def _shape(steepness):
  # A comparison with all earlier points, so that small steps in one direction add up.
  falls = (steepness <= np.minimum.accumulate(steepness) * (1 + _ROUNDING)).all()
  rises = (steepness >= np.maximum.accumulate(steepness) * (1 - _ROUNDING)).all()
  if falls:
    return "linear" if rises else "convex"
  return "concave" if rises else "neither"

"""Optimized gradient clipping: the slope of a loss is cut where wrong labels pull most."""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from noisy_jax import checks, losses
from noisy_jax.losses import Loss
from noisy_jax.losses.soft_labels import is_of_label_alone
from noisy_jax.methods.method import Method, MethodState

# As in the published code: the range of p, the grid of -log p, and the halvings.
_LOWEST, _HIGHEST = 1e-7, 1 - 1e-7
_SURPRISES = (-math.log(_HIGHEST), -math.log(_LOWEST))
_GRID_SIZE, _HALVINGS = 1000, 10
# On draws of two Gaussians, as many came within 1e-4 of where scikit-learn converges.
_ROUNDS = 50
_LEAST_VARIANCE = 1e-6
# Bounds the memory.
_MOST = 2**20


class Clipping(NamedTuple):
  """OGC's memory.

  Attributes:
    threshold: probability of the label below which the loss is a line, float32.
    surprises: -log p_y of the last examples, the latest last, float32[size]; infinite for
      examples yet to come.
    num_steps: number of steps, int32.
  """

  threshold: Any
  surprises: Any
  num_steps: Any


def ogc(
  loss: Loss, *, strength: float = 20.0, size: int = 4096, period: int = 32
) -> Method:
  """Optimized gradient clipping (OGC).

  A loss L0(p) of the label's probability p = p_y is replaced below a threshold c by its
  tangent there, as partially Huberised cross-entropy is (`losses.phuber_ce`):

    L = L0(p) if p > c else L0(c) + |L0'(c)| (c - p).

  The threshold follows the training. Of the last `size` examples, a mixture of two
  Gaussians is fitted to -log p; the component with the smaller mean stands for right
  labels, the other for wrong ones, both cut to p in [1e-7, 1 - 1e-7]. The threshold is
  where the mean slope of wrong labels is 1 + strength * (learning rate) times that of right
  ones, slopes being at most |L0'(c)|. So clipping grows as the learning rate falls, to
  c = 1 at a rate of 0, where L is linear in p. Until `size` examples are seen, c = 1e-7.

  It takes effect from the next step on, in the code at once; the fit by 50 rounds of
  expectation maximisation from a split at the mean is ours. OGC scores no labels, and its
  memory does not depend on the number of examples.

  Args:
    loss: function of (logits, labels), one value per example, of p_y alone: such as ce, fl,
      gce, sums of these, and these with a logit bias. Cross-entropy, focal and generalized
      cross-entropy in the paper's code.
    strength: number from 0 up, epsilon in the paper; 20 in its code, for all sets and
      noises, with SGD from a learning rate of 0.1, divided by 10 after 50 and 100 of 150
      epochs.
    size: number of examples to fit to, from 2 to 2^20; 4096 in the same code.
    period: number of steps from a fit to the next, from 1 up; 32 in the same code.

  Returns:
    `Method`, which learns the number `threshold`.

  Raises:
    ValueError: if the loss is not known to be of p_y alone, strength is out of range, or
      size or period is not a whole number in its range.

  Source: Ye, Wu, Zhang, Li, Chen and Jin, "Optimized Gradient Clipping for Noisy Label
    Learning", AAAI 2025; the formulas as in their code (Virusdoll/OGC), which is for
    cross-entropy alone continuous at c.
  """
  if not is_of_label_alone(loss):
    raise ValueError(
      f"loss: {loss}, must be a function of the label's probability alone, such as ce, fl "
      "or gce, or a sum of such"
    )
  strength = checks.number("strength", strength, "[0, inf)")
  size = checks.whole_number("size", size, 2, _MOST)
  period = checks.whole_number("period", period, 1)

  def init(labels, num_classes):
    surprises = jnp.full(size, jnp.inf)
    return MethodState(Clipping(jnp.float32(_LOWEST), surprises, jnp.int32(0)))

  def clipped_loss(clipping, _, logits, labels):
    log_p = losses.label_log_prob(logits, labels)
    surprise = -jnp.log(clipping.threshold)
    value, slope = _value_and_slope(loss, surprise)
    line = value + slope * (clipping.threshold - jnp.exp(log_p))
    values = jnp.where(-log_p < surprise, loss(logits, labels), line)
    return values, jax.lax.stop_gradient(-log_p)

  def after_step(clipping, surprises, learning_rate):
    latest = jnp.clip(surprises, *_SURPRISES)
    surprises = jnp.concatenate([clipping.surprises, latest])[-size:]
    num_steps = clipping.num_steps + 1
    is_time = (num_steps % period == 0) & jnp.isfinite(surprises[0])
    ratio = 1 + strength * learning_rate
    threshold = jax.lax.cond(
      is_time,
      lambda: _threshold(loss, surprises, ratio),
      lambda: clipping.threshold,
    )
    return Clipping(threshold, surprises, num_steps)

  return Method(
    init,
    clipped_loss,
    after_step=after_step,
    learned=lambda state: {"threshold": state.shared.threshold},
  )


def _value_and_slope(loss, surprise):
  """L0(p) and |L0'(p)| from h = -log p, of any shape: a loss of two classes."""
  p, rest = jnp.exp(-surprise), -jnp.expm1(-surprise)
  log_odds = -surprise - jnp.log(rest)

  def total(log_odds):
    logits = jnp.stack([log_odds, jnp.zeros_like(log_odds)], -1)
    values = loss(logits, jnp.zeros(log_odds.shape, int))
    return values.sum(), values

  gradient, values = jax.grad(total, has_aux=True)(log_odds)
  return values, jnp.abs(gradient) / (p * rest)


def _threshold(loss, surprises, ratio):
  """The probability at which clipping leaves wrong labels this many times the slope."""
  grid = jnp.linspace(*_SURPRISES, _GRID_SIZE)
  means, variances = _two_gaussians(surprises)
  heights = jax.nn.softmax(-jnp.square(grid[None] - means) / (2 * variances))
  right, wrong = heights[jnp.argsort(means[:, 0])]
  _, slopes = _value_and_slope(loss, grid)

  def halve(_, ends):
    middle = ends.mean()
    _, largest = _value_and_slope(loss, -jnp.log(middle))
    clipped = jnp.minimum(slopes, largest)
    is_below = (wrong * clipped).sum() > ratio * (right * clipped).sum()
    return jnp.where(is_below, ends.at[0].set(middle), ends.at[1].set(middle))

  ends = jnp.float32([_LOWEST, _HIGHEST])
  return jax.lax.fori_loop(0, _HALVINGS, halve, ends).mean()


def _two_gaussians(values):
  """Means and variances of a mixture of two Gaussians, float32[2, 1] each."""
  values = values[None]

  def fitted(shares):
    counts = shares.sum(-1, keepdims=True) + jnp.finfo(jnp.float32).tiny
    means = (shares * values).sum(-1, keepdims=True) / counts
    squares = shares * jnp.square(values - means)
    return counts, means, squares.sum(-1, keepdims=True) / counts + _LEAST_VARIANCE

  def improved(_, shares):
    counts, means, variances = fitted(shares)
    heights = jnp.log(counts) - jnp.log(variances) / 2
    return jax.nn.softmax(heights - jnp.square(values - means) / (2 * variances), axis=0)

  is_high = values > values.mean()
  shares = jnp.float32(jnp.concatenate([~is_high, is_high]))
  return fitted(jax.lax.fori_loop(0, _ROUNDS, improved, shares))[1:]

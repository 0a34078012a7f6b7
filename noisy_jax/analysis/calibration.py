"""Calibrates the logit bias, or a hyperparameter, to the number of classes.

The logits of a fresh network lie near z_k = 0. A loss that learns on few classes has a
certain average error there. On K classes the same loss has this error at a larger
z_k = eps: a logit bias of eps gives the fresh network the gradient that it has on few
classes. Another hyperparameter may do the same at z_k = 0.

Source: the rule is that of Staats, Thamm and Rosenow, AAAI 2025; the default numbers of
reference classes, and the resulting values, are ours.
"""

import dataclasses
import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from noisy_jax import checks, losses
from noisy_jax.analysis import initial_error, reduction, roots, samples
from noisy_jax.analysis.roots import NoRootError
from noisy_jax.losses.primitives import Loss

# The average error from which a loss learns; `verdicts` has the reason for this number.
LEARNS = 0.03


class Calibration(NamedTuple):
  """A calibrated value.

  Attributes:
    value: the calibrated number.
    target: |<delta_k>(0)| of the loss on the reference number of classes.
    attained: |<delta_k>| on K classes with this value.
    reason: the reason, one sentence.
  """

  value: float
  target: float
  attained: float
  reason: str


def logit_bias(loss: Loss, num_classes: int, *, reference_classes: int = 10) -> Calibration:
  """The bias eps that gives a loss on K classes the average error of few classes.

  It is the smallest eps >= 0, on the rising side of |<delta_k>|, with
  |<delta_k>_K(eps)| = |<delta_k>_R(0)|, where R is the reference number of classes and the
  other logits are drawn from N(0, 1), as in `average_error`. It depends on the loss and K,
  not on data or noise. It is 0 for K <= R, and for a loss whose error on K classes is not
  smaller, like cross-entropy. It is also 0 if no bias reaches the error of R classes, but
  the loss learns without, with an error of at least 0.03: `bi_tempered` on 100 classes has
  0.15.

  For `mae` and large K it is ln((K - 1) / (R - 1)) + c, our own estimate, with c = 0.134
  for R = 10 and 0.016 for R = 100. Without c, that is the bias if all logits are equal. But
  the sum of exp over the other classes varies where they are few, which lowers the error of
  the reference.

  Args:
    loss: function of (logits, labels), one value per example, the same under any renaming
      of the classes; hashable.
    num_classes: K, at least 2.
    reference_classes: R, a number of classes on which the loss is known to learn.

  Returns:
    `Calibration` with the value eps, the same every time, as the draws are fixed; other
    draws would change its second decimal.

  Raises:
    NoRootError: if no bias reaches the target, and the loss does not learn without; it has
      the largest average error in reach.
    ValueError: if a number of classes is below 2, or the loss is not finite.

  Example:
    >>> from noisy_jax import losses
    >>> from noisy_jax.analysis import calibration
    >>> calibration.logit_bias(losses.mae, num_classes=1000).value
    4.841
  """
  target = float(_pull(loss, reference_classes, 0.0))
  at_zero = float(_pull(loss, num_classes, 0.0))
  reason = _why_not("logit_bias", target, reference_classes, at_zero, num_classes)
  if reason:
    return Calibration(0.0, target, at_zero, reason)
  # At usual logits, one class outweighs all others somewhat beyond log(K); a loss that
  # scales logits down needs more.
  upper = np.log(num_classes) + 10.0
  while True:
    grid = np.linspace(0.0, upper, 57)
    curve = _pull(loss, num_classes, grid)
    if curve.max() >= target or curve.argmax() < len(grid) - 1 or upper > 1000:
      break
    upper *= 2
  above = np.flatnonzero(curve >= target)
  if above.size == 0 and at_zero >= LEARNS:
    reason = (
      f"not needed: no bias gives {num_classes} classes the average error that "
      f"{reference_classes} have, {target:.3g}, but it learns with {at_zero:.3g} as well"
    )
    return Calibration(0.0, target, at_zero, reason)
  if above.size == 0:
    largest, at = float(curve.max()), float(grid[curve.argmax()])
    raise NoRootError(
      f"logit_bias: no bias gives the loss at {num_classes} classes the average error "
      f"{target:.3g} it has at {reference_classes}; the largest is {largest:.3g}, at "
      f"{at:.2f}",
      largest,
      at,
    )

  def excess(eps: float) -> float:
    return float(_pull(loss, num_classes, eps)) - target

  eps = round(roots.root(excess, grid[above[0] - 1], grid[above[0]], 1e-4), 3)
  reason = (
    f"gives {num_classes} classes the average error that {reference_classes} have, "
    f"{target:.3g} instead of {at_zero:.3g}"
  )
  return Calibration(eps, target, float(_pull(loss, num_classes, eps)), reason)


def hyperparameter(
  loss: Loss, keyword: str, num_classes: int, *, reference_classes: int = 100
) -> Calibration:
  """The hyperparameter that gives a loss on K classes the average error of fewer classes.

  It is the value v with |<delta_k>_K(0; v)| = |<delta_k>_R(0; v_R)|, where R is the
  reference number of classes and v_R the value of the loss; of several values the nearest
  to v_R. It is v_R for K <= R, and for a loss whose error on K classes is not smaller. R is
  100, up to which papers keep their values, such as q = 0.7 of GCE; auto in an expression
  means this R. R = 10, as in `logit_bias`, changes more: q = 0.38 on 100 classes.

  Args:
    loss: one of `losses.NAMES` with the hyperparameters for R classes: the function, such
      as `losses.gce`, a `functools.partial` of it, or an expression of one term, such as
      `losses.parse("agce(a=1.8)")`.
    keyword: a hyperparameter of this loss with a range in `losses.PROPERTIES`, such as "q".
    num_classes: K, at least 2.
    reference_classes: R, a number of classes on which the loss is known to learn.

  Returns:
    `Calibration` with the value v, the same every time, as the draws are fixed.

  Raises:
    NoRootError: if no value in range reaches the target; it has the largest average error
      in reach.
    ValueError: if the loss is not one of the package, has no such hyperparameter or has it
      out of range, or a number of classes is below 2.

  Example:
    >>> from noisy_jax import losses
    >>> from noisy_jax.analysis import calibration
    >>> calibration.hyperparameter(losses.gce, "q", num_classes=1000).value
    0.4815
  """
  term = _as_term(loss)
  ranges = losses.PROPERTIES[term.name].ranges
  if keyword not in ranges:
    known = ", ".join(ranges) or "none"
    raise ValueError(f"keyword: unknown {keyword!r}; {term.name} has {known}")
  others = dict(term.keywords)
  reference_value = others.pop(keyword, losses.AUTO)
  if reference_value == losses.AUTO:
    reference_value = losses.defaults(term.name)[keyword]
  reference_value = float(checks.number(keyword, reference_value, ranges[keyword]))

  def pulls(classes: int, values: list[float] | np.ndarray) -> np.ndarray:
    values = np.asarray(values, np.float32)
    pull = _pull_of_values(term.name, keyword, classes, values, others)
    return abs(term.weight) * pull

  target = float(pulls(reference_classes, [reference_value])[0])
  as_is = float(pulls(num_classes, [reference_value])[0])
  reason = _why_not("hyperparameter", target, reference_classes, as_is, num_classes)
  if reason:
    return Calibration(reference_value, target, as_is, reason)
  grid = roots.grid(ranges[keyword])
  curve = pulls(num_classes, grid)
  # A loss may be defined in a part of the range, as nnce is for p_min below 1/K.
  is_pair = np.isfinite(curve[:-1]) & np.isfinite(curve[1:])
  crossings = np.flatnonzero(np.diff(curve >= target) & is_pair)
  if crossings.size == 0:
    largest, at = float(np.nanmax(curve)), float(grid[np.nanargmax(curve)])
    raise NoRootError(
      f"hyperparameter: no {keyword} of {term.name} gives {num_classes} classes the "
      f"average error {target:.3g} that {reference_classes} have with {reference_value:g}; "
      f"the largest is {largest:.3g}, at {at:.3g}",
      largest,
      at,
    )

  def excess(value: float) -> float:
    return float(pulls(num_classes, [value])[0]) - target

  first = crossings[np.abs(grid[crossings] - reference_value).argmin()]
  low, high = grid[first], grid[first + 1]
  value = float(f"{roots.root(excess, low, high, min(1e-5, 1e-2 * (high - low))):.4g}")
  reason = (
    f"gives {num_classes} classes the average error that {reference_classes} have with "
    f"{reference_value:g}, {target:.3g} instead of {as_is:.3g}"
  )
  return Calibration(value, target, float(pulls(num_classes, [value])[0]), reason)


def resolve(loss: losses.Expression, num_classes: int) -> losses.Expression:
  """The loss with numbers from `hyperparameter` in place of auto.

  "gce(q=auto)" becomes "gce(q=0.4815)" on 1000 classes, which gives them the average error
  of 100 classes with the default, 0.7. Terms of a sum are calibrated one by one.

  Args:
    loss: from `losses.parse`.
    num_classes: K, at least 2.

  Returns:
    The expression without auto.

  Raises:
    ValueError: if a term has more than one auto, or no value reaches the target.
  """
  return losses.Expression(tuple(_resolve_term(term, num_classes) for term in loss.terms))


def _resolve_term(term, num_classes):
  unknown = [keyword for keyword, value in term.keywords if value == losses.AUTO]
  if len(unknown) > 1:
    raise ValueError(f"loss: {term} has auto {len(unknown)} times, must have it once")
  loss = losses.Expression((dataclasses.replace(term, weight=1.0),))
  chosen = {name: hyperparameter(loss, name, num_classes).value for name in unknown}
  keywords = tuple(
    (keyword, chosen.get(keyword, value)) for keyword, value in term.keywords
  )
  return dataclasses.replace(term, keywords=keywords)


def _as_term(loss: Loss) -> losses.Term:
  """The short name and the hyperparameters of a loss of the package."""
  match loss:
    case losses.Expression(terms=(term,)):
      return term
    case functools.partial(func=function, args=(), keywords=keywords):
      name = reduction.SHORT_NAMES.get(function)
    case function:
      name, keywords = reduction.SHORT_NAMES.get(function), {}
  if name is None:
    raise ValueError(
      f"loss: {loss}, must be one of losses.NAMES, with or without hyperparameters"
    )
  return losses.Term(1.0, name, tuple(keywords.items()))


def _pull(loss: Loss, num_classes: int, z: np.ndarray | float) -> np.ndarray:
  """|<delta_k>| on a grid of labelled logits."""
  sample = samples.fixed_sample(loss, num_classes, 1.0)
  return np.abs(np.asarray(initial_error.curve(loss, z, sample).mean, np.float64))


def _pull_of_values(loss_name, keyword, num_classes, values, others):
  """|<delta_k>(0)| for each value of a hyperparameter, by one program."""
  sample = samples.fixed_sample(losses.NAMES[loss_name], num_classes, 1.0)
  means = _means_of_values(loss_name, keyword, tuple(others.items()), values, sample)
  return np.abs(np.asarray(means, np.float64))


@functools.partial(jax.jit, static_argnums=(0, 1, 2))
def _means_of_values(loss_name, keyword, others, values, sample):
  def mean(value):
    loss = functools.partial(losses.NAMES[loss_name], **dict(others), **{keyword: value})
    return initial_error.average_over_sample(loss, jnp.zeros(()), sample).mean

  return jax.lax.map(mean, values)


def _why_not(name, target, reference_classes, pull, num_classes):
  """The reason why a loss needs no calibration; empty if it does."""
  if not np.isfinite([target, pull]).all():
    raise ValueError(
      f"{name}: the average error of the loss is {target} at {reference_classes} classes "
      f"and {pull} at {num_classes}, must be finite"
    )
  if num_classes <= reference_classes:
    return f"not needed: {num_classes} classes are no more than {reference_classes}"
  if pull >= target:
    return (
      f"not needed: the average error at {num_classes} classes, {pull:.3g}, is not below "
      f"that at {reference_classes}, {target:.3g}"
    )
  return ""

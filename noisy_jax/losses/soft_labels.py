"""Soft labels: the mean of a loss over a distribution of labels.

A distribution over all K classes is an array. A distribution over a few labels, from mixup
or from several people, is a `LabelMixture`, which needs no array [..., K].

A loss of p_k alone has the same value for two classes, k and all others together, with the
logits z_k and log sum_{j != k} exp z_j. So its values at all labels follow from one
softmax.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import ArrayLike

from noisy_jax import checks
from noisy_jax.losses.biased_loss import BiasedLoss
from noisy_jax.losses.guard import (
  as_logits_and_labels,
  masked,
  one_per_example,
  shape_of,
)
from noisy_jax.losses.names import NAMES
from noisy_jax.losses.primitives import Loss, label_logits, label_mask, safe_product
from noisy_jax.losses.properties import PROPERTIES
from noisy_jax.losses.spec import Expression
from noisy_jax.losses.weighted_sum import WeightedSum

# Largest distance of a sum of weights from 1, unless their dtype rounds more.
_TOLERANCE = 1e-3


class LabelMixture(NamedTuple):
  """A few labels of each example, and the weight of each.

  Attributes:
    labels: class ids, int[..., M]; a class may occur twice.
    weights: at least 0, with sum 1 over the last axis, float[..., M]; or float[M] for all
      examples.
  """

  labels: ArrayLike
  weights: ArrayLike


SoftLoss = Callable[[ArrayLike, ArrayLike | LabelMixture], jax.Array]


def with_soft_labels(loss: Loss) -> SoftLoss:
  """The mean of a loss over the labels of a distribution.

  L(z, y) = sum_k y_k L(z, k); with a logit bias, each term has it on its own class. For
  mixup of the labels a and b, y has the weight w at a and 1 - w at b.

  A loss of p_k alone (`Properties.of_label_alone`: `mae`, `gce`, `ce` and most others, also
  with a bias or in sums) costs O(K): a mixture as much as one label, K weights about thirty
  times as much on a CPU. Any other loss, also your own, is computed for each label in turn:
  K times for K weights, O(K^2).

  Args:
    loss: function of (logits, labels), one value per example.

  Returns:
    A function of (logits, targets). The logits are float[..., K]; the targets are weights
    of all classes, float[..., K], at least 0 with sum 1, or a `LabelMixture`. It returns
    float32[...] (float64 for float64 logits); NaN, with gradient 0, where weights are
    negative or their sum is further than 0.001 from 1 (in bfloat16 0.008), or a label is
    outside [0, K). Equal losses give equal functions, so that jit compiles one once. It
    raises a TypeError if logits or weights are not floats, or labels not integers, and a
    ValueError if the shapes do not fit, or the loss does not give one value per example.

  Example:
    >>> from noisy_jax import losses
    >>> soft = losses.with_soft_labels(losses.mae)
    >>> f"{soft([2.0, 0.0, 0.0], [0.7, 0.3, 0.0]):.3f}"
    '0.834'
    >>> f"{soft([2.0, 0.0, 0.0], losses.LabelMixture([0, 1], [0.7, 0.3])):.3f}"
    '0.834'
  """
  return SoftLabels(loss)


@dataclasses.dataclass(frozen=True)
class SoftLabels:
  """A loss of soft labels, from `with_soft_labels`.

  Attributes:
    loss: the loss of one label.
  """

  loss: Loss

  def __call__(self, logits: ArrayLike, targets: ArrayLike | LabelMixture) -> jax.Array:
    logits, labels, weights, is_known = _checked(logits, targets)
    logits = masked(logits, is_known)
    if is_of_label_alone(self.loss):
      split = _split_classes(logits) if labels is None else _split_labels(logits, labels)
      pairs = jnp.stack(split, axis=-1)
      values = self.loss(pairs, jnp.zeros(pairs.shape[:-1], jnp.int32))
    else:
      values = _in_turn(self.loss, logits, labels)
    return jnp.where(is_known, jnp.sum(safe_product(weights, values), axis=-1), jnp.nan)


def _checked(logits, targets):
  """Logits; class ids int32[..., M] or None; weights; whether they are a distribution."""
  logits, _ = as_logits_and_labels(logits, np.zeros(np.shape(logits)[:-1], int))
  if not isinstance(targets, LabelMixture):
    weights = jnp.asarray(targets)
    if not jnp.issubdtype(weights.dtype, jnp.floating):
      raise TypeError(
        f"targets: {shape_of(weights)}, must be float{list(logits.shape)}: class ids go to "
        "the loss itself"
      )
    if weights.shape != logits.shape:
      raise ValueError(f"targets: {shape_of(weights)}, must be float{list(logits.shape)}")
    return logits, None, weights.astype(logits.dtype), _sum_to_one(weights)
  labels, weights = targets.labels, jnp.asarray(targets.weights)
  # Labels of 64 bits on the host are compared with K before JAX cuts them.
  labels = labels if isinstance(labels, jax.Array) else np.asarray(labels)
  *of_examples, num_labels = np.shape(labels) or (0,)
  if tuple(of_examples) != logits.shape[:-1] or not num_labels:
    wanted = ", ".join(map(str, (*logits.shape[:-1], "M")))
    raise ValueError(
      f"labels: {shape_of(labels)}, must be integers [{wanted}], as from logits "
      f"{shape_of(logits)}"
    )
  if not jnp.issubdtype(weights.dtype, jnp.floating):
    raise TypeError(f"weights: {shape_of(weights)}, must be float{list(labels.shape)}")
  if weights.shape not in (labels.shape, (num_labels,)):
    raise ValueError(
      f"weights: {shape_of(weights)}, must be float{list(labels.shape)} or [{num_labels}]"
    )
  weights = jnp.broadcast_to(weights, labels.shape)
  columns = [as_logits_and_labels(logits, labels[..., m])[1] for m in range(num_labels)]
  labels = jnp.stack(columns, axis=-1)
  is_known = _sum_to_one(weights) & jnp.all(labels >= 0, axis=-1)
  return logits, jnp.maximum(labels, 0), weights.astype(logits.dtype), is_known


def _sum_to_one(weights):
  """Whether weights are at least 0 and sum to 1, bool[...]."""
  tolerance = max(_TOLERANCE, float(jnp.finfo(weights.dtype).eps))
  sums = jnp.sum(checks.in_float32_or_wider(weights), axis=-1)
  return jnp.all(weights >= 0, axis=-1) & (jnp.abs(sums - 1) <= tolerance)


def is_of_label_alone(loss: Loss) -> bool:
  """Whether a loss is known to be a function of p_k alone, the same for all examples.

  Such a loss is also one of two classes: the label, and all others together.
  """
  match loss:
    case Expression():
      parts = (
        functools.partial(NAMES[term.name], **dict(term.keywords)) for term in loss.terms
      )
      return all(map(is_of_label_alone, parts))
    case WeightedSum():
      return all(is_of_label_alone(part) for _, part in loss.terms)
    case BiasedLoss():
      return is_of_label_alone(loss.loss)
    case functools.partial():
      is_scalar = not any(map(np.ndim, loss.keywords.values()))
      return is_scalar and is_of_label_alone(loss.func)
  names = [name for name, function in NAMES.items() if function is loss]
  return any(PROPERTIES[name].of_label_alone for name in names)


def _in_turn(loss, logits, labels):
  """The loss of each label, or of every class without labels, [..., M], one by one."""
  if labels is not None:
    values = [_of_label(loss, logits, labels[..., m]) for m in range(labels.shape[-1])]
    return jnp.stack(values, axis=-1)

  # Without a checkpoint, a gradient would keep intermediate arrays of all classes.
  @jax.checkpoint
  def of_class(k):
    return _of_label(loss, logits, jnp.full(logits.shape[:-1], k))

  return jnp.moveaxis(lax.map(of_class, jnp.arange(logits.shape[-1])), 0, -1)


def _of_label(loss, logits, labels):
  # A mean over the examples would get the weights of each example.
  return one_per_example(loss(logits, labels), labels.shape)


def _split_classes(logits):
  """z_k and log sum_{j != k} exp z_j of every class k, less the largest logit, [..., K]."""
  # A class with more than half of the sum is never subtracted from the sum, also not in
  # derivatives, as the rest may be small.
  shifted = logits - lax.stop_gradient(jnp.max(logits, axis=-1, keepdims=True))
  exps = jnp.exp(shifted)
  total = jnp.sum(exps, axis=-1, keepdims=True)
  # At most one class: two with exp(0) would sum to 2.
  is_most = (exps == 1) & (total < 2)
  minority = jnp.sum(jnp.where(is_most, 0, exps), axis=-1, keepdims=True)
  return shifted, _log(jnp.where(is_most, minority, total - exps))


def _split_labels(logits, labels):
  """`_split_classes` for the labels of a mixture alone, [..., M]."""
  columns = [labels[..., m] for m in range(labels.shape[-1])]
  shifted, unlabelled = _parts(logits, columns)

  def log_rest(label):
    total, seen = unlabelled, [label]
    for other, logit in zip(columns, shifted, strict=True):
      # A label that occurs twice in the mixture is one class.
      is_new = functools.reduce(jnp.logical_and, [other != k for k in seen])
      total, seen = total + jnp.where(is_new, jnp.exp(logit), 0), [*seen, other]
    return _log(total)

  return jnp.stack(shifted, axis=-1), jnp.stack([log_rest(k) for k in columns], axis=-1)


@jax.custom_jvp
def _parts(logits, columns):
  """z_k of each label, and the sum of exp z_j over the other classes, both [...].

  z is relative to the largest logit, which derivatives hold constant.
  """
  return _parts_and_exps(logits, columns)[:2]


@_parts.defjvp
def _parts_jvp(primals, tangents):
  (logits, columns), (logits_dot, _) = primals, tangents
  shifted, unlabelled, exps = _parts_and_exps(logits, columns)
  # JAX's own derivative of the gather is a scatter, one more pass over the gradient.
  shifted_dot = [
    jnp.sum(jnp.where(label_mask(logits, k), logits_dot, 0), axis=-1) for k in columns
  ]
  return (shifted, unlabelled), (shifted_dot, jnp.sum(exps * logits_dot, axis=-1))


def _parts_and_exps(logits, columns):
  largest = lax.stop_gradient(jnp.max(logits, axis=-1, keepdims=True))
  is_label = functools.reduce(jnp.logical_or, [label_mask(logits, k) for k in columns])
  exps = jnp.where(is_label, 0, jnp.exp(logits - largest))
  shifted = [label_logits(logits, k) - largest[..., 0] for k in columns]
  return shifted, jnp.sum(exps, axis=-1), exps


def _log(x):
  """log x of x from 0 up, with the derivative 0 at 0."""
  return jnp.where(x > 0, jnp.log(jnp.where(x > 0, x, 1)), -jnp.inf)

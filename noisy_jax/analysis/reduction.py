"""Reduces the logits of the other classes to the few numbers that a loss depends on.

A loss of p_k alone depends on the log-sum-exp of the other logits:
p_k = 1 / (1 + exp(log_sum - z_k)). Label smoothing and normalized cross-entropy also need
their sum. So an average over the other logits takes one pass over them, and more labelled
logits z_k cost almost nothing.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax import losses
from noisy_jax.losses.biased_loss import BiasedLoss
from noisy_jax.losses.cross_entropy import ls_from_margin
from noisy_jax.losses.normalized import nce_from_margin
from noisy_jax.losses.primitives import Hyperparameter, Loss
from noisy_jax.losses.weighted_sum import WeightedSum

Array = jax.Array | np.ndarray | np.floating

SHORT_NAMES = {function: name for name, function in losses.NAMES.items()}
# Losses of log p_k, z_k less the mean of all logits, and the number of classes.
_OF_MARGIN: dict[str, Callable[..., jax.Array]] = {
  "ls": lambda log_p, margin, _, **keywords: ls_from_margin(log_p, margin, **keywords),
  "nce": nce_from_margin,
}


class Others(NamedTuple):
  """Statistics of the logits of the other classes.

  Attributes:
    log_sum: log sum_j exp(z_j) over j != k, [n].
    total: sum_j z_j over j != k, [n].
    concentration: sum_j q_j^2 with q their softmax, [n]; for gradients.
    num_classes: K, which may be traced.
  """

  log_sum: Array
  total: Array
  concentration: Array
  num_classes: int | Array


def reduce(logits: jax.Array, num_classes: int | jax.Array | None = None) -> Others:
  """Statistics of the first K - 1 of logits [n, any], or of all; K may be traced."""
  if num_classes is None:
    num_classes = logits.shape[-1] + 1
  counts = jnp.arange(logits.shape[-1])[None] < num_classes - 1
  log_sum = jax.nn.logsumexp(logits, axis=-1, where=counts)
  shares = jnp.exp(logits - log_sum[:, None])
  return Others(
    log_sum,
    jnp.sum(logits, axis=-1, where=counts),
    jnp.sum(jnp.square(shares), axis=-1, where=counts),
    num_classes,
  )


def reduce_on_host(logits: np.ndarray) -> Others:
  """`reduce` of all logits in NumPy, which compiles nothing for a new K."""
  largest = logits.max(axis=1)
  weights = np.exp(logits - largest[:, None])
  sums = weights.sum(axis=1, dtype=np.float64)
  squares = np.square(weights).sum(axis=1, dtype=np.float64)
  return Others(
    (largest + np.log(sums)).astype(np.float32),
    logits.sum(axis=1, dtype=np.float64).astype(np.float32),
    (squares / np.square(sums)).astype(np.float32),
    logits.shape[1] + 1,
  )


def is_reducible(loss: Loss) -> bool:
  """Whether `value` knows a loss, which may have a bias, or be a sum."""
  match loss:
    case losses.Expression(terms=terms):
      # An open expression has no value; a call says so.
      return not loss.is_open and all(_is_reducible_name(term.name) for term in terms)
    case BiasedLoss(loss=inner):
      return is_reducible(inner)
    case WeightedSum(terms=terms):
      return all(is_reducible(inner) for _, inner in terms)
    case functools.partial(func=function, args=()):
      return is_reducible(function)
  return _is_reducible_name(SHORT_NAMES.get(loss))


def without_bias(loss: Loss, z_k: ArrayLike) -> tuple[Loss, np.ndarray]:
  """A loss without its logit bias, and shifted logits at which it has the same gradient."""
  # A loss with another bias is compiled anew, a shifted grid is not.
  shifted = np.asarray(z_k, np.float32)
  while isinstance(loss, BiasedLoss):
    shifted = shifted + np.asarray(loss.eps, np.float32)
    loss = loss.loss
  return loss, shifted


def value(loss: Loss, z_k: jax.Array, others: Others) -> jax.Array:
  """The loss of examples whose labelled logit is z_k.

  Args:
    loss: one that `is_reducible`.
    z_k: labelled logits, float[..., n] or what broadcasts to it.
    others: the other logits of n examples.

  Returns:
    float[..., n].
  """
  match loss:
    case losses.Expression(terms=terms):
      return jnp.sum(
        jnp.stack(
          [t.weight * of_name(t.name, z_k, others, **dict(t.keywords)) for t in terms]
        ),
        axis=0,
      )
    case BiasedLoss(loss=inner, eps=eps):
      return value(inner, z_k + eps, others)
    case WeightedSum(terms=terms):
      values = [weight * value(inner, z_k, others) for weight, inner in terms]
      return sum(values[1:], values[0])
    case functools.partial(func=function, keywords=keywords):
      return of_name(SHORT_NAMES[function], z_k, others, **keywords)
  return of_name(SHORT_NAMES[loss], z_k, others)


def gradient_norm(loss: Loss, z_k: jax.Array, others: Others) -> jax.Array:
  """The Euclidean norm of dL/dz, of the shape of z_k broadcast against the others."""
  # With L = g(z_k, s, t), s the log-sum-exp and t the sum of the others, the derivative in
  # another logit is dg/ds q_j + dg/dt. The sum of their squares is
  # (dg/ds)^2 sum_j q_j^2 + 2 dg/ds dg/dt + (K - 1) (dg/dt)^2.
  z_k, log_sum, total, concentration = jnp.broadcast_arrays(z_k, *others[:-1])

  def values(z_k, log_sum, total):
    return value(loss, z_k, others._replace(log_sum=log_sum, total=total))

  found, pullback = jax.vjp(values, z_k, log_sum, total)
  of_label, of_log_sum, of_total = pullback(jnp.ones_like(found))
  return jnp.sqrt(
    jnp.square(of_label)
    + jnp.square(of_log_sum) * concentration
    + 2 * of_log_sum * of_total
    + jnp.square(of_total) * (others.num_classes - 1)
  )


def of_name(
  name: str, z_k: jax.Array, others: Others, **hyperparameters: Hyperparameter
) -> jax.Array:
  """`value` of a loss by its short name; hyperparameters may be traced."""
  z_k, log_sum, total = jnp.broadcast_arrays(z_k, others.log_sum, others.total)
  logits = jnp.stack([z_k, log_sum], axis=-1)
  labels = jnp.zeros(z_k.shape, int)
  if losses.PROPERTIES[name].of_label_alone:
    return losses.NAMES[name](logits, labels, **hyperparameters)
  log_p = losses.label_log_prob(logits, labels)
  margin = z_k - (z_k + total) / others.num_classes
  return _OF_MARGIN[name](log_p, margin, others.num_classes, **hyperparameters)


def _is_reducible_name(name):
  return name in _OF_MARGIN or (
    name in losses.PROPERTIES and losses.PROPERTIES[name].of_label_alone
  )

"""The average error <delta_k>(z_k): how hard a loss pulls on a fresh network's label.

delta_k = dL/dz_k is the error that backpropagation starts from at the labelled class k.
Averaged over the other logits of a fresh network it is a curve over z_k. Where the curve is
flat at zero, examples of that z_k teach nothing.
"""

import functools
from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax.analysis import reduction
from noisy_jax.losses.primitives import Loss
from noisy_jax.noise.noisy_labels import check_num_classes


class AverageError(NamedTuple):
  """The average error on a grid of labelled logits.

  Attributes:
    mean: <delta_k>(z_k), the shape of the grid; negative where the loss raises z_k.
    standard_error: of that mean, over the draws; same shape.
  """

  mean: jax.Array
  standard_error: jax.Array


def average_error(
  loss: Loss,
  num_classes: int,
  z: ArrayLike,
  *,
  key: jax.Array,
  logit_std: float = 1.0,
  logits: ArrayLike | None = None,
  num_draws: int | None = None,
) -> AverageError:
  """<delta_k>(z_k) = E[dL/dz_k] over the other logits.

  These are drawn from N(0, logit_std^2), or taken from given logits, whose labelled class
  is drawn. All points of the grid share one set of draws, and one key gives the first
  classes of a larger K the draws of a smaller one for the same num_draws: curves are
  smooth, and comparable across K.

  Losses of this package that depend on the other logits through their log-sum-exp and sum
  alone (ls, nce and those that `losses.PROPERTIES` calls of_label_alone; their sums and
  biased forms too) take one pass over the draws, whatever the size of the grid. Any other
  loss takes one for each point.

  Args:
    loss: function of (logits, labels), one value per example, the same under any renaming
      of the classes; hashable. A new function object is compiled anew.
    num_classes: K, at least 2.
    z: labelled logits z_k to average at, finite, float[...].
    key: random key.
    logit_std: standard deviation of the other logits, positive; 1 is a fresh network's
      order.
    logits: logits of fresh networks to average over, finite, float[..., K]; logit_std and
      num_draws are then not used.
    num_draws: sets of other logits, at least 2; by default 4,000 up to K = 1,000 and fewer
      beyond, where each set averages over more classes, down to 40 from K = 100,000 on.
      Memory is about four arrays [num_draws, K].

  Returns:
    `AverageError` of the shape of z.

  Raises:
    ValueError: if an argument is out of its range, or not finite.
    AssertionError: if the loss does not give one value per example.

  Source: Staats, Thamm and Rosenow, "Enhancing Noise-Robust Losses for Large-Scale Noisy
    Data Learning", AAAI 2025.
  """
  check_num_classes(num_classes)
  num_draws = default_draws(num_classes) if num_draws is None else num_draws
  if num_draws < 2:
    raise ValueError(f"num_draws: {num_draws}, must be at least 2")
  if not (np.isfinite(logit_std) and logit_std > 0):
    raise ValueError(f"logit_std: {logit_std}, must be positive and finite")
  z = np.asarray(z, np.float32)
  if not np.isfinite(z).all():
    raise ValueError(f"z: {z[~np.isfinite(z)][0]}, must be finite")
  if logits is None:
    others = draw(num_classes, key, logit_std, num_draws)
  else:
    others = _leave_one_out(_rows(logits, num_classes), key)
  return _averaged(loss, z, others)


def default_draws(num_classes: int) -> int:
  """How many draws over K classes give a curve a standard error far below 1 %."""
  return max(40, min(4000, 4_000_000 // num_classes))


def _rows(logits, num_classes):
  rows = np.asarray(logits, np.float32)
  if rows.ndim == 0 or rows.shape[-1] != num_classes:
    raise ValueError(f"logits: shape {rows.shape}, must end in {num_classes} classes")
  rows = rows.reshape(-1, num_classes)
  if len(rows) < 2:
    raise ValueError(f"logits: {len(rows)} examples, must be at least 2")
  if not np.isfinite(rows).all():
    raise ValueError(f"logits: {rows[~np.isfinite(rows)][0]}, must be finite")
  return rows


@functools.partial(jax.jit, static_argnums=(0, 3))
def draw(num_classes, key, logit_std, num_draws):
  # Random bits depend on the flat index alone: with the classes first, those of a smaller
  # K are a prefix.
  return logit_std * jax.random.normal(key, (num_classes - 1, num_draws)).T


@jax.jit
def _leave_one_out(logits, key):
  """Each row without its labelled class, which is drawn: [n, K] to [n, K - 1]."""
  num_classes = logits.shape[-1]
  labels = jax.random.randint(key, (len(logits), 1), 0, num_classes)
  rest = jnp.arange(num_classes - 1)[None]
  return jnp.take_along_axis(logits, rest + (rest >= labels), axis=-1)


def averaged(loss: Loss, z: jax.Array, others: jax.Array) -> AverageError:
  """`average_error` over given logits of the other classes, [n, K - 1]; traceable."""
  average = by_statistics if reduction.is_reducible(loss) else by_gradients
  return average(loss, z, others)


_averaged = jax.jit(averaged, static_argnums=0)


def by_gradients(loss, z, others):
  """The average for any loss: one pass over the other logits at each point of the grid."""
  num_draws = len(others)

  def average_at(z_k):
    def label_loss(z_k):
      label_logits = jnp.broadcast_to(z_k, (num_draws, 1))
      logits = jnp.concatenate([label_logits, others], axis=1)
      values = loss(logits, jnp.zeros(num_draws, int))
      chex.assert_shape(values, (num_draws,), custom_message="loss, one value per example")
      return values

    _, delta = jax.jvp(label_loss, (z_k,), (jnp.ones_like(z_k),))
    return _average(delta)

  flat = jax.lax.map(average_at, z.ravel())
  return jax.tree.map(lambda curve: curve.reshape(z.shape), flat)


def by_statistics(loss, z, others):
  """The average for a loss that `reduction` knows: one pass over the other logits."""
  statistics = reduction.reduce(others)
  z = jnp.broadcast_to(z[..., None], (*z.shape, len(others)))
  _, delta = jax.jvp(
    lambda z: reduction.value(loss, z, statistics), (z,), (jnp.ones_like(z),)
  )
  return _average(delta)


def _average(delta):
  standard_error = delta.std(axis=-1, ddof=1) / delta.shape[-1] ** 0.5
  return AverageError(delta.mean(axis=-1), standard_error)

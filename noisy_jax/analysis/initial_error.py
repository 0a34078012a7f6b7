"""The average error <delta_k>(z_k): how hard a loss pulls on a fresh network's label.

delta_k = dL/dz_k is the error that backpropagation starts from at the labelled class k.
Averaged over the other logits of a fresh network it is a curve over z_k. Where the curve is
flat at zero, examples of that z_k teach nothing.
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax.analysis import reduction
from noisy_jax.checks import check_num_classes
from noisy_jax.losses.primitives import Loss

# Points of a grid, draws, and classes, that programs are compiled for.
_POINTS, _DRAWS, _ROWS = 64, 4000, (16, 64, 256, 512, 1024)
# Up to so many classes all have as many draws: one set serves them, 16 MB.
_SHARED_CLASSES = 1000


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
      beyond, where each set averages over more classes, down to 40 from K = 100,000 on. For
      losses that take a pass for each point they become fewer from K = 100 on, and are 40
      from K = 10,000 on. Memory is about four arrays [num_draws, K].

  Returns:
    `AverageError` of the shape of z.

  Raises:
    ValueError: if an argument is out of its range, or not finite, or the loss does not give
      one value per example.

  Source: Staats, Thamm and Rosenow, "Enhancing Noise-Robust Losses for Large-Scale Noisy
    Data Learning", AAAI 2025.
  """
  reducible = reduction.is_reducible(loss)
  if logits is None:
    sample = normal_sample(reducible, num_classes, key, logit_std, num_draws)
  else:
    sample = logits_sample(reducible, num_classes, key, logits)
  return curve(loss, z, sample)


class Sample(NamedTuple):
  """Logits of the other classes to average over.

  Attributes:
    others: the logits, [n, K - 1], or what `reduction` leaves of them.
    num_draws: how many of the n count; the others fill up, so that sizes share a program.
  """

  others: jax.Array | reduction.Others
  num_draws: int


def normal_sample(
  reducible: bool,
  num_classes: int,
  key: jax.Array,
  logit_std: float = 1.0,
  num_draws: int | None = None,
) -> Sample:
  """The sample of `average_error` from N(0, logit_std^2), reduced where the loss allows."""
  _check(num_classes, logit_std)
  if num_draws is None:
    num_draws = default_draws(num_classes, reducible=reducible)
  if num_draws < 2:
    raise ValueError(f"num_draws: {num_draws}, must be at least 2")
  if not reducible:
    return Sample(draw(num_classes, key, logit_std, num_draws), num_draws)
  rows = min((size for size in _ROWS if size >= num_classes), default=num_classes) - 1
  return _padded_sample(_draw_reduced(rows, num_draws, num_classes, key, logit_std))


def fixed_sample(loss: Loss, num_classes: int, logit_std: float) -> Sample:
  """`normal_sample` with one key for all: what verdict and calibration average over."""
  if reduction.is_reducible(loss):
    return _fixed_reduced_sample(num_classes, logit_std)
  return normal_sample(False, num_classes, jax.random.key(0), logit_std)


@functools.lru_cache(maxsize=64)
def _fixed_reduced_sample(num_classes, logit_std):
  # Small, and asked for many times in one verdict.
  _check(num_classes, logit_std)
  if num_classes > _SHARED_CLASSES:
    return normal_sample(True, num_classes, jax.random.key(0), logit_std)
  logits = np.float32(logit_std) * _shared_draws()[: num_classes - 1]
  return _padded_sample(reduction.reduce_on_host(logits.T))


@functools.lru_cache(maxsize=1)
def _shared_draws():
  """The draws of every K up to `_SHARED_CLASSES`, classes first: K has the first K - 1."""
  draws = draw(_SHARED_CLASSES, jax.random.key(0), 1.0, default_draws(_SHARED_CLASSES))
  return np.asarray(draws).T


def logits_sample(
  reducible: bool, num_classes: int, key: jax.Array, logits: ArrayLike
) -> Sample:
  """The sample of `average_error` from given logits, reduced where the loss allows."""
  check_num_classes(num_classes)
  others = _leave_one_out(_rows(logits, num_classes), key)
  if reducible:
    return _padded_sample(jax.jit(reduction.reduce)(others))
  return Sample(others, len(others))


def curve(loss: Loss, z: ArrayLike, sample: Sample) -> AverageError:
  """`average_error` over a sample, which is reduced where the loss is."""
  z = np.asarray(z, np.float32)
  if not np.isfinite(z).all():
    raise ValueError(f"z: {z[~np.isfinite(z)][0]}, must be finite")
  loss, z = reduction.without_bias(loss, z)
  # One program for grids of any size: many points at a time, or one where each is costly.
  size = _POINTS if isinstance(sample.others, reduction.Others) else 1
  num_parts = -(-z.size // size)
  parts = np.resize(z, (num_parts, size))
  found = np.array([_jitted_average(loss, part, *sample) for part in parts], np.float32)
  found = found.reshape(num_parts, 2, size).swapaxes(0, 1).reshape(2, -1)[:, : z.size]
  return AverageError(*jnp.asarray(found.reshape(2, *z.shape)))


def default_draws(num_classes: int, *, reducible: bool = True) -> int:
  """How many draws over K classes give a curve a standard error far below 1 %."""
  return max(40, min(4000, (4_000_000 if reducible else 400_000) // num_classes))


def _check(num_classes, logit_std):
  check_num_classes(num_classes)
  if not (np.isfinite(logit_std) and logit_std > 0):
    raise ValueError(f"logit_std: {logit_std}, must be positive and finite")


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
  """Logits of the other classes from N(0, logit_std^2), [num_draws, num_classes - 1]."""
  # Random bits depend on the flat index alone: with the classes first, those of a smaller
  # K are a prefix.
  return logit_std * jax.random.normal(key, (num_classes - 1, num_draws)).T


@jax.jit
def _leave_one_out(logits, key):
  """Each row without its labelled class, which is drawn: [n, K] to [n, K - 1]."""
  num_classes = logits.shape[-1]
  labels = jax.random.randint(key, (len(logits), 1), 0, num_classes)
  rest = jnp.arange(num_classes - 1)[None]
  return jnp.take_along_axis(logits, jnp.where(rest < labels, rest, rest + 1), axis=-1)


def average_over(loss: Loss, z: jax.Array, others: jax.Array) -> AverageError:
  """`average_error` over given logits of the other classes, [n, K - 1]; traceable."""
  if reduction.is_reducible(loss):
    return by_statistics(loss, z, reduction.reduce(others))
  return by_gradients(loss, z, others)


@functools.partial(jax.jit, static_argnums=0)
def _jitted_average(loss, z, others, count):
  if isinstance(others, reduction.Others):
    return by_statistics(loss, z, others, count)
  return by_gradients(loss, z, others)


@functools.partial(jax.jit, static_argnums=(0, 1))
def _draw_reduced(rows, num_draws, num_classes, key, logit_std):
  logits = draw(rows + 1, key, logit_std, num_draws)
  return reduction.reduce(logits, num_classes)


def _padded_sample(others):
  """Statistics of n draws, repeated to a size that most samples share."""
  count = len(others.log_sum)
  size = -(-count // _DRAWS) * _DRAWS
  filled = reduction.Others(
    np.resize(others.log_sum, size),
    np.resize(others.total, size),
    np.resize(others.concentration, size),
    np.float32(others.num_classes),
  )
  return Sample(filled, count)


def by_gradients(loss, z, others):
  """The average for any loss: one pass over the other logits at each point of the grid."""
  num_draws = len(others)

  def average_at(z_k):
    def label_loss(z_k):
      label_logits = jnp.broadcast_to(z_k, (num_draws, 1))
      logits = jnp.concatenate([label_logits, others], axis=1)
      values = loss(logits, jnp.zeros(num_draws, int))
      if jnp.shape(values) != (num_draws,):
        raise ValueError(
          f"loss: {list(jnp.shape(values))} values of {num_draws} examples, must be one "
          "value per example"
        )
      return values

    _, delta = jax.jvp(label_loss, (z_k,), (jnp.ones_like(z_k),))
    return _average(delta)

  flat = jax.lax.map(average_at, z.ravel())
  return jax.tree.map(lambda curve: curve.reshape(z.shape), flat)


def by_statistics(loss, z, others, count=None):
  """The average for a loss that `reduction` knows, over the first draws, or all."""
  z = jnp.broadcast_to(z[..., None], (*z.shape, len(others.log_sum)))
  _, delta = jax.jvp(lambda z: reduction.value(loss, z, others), (z,), (jnp.ones_like(z),))
  return _average(delta, count)


def _average(delta, count=None):
  size = delta.shape[-1]
  count = size if count is None else count
  counts = jnp.broadcast_to(jnp.arange(size) < count, delta.shape)
  mean = delta.mean(axis=-1, where=counts)
  variance = delta.var(axis=-1, where=counts, ddof=1)
  return AverageError(mean, jnp.sqrt(variance / count))

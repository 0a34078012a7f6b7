"""The average error <delta_k>(z_k) of a loss on the labelled logit of a fresh network.

delta_k = dL/dz_k is the error at the labelled class k from which backpropagation starts.
Its average over the other logits of a fresh network is a curve over z_k. Where the curve is
0, the network learns nothing from examples with that z_k.
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

# Sizes for which programs are compiled: points of a grid, draws, classes.
_POINTS, _DRAWS, _ROWS = 64, 4000, (16, 64, 256, 512, 1024)
# Up to this number of classes, all have the same number of draws and share one set, 16 MB.
_SHARED_CLASSES = 1000


class AverageError(NamedTuple):
  """The average error on a grid of labelled logits.

  Attributes:
    mean: <delta_k>(z_k), shape of the grid; negative where the loss raises z_k.
    standard_error: standard error of the mean over the draws, shape of the grid.
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
  """The average error <delta_k>(z_k) = E[dL/dz_k] over the other logits.

  The other logits are drawn from N(0, logit_std^2), or come from `logits`, with a random
  class as the label. All points of the grid share one set of draws. With one key and one
  num_draws, the classes of a smaller K have the draws of the first classes of a larger K.
  So curves are smooth, and comparable across K.

  A loss of this package that depends on the other logits through their log-sum-exp and sum
  alone (ls, nce and the losses with `of_label_alone` in `losses.PROPERTIES`; also sums, and
  with a bias) takes one pass over the draws for a grid of any size. Any other loss takes
  one pass for each point.

  Args:
    loss: function of (logits, labels), one value per example, the same under any renaming
      of the classes; hashable. A new function object is compiled anew.
    num_classes: K, at least 2.
    z: labelled logits z_k, finite, float[...].
    key: random key.
    logit_std: standard deviation of the other logits, positive; 1 is the order of a fresh
      network.
    logits: logits of fresh networks, finite, float[..., K], in place of logit_std and
      num_draws.
    num_draws: number of sets of other logits, at least 2; by default 4,000 up to K = 1,000,
      then 4,000,000 / K, and at least 40. For losses with a pass for each point, the
      default is 400,000 / K from K = 100 on, and at least 40. Memory is about four arrays
      [num_draws, K].

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
    others: the logits, [n, K - 1], or their `reduction`.
    num_draws: number of rows that count; the rest is padding, so that sizes share a
      program.
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
  """`normal_sample` with a fixed key, for verdicts and calibration."""
  if reduction.is_reducible(loss):
    return _fixed_reduced_sample(num_classes, logit_std)
  return normal_sample(False, num_classes, jax.random.key(0), logit_std)


@functools.lru_cache(maxsize=64)
def _fixed_reduced_sample(num_classes, logit_std):
  # A verdict asks many times for these small samples.
  _check(num_classes, logit_std)
  if num_classes > _SHARED_CLASSES:
    return normal_sample(True, num_classes, jax.random.key(0), logit_std)
  logits = np.float32(logit_std) * _shared_draws()[: num_classes - 1]
  return _padded_sample(reduction.reduce_on_host(logits.T))


@functools.lru_cache(maxsize=1)
def _shared_draws():
  """Draws for every K up to `_SHARED_CLASSES`, classes first; K uses the first K - 1."""
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
  """`average_error` over a sample, which is reduced if the loss is reducible."""
  z = np.asarray(z, np.float32)
  if not np.isfinite(z).all():
    raise ValueError(f"z: {z[~np.isfinite(z)][0]}, must be finite")
  loss, z = reduction.without_bias(loss, z)
  # One program for grids of any size: many points at a time, or one if it is costly.
  size = _POINTS if isinstance(sample.others, reduction.Others) else 1
  num_parts = -(-z.size // size)
  parts = np.resize(z, (num_parts, size))
  found = np.array([_jitted_average(loss, part, *sample) for part in parts], np.float32)
  found = found.reshape(num_parts, 2, size).swapaxes(0, 1).reshape(2, -1)[:, : z.size]
  return AverageError(*jnp.asarray(found.reshape(2, *z.shape)))


def default_draws(num_classes: int, *, reducible: bool = True) -> int:
  """Number of draws over K classes for a standard error far below 1 %."""
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
  # Random bits depend on the flat index alone: with the classes first, the draws of a
  # smaller K are a prefix.
  return logit_std * jax.random.normal(key, (num_classes - 1, num_draws)).T


@jax.jit
def _leave_one_out(logits, key):
  """Each row without a random class, its label: [n, K] to [n, K - 1]."""
  num_classes = logits.shape[-1]
  labels = jax.random.randint(key, (len(logits), 1), 0, num_classes)
  rest = jnp.arange(num_classes - 1)[None]
  return jnp.take_along_axis(logits, jnp.where(rest < labels, rest, rest + 1), axis=-1)


def average_over(loss: Loss, z: jax.Array, others: jax.Array) -> AverageError:
  """`average_error` over logits of the other classes, [n, K - 1]; traceable."""
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
  """A sample of n draws, repeated up to a size that most samples share."""
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
  """The average of any loss, by one pass over the other logits for each point."""
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
  """The average of a reducible loss, over the first `count` draws, or all."""
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

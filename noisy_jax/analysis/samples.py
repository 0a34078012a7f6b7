"""Logits of the other classes of a fresh network, to average over."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax.analysis import reduction
from noisy_jax.checks import check_num_classes
from noisy_jax.losses.primitives import Loss

# Sizes for which programs are compiled: draws, classes.
_DRAWS, _ROWS = 4000, (16, 64, 256, 512, 1024)
# Up to this number of classes, all have the same number of draws and share one set, 16 MB.
_SHARED_CLASSES = 1000
# More classes are drawn and reduced in parts of this number.
_PART = 2**17


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
  if num_classes > _PART:
    return _padded_sample(_draw_in_parts(num_draws, num_classes, key, logit_std))
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


def default_draws(num_classes: int, *, reducible: bool = True) -> int:
  """Number of draws over K classes for a standard error far below 1 %."""
  fewest, total = (8, 4_000_000) if reducible else (40, 400_000)
  return max(fewest, min(4000, total // num_classes))


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
  # smaller K are a prefix. Numbers of 64 bits would be other draws.
  return logit_std * jax.random.normal(key, (num_classes - 1, num_draws), jnp.float32).T


@jax.jit
def _leave_one_out(logits, key):
  """Each row without a random class, its label: [n, K] to [n, K - 1]."""
  num_classes = logits.shape[-1]
  labels = jax.random.randint(key, (len(logits), 1), 0, num_classes, jnp.int32)
  rest = jnp.arange(num_classes - 1, dtype=labels.dtype)[None]
  return jnp.take_along_axis(logits, jnp.where(rest < labels, rest, rest + 1), axis=-1)


@functools.partial(jax.jit, static_argnums=(0, 1))
def _draw_reduced(rows, num_draws, num_classes, key, logit_std):
  logits = draw(rows + 1, key, logit_std, num_draws)
  return reduction.reduce(logits, num_classes)


@functools.partial(jax.jit, static_argnums=0)
def _draw_in_parts(num_draws, num_classes, key, logit_std):
  """`reduction.reduce` of more logits than memory may hold."""

  def add(part, sums):
    logits = draw(_PART + 1, jax.random.fold_in(key, part), logit_std, num_draws)
    counts = part * _PART + jnp.arange(_PART) < num_classes - 1
    of_part = reduction.reduce(jnp.where(counts, logits, -jnp.inf))
    log_sum = jnp.logaddexp(sums.log_sum, of_part.log_sum)
    total = sums.total + jnp.sum(logits, axis=-1, where=counts)
    of_both = sums.concentration * jnp.exp(2 * (sums.log_sum - log_sum))
    of_both += of_part.concentration * jnp.exp(2 * (of_part.log_sum - log_sum))
    return reduction.Others(log_sum, total, of_both, num_classes)

  zeros = jnp.zeros(num_draws)
  empty = reduction.Others(zeros - jnp.inf, zeros, zeros, num_classes)
  return jax.lax.fori_loop(0, -(-(num_classes - 1) // _PART), add, empty)


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

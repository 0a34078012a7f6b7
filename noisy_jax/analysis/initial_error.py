"""The average error <delta_k>(z_k) of a loss on the labelled logit of a fresh network.

delta_k = dL/dz_k is the error at the labelled class k from which backpropagation starts.
Its average over the other logits of a fresh network is a curve over z_k. Where the curve is
0, the network learns nothing from examples with that z_k.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax.analysis import reduction, samples
from noisy_jax.losses.guard import one_per_example
from noisy_jax.losses.primitives import Loss

# Points of a grid for which one program is compiled.
_POINTS = 64


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
      then 4,000,000 / K, and at least 8, where the sums over so many classes hardly vary.
      For losses with a pass for each point, the default is 400,000 / K from K = 100 on,
      and at least 40, and memory is about four arrays [num_draws, K]. A loss with one pass
      holds 131,072 classes at a time.

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
    sample = samples.normal_sample(reducible, num_classes, key, logit_std, num_draws)
  else:
    sample = samples.logits_sample(reducible, num_classes, key, logits)
  return curve(loss, z, sample)


def curve(loss: Loss, z: ArrayLike, sample: samples.Sample) -> AverageError:
  """`average_error` over a sample, which is reduced if the loss is reducible."""
  z = np.asarray(z, np.float32)
  if not np.isfinite(z).all():
    raise ValueError(f"z: {z[~np.isfinite(z)][0]}, must be finite")
  loss, z = reduction.without_bias(loss, z)
  # One program for grids of any size: many points at a time, or one if it is costly.
  size = _POINTS if isinstance(sample.others, reduction.Others) else 1
  num_parts = -(-z.size // size)
  parts = np.resize(z, (num_parts, size))
  # Taking an array of JAX apart, as numpy does, would compile a program for each shape.
  found = jax.device_get([_jitted_average(loss, part, sample) for part in parts])
  found = np.array(found, np.float32)
  found = found.reshape(num_parts, 2, size).swapaxes(0, 1).reshape(2, -1)[:, : z.size]
  return AverageError(*map(jnp.asarray, found.reshape(2, *z.shape)))


def average_over(loss: Loss, z: jax.Array, others: jax.Array) -> AverageError:
  """`average_error` over logits of the other classes, [n, K - 1]; traceable."""
  if reduction.is_reducible(loss):
    return by_statistics(loss, z, reduction.reduce(others))
  return by_gradients(loss, z, others)


def average_over_sample(loss: Loss, z: jax.Array, sample: samples.Sample) -> AverageError:
  """`average_error` over a sample; traceable."""
  if isinstance(sample.others, reduction.Others):
    return by_statistics(loss, z, *sample)
  return by_gradients(loss, z, sample.others)


_jitted_average = jax.jit(average_over_sample, static_argnums=0)


def by_gradients(loss, z, others):
  """The average of any loss, by one pass over the other logits for each point."""
  num_draws = len(others)

  def average_at(z_k):
    def label_loss(z_k):
      label_logits = jnp.broadcast_to(z_k, (num_draws, 1))
      logits = jnp.concatenate([label_logits, others], axis=1)
      return one_per_example(loss(logits, jnp.zeros(num_draws, int)), (num_draws,))

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

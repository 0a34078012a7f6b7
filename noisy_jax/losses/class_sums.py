"""Sums over the classes of a linear layer, whose logits are never held.

The logits [n, K] are computed a chunk of classes at a time: once for a sum over the classes
other than the label, and once more for its gradient, which needs them again. So memory is
that of one chunk, [n, C], and the time is that of four products with the weights where the
logits take three.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax


class Layer(NamedTuple):
  """A linear layer, whose logits are features @ weights + bias.

  Attributes:
    features: float[n, d].
    weights: float[d, K].
    bias: float[K], or None.
  """

  features: jax.Array
  weights: jax.Array
  bias: jax.Array | None

  @property
  def dtype(self):
    """Of sums over features and classes: float64 if the features or weights have it."""
    wide = jnp.float64 in (self.features.dtype, self.weights.dtype)
    return jnp.float64 if wide else jnp.float32


class Statistics(NamedTuple):
  """What losses need of the logits of n examples with the labels k, each [n].

  Sums are of logits less a number, the shift, so that they keep the digits of logits that
  have a large number in common. Derivatives hold it constant.

  Attributes:
    label: z_k, or 0 if no class of the layer is k.
    log_rest: log sum_j exp(z_j - shift) over j != k.
    total: sum_j (z_j - shift) over all j.
    largest: the largest z_j, j != k.
    first: the first class with that logit, int32.
  """

  label: jax.Array
  log_rest: jax.Array
  total: jax.Array
  largest: jax.Array
  first: jax.Array

  @property
  def shift(self):
    return finite(self.largest)


class _Chunk(NamedTuple):
  num_before: jax.Array
  start: jax.Array
  weights: jax.Array
  logits: jax.Array
  ids: jax.Array
  is_new: jax.Array
  is_label: jax.Array
  is_wrong: jax.Array


# A class id after every other.
LAST = np.iinfo(np.int32).max


def statistics(layer: Layer, labels: jax.Array, chunk_size: int) -> Statistics:
  """The statistics of a layer's logits, of a label that may be no class of the layer."""
  found = _statistics(chunk_size, *_on_the_same_axes((layer, labels)))
  return found._replace(largest=lax.stop_gradient(found.largest))


def class_sum(
  of_class: Callable[..., jax.Array],
  layer: Layer,
  labels: jax.Array,
  chunk_size: int,
  context: tuple[jax.Array, jax.Array, dict[str, jax.Array]],
) -> jax.Array:
  """sum_j F(log p_j) over j != k, [n], with log p_j = z_j less a normaliser.

  The context has the normaliser, in two parts, and the keywords of F, [n] each. F takes
  log p and 1 - p, and is elementwise.
  """
  arrays = _on_the_same_axes((layer, labels, context))
  return _class_sum(of_class, chunk_size, *arrays)


def _on_the_same_axes(arrays):
  """Arrays that vary over the same axes of a mesh, as the carry of a scan must.

  The derivative of the cast sums over the axes, so that no function below need do so.
  """
  every = functools.reduce(frozenset.union, map(axes, jax.tree.leaves(arrays)))
  return jax.tree.map(
    lambda x: lax.pcast(x, tuple(sorted(every - axes(x))), to="varying"), arrays
  )


def axes(array: jax.Array) -> frozenset[str]:
  """The axes of a mesh over which an array varies, inside `jax.shard_map`."""
  return jax.typeof(array).mat.varying


def _fold(step, carry, layer, labels, chunk_size):
  """The last of carry = step(carry, chunk) over the chunks of classes."""
  num_classes = layer.weights.shape[-1]
  size = min(chunk_size, num_classes)

  def with_chunk(carry, i):
    # The last chunk ends at the last class, and has some classes of the one before.
    start = jnp.minimum(i * size, num_classes - size)
    weights = lax.dynamic_slice_in_dim(layer.weights, start, size, axis=1)
    logits = _product(layer.features, weights, (1, 0), layer.dtype)
    if layer.bias is not None:
      bias = lax.dynamic_slice_in_dim(layer.bias, start, size)
      logits += bias.astype(layer.dtype)[None]
    ids = start + jnp.arange(size, dtype=jnp.int32)[None]
    is_new, is_label = ids >= i * size, ids == labels[:, None]
    is_wrong = is_new & ~is_label
    chunk = _Chunk(i * size, start, weights, logits, ids, is_new, is_label, is_wrong)
    return step(carry, chunk), None

  carry, _ = _on_the_same_axes((carry, layer.features))
  steps = jnp.arange(-(-num_classes // size), dtype=jnp.int32)
  return lax.scan(with_chunk, carry, steps)[0]


def _product(left, right, axes, dtype):
  return lax.dot_general(
    left, right, ((axes[:1], axes[1:]), ((), ())), preferred_element_type=dtype
  )


def finite(x):
  """0 in place of -inf, whose difference from itself is NaN."""
  return jnp.where(x == -jnp.inf, 0, x)


def _add(sums, more):
  """Sums of many chunks and what their last digits lost, which is added to the next chunk.

  Near-equal chunks round the same way: without it, errors would add up (Kahan).
  """
  values, lost = sums
  more = jax.tree.map(jnp.add, more, lost)
  new = jax.tree.map(jnp.add, values, more)
  return new, jax.tree.map(lambda m, n, v: m - (n - v), more, new, values)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _statistics(chunk_size, layer, labels):
  return _statistics_fwd(chunk_size, layer, labels)[0]


def _statistics_fwd(chunk_size, layer, labels):
  def step(carry, chunk):
    label, scaled, total, largest, first = carry
    wrong = jnp.where(chunk.is_wrong, chunk.logits, -jnp.inf)
    top = lax.stop_gradient(jnp.max(wrong, axis=-1))
    new_largest = jnp.maximum(largest, top)
    shift = finite(new_largest)
    shifted = chunk.logits - shift[:, None]
    kept = jnp.exp(largest - shift)
    moved = chunk.num_before.astype(shift.dtype) * (finite(largest) - shift)
    is_top = wrong == top[:, None]
    first_top = jnp.min(jnp.where(is_top, chunk.ids, LAST), axis=-1)
    return (
      label + jnp.sum(jnp.where(chunk.is_new & chunk.is_label, chunk.logits, 0), axis=-1),
      _add([part * kept for part in scaled], jnp.sum(jnp.exp(wrong - shift[:, None]), -1)),
      total + moved + jnp.sum(jnp.where(chunk.is_new, shifted, 0), axis=-1),
      new_largest,
      jnp.where(top > largest, first_top, first),
    )

  zeros = jnp.zeros(labels.shape, layer.dtype)
  none = zeros - jnp.inf, jnp.full(labels.shape, LAST)
  carry = zeros, (zeros, zeros), zeros, *none
  label, (scaled, _), total, largest, first = _fold(step, carry, layer, labels, chunk_size)
  found = Statistics(label, jnp.log(scaled), total, largest, first)
  return found, (layer, labels, found.shift, scaled)


def _statistics_bwd(chunk_size, residuals, dots):
  layer, labels, shift, scaled = residuals
  # It is 0 where there are no other classes, whose logits then are -inf.
  of_rest = dots.log_rest / jnp.where(scaled == 0, 1, scaled)

  def slopes(chunk):
    exps = jnp.exp(chunk.logits - shift[:, None])
    of_one = jnp.where(chunk.is_label, dots.label[:, None], of_rest[:, None] * exps)
    return of_one + dots.total[:, None]

  return _pull_back(slopes, layer, labels, chunk_size), None


_statistics.defvjp(_statistics_fwd, _statistics_bwd)


def _pull_back(slopes, layer, labels, chunk_size):
  """The derivatives of a layer from those of its logits, a chunk at a time."""

  def step(carry, chunk):
    of_features, of_weights, of_bias = carry
    slope = jnp.where(chunk.is_new, slopes(chunk), 0)
    of_features += _product(slope, chunk.weights, (1, 1), layer.dtype)
    more = _product(layer.features, slope, (0, 0), layer.dtype)
    of_weights = _add_at(of_weights, more, chunk.start)
    if of_bias is not None:
      of_bias = _add_at(of_bias, jnp.sum(slope, axis=0), chunk.start)
    return of_features, of_weights, of_bias

  features, weights, bias = layer
  start = (
    jnp.zeros(features.shape, layer.dtype),
    *jax.tree.map(jnp.zeros_like, (weights, bias)),
  )
  of_features, of_weights, of_bias = _fold(step, start, layer, labels, chunk_size)
  return Layer(of_features.astype(features.dtype), of_weights, of_bias)


def _add_at(array, more, start):
  """The array with a chunk of its last axis raised."""
  axis = array.ndim - 1
  old = lax.dynamic_slice_in_dim(array, start, more.shape[-1], axis)
  new = old + more.astype(array.dtype)
  return lax.dynamic_update_slice_in_dim(array, new, start, axis)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _class_sum(of_class, chunk_size, layer, labels, context):
  def step(carry, chunk):
    return _add(carry, _sum_of_chunk(of_class, chunk.logits, chunk.is_wrong, context))

  zeros = jnp.zeros(labels.shape, layer.dtype)
  return _fold(step, (zeros, zeros), layer, labels, chunk_size)[0]


def _sum_of_chunk(of_class, logits, is_wrong, context):
  shift, log_normalizer, hyperparameters = jax.tree.map(lambda x: x[:, None], context)
  log_probs = logits - shift - log_normalizer
  values = of_class(log_probs, 1 - jnp.exp(log_probs), **hyperparameters)
  return jnp.sum(jnp.where(is_wrong, values, 0), axis=-1)


def _class_sum_fwd(of_class, chunk_size, layer, labels, context):
  # An example's sum depends on its own context alone: one pass gives all derivatives in it.
  def step(carry, chunk):
    def of_context(context):
      return _sum_of_chunk(of_class, chunk.logits, chunk.is_wrong, context)

    value, pullback = jax.vjp(of_context, context)
    (of_context,) = pullback(jnp.ones_like(value))
    return _add(carry, (value, of_context))

  zeros = jnp.zeros(labels.shape, layer.dtype), jax.tree.map(jnp.zeros_like, context)
  (value, of_context), _ = _fold(step, (zeros, zeros), layer, labels, chunk_size)
  return value, (layer, labels, context, of_context)


def _class_sum_bwd(of_class, chunk_size, residuals, dot):
  layer, labels, context, of_context = residuals

  def slopes(chunk):
    _, pullback = jax.vjp(
      lambda logits: _sum_of_chunk(of_class, logits, chunk.is_wrong, context), chunk.logits
    )
    return pullback(dot)[0]

  of_layer = _pull_back(slopes, layer, labels, chunk_size)
  return of_layer, None, jax.tree.map(lambda slope: dot * slope, of_context)


_class_sum.defvjp(_class_sum_fwd, _class_sum_bwd)

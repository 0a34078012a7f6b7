"""Examples whose classes are passed over, on one device or split over several."""

import dataclasses
import functools
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
from jax import lax

from noisy_jax.losses.class_sums import (
  LAST,
  Layer,
  Statistics,
  class_sum,
  finite,
  statistics,
)
from noisy_jax.losses.primitives import Hyperparameter


@dataclasses.dataclass(frozen=True)
class Rows:
  """Examples with a layer and labels, and how to pass over the classes.

  Attributes:
    layer: the layer of n examples, or this device's classes of it.
    labels: class ids among those of all devices, int32[n]; -1 is none.
    chunk_size: number of classes whose logits are held at once.
    axis_name: axis of a mesh over which the classes are split, or None.
  """

  layer: Layer
  labels: jax.Array
  chunk_size: int
  axis_name: str | None

  @functools.cached_property
  def statistics(self) -> Statistics:
    """What losses need of the logits; the first pass."""
    labels = self.labels - self._classes_before
    found = statistics(self.layer, labels, self.chunk_size)
    if self.axis_name is None:
      return found
    largest = lax.pmax(found.largest, self.axis_name)
    below = found.shift - finite(largest)
    scaled = lax.psum(jnp.exp(found.log_rest + below), self.axis_name)
    # Where no other class is left, an infinite slope times 0 would be NaN.
    is_none = scaled == 0
    log_rest = jnp.where(is_none, -jnp.inf, jnp.log(jnp.where(is_none, 1, scaled)))
    total = found.total + self.layer.weights.shape[-1] * below
    is_largest, first = found.largest == largest, found.first + self._classes_before
    return Statistics(
      lax.psum(found.label, self.axis_name),
      log_rest,
      lax.psum(total, self.axis_name),
      largest,
      lax.pmin(jnp.where(is_largest, first, LAST), self.axis_name),
    )

  def class_sum(
    self,
    of_class: Callable[..., jax.Array],
    log_normalizer: jax.Array,
    keywords: Mapping[str, Hyperparameter],
  ) -> jax.Array:
    """sum_j F(log p_j) over j != k, [n], with log p_j = z_j - shift - log_normalizer.

    Args:
      of_class: F, elementwise from log p and 1 - p, and the keywords.
      log_normalizer: float[n].
      keywords: numbers, or arrays of one number or n.
    """
    # XLA knows a Python number as a constant; as an argument it would become an array.
    known = {k: v for k, v in keywords.items() if not isinstance(v, jax.Array)}
    arrays = {
      k: jnp.broadcast_to(v, log_normalizer.shape)
      for k, v in keywords.items()
      if isinstance(v, jax.Array)
    }
    value = class_sum(
      functools.partial(of_class, **known),
      self.layer,
      self.labels - self._classes_before,
      self.chunk_size,
      (self.statistics.shift, log_normalizer, arrays),
    )
    return value if self.axis_name is None else lax.psum(value, self.axis_name)

  def cooled(self, temperature: Hyperparameter) -> "Rows":
    """The rows with their logits divided by a number."""
    if isinstance(temperature, float) and temperature == 1:
      return self
    features, weights, bias = self.layer
    features = features.astype(self.layer.dtype) / temperature
    if bias is not None:
      bias = bias.astype(self.layer.dtype) / temperature
    return dataclasses.replace(self, layer=Layer(features, weights, bias))

  @property
  def _classes_before(self):
    """The number of classes on the devices before this one."""
    if self.axis_name is None:
      return 0
    return lax.axis_index(self.axis_name) * self.layer.weights.shape[-1]

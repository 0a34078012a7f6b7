"""A linear layer and its loss in one, for more classes than logits can be held of.

A loss of p_k alone is one of two classes: the label, and all others together. Most other
losses need one sum over the other classes besides. So a pass over chunks of classes gives
the loss, and another its gradient (`class_sums`).
"""

import dataclasses
import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import ArrayLike

from noisy_jax import checks
from noisy_jax.losses.biased_loss import BiasedLoss
from noisy_jax.losses.class_sums import Layer, axes
from noisy_jax.losses.from_sums import HAVE_SUMS, value
from noisy_jax.losses.guard import class_ids, shape_of
from noisy_jax.losses.names import NAMES, keyword_defaults
from noisy_jax.losses.primitives import Loss
from noisy_jax.losses.rows import Rows
from noisy_jax.losses.spec import Expression
from noisy_jax.losses.weighted_sum import WeightedSum

# As many logits, in float32, take 8 MB.
_NUMBERS_OF_CHUNK = 2**21


def fused_head(
  loss: Loss, *, chunk_size: int | None = None, axis_name: str | None = None
) -> "FusedHead":
  """The loss of a linear layer's logits, which are never held.

  L(h, W, b, k) = loss(h W + b, k), with the values and gradients of that form, but in the
  memory of `chunk_size` logits for each example in place of K: they are computed in turn,
  and again for the gradient. That makes four products with W of three. nfl, ngce, nnce,
  nnfl and amse need a second pass, and make eight. Call it under `jax.jit`; `jax.vmap` and
  `jax.checkpoint` work as with any function. JAX refuses forward mode alone (`jax.jvp`).
  Second derivatives are right, but reverse mode of reverse mode holds all logits.

  Args:
    loss: a loss of `NAMES` other than bi_tempered, with any hyperparameters; one with a
      logit bias, which may be traced; or a sum of such losses. gjs is that of one view, and
      ldr_kl has one `lam` for all examples and no `normalize`.
    chunk_size: number of classes whose logits are held at once. None takes as many as make
      two million logits, or weights where there are fewer examples than features: some 2000
      for 1024 examples, 8000 for 256 of up to 256 features. On an H100, a chunk of 2048
      took 78 us for 1024 examples of 256 features and 42 us for 256 of 128, an eighth of
      the work: small chunks cost time there. On a CPU, the time of 2048 was within 5 %.
    axis_name: axis of a mesh over which the classes are split, inside `jax.shard_map` with
      its default `check_vma`. The weights and the bias are then those of this device's
      classes; all devices along the axis have the same examples, with labels among all
      classes. Weights or examples that are split otherwise are refused in the call.

  Returns:
    A function of (features, weights, labels, bias=None): features float[..., d], weights
    float[d, K], labels int[...] and bias float[K]. It returns one value per example,
    float32[...], to which narrower types are accumulated (float64 for float64 features or
    weights); NaN, with gradient 0, where a label is outside [0, K). Equal losses give equal
    functions, so that jit compiles one once. It raises a TypeError if features, weights or
    bias are not floats or labels not integers, and a ValueError if the shapes do not fit.

  Raises:
    ValueError: if the loss needs logits in another way than by sums, or chunk_size is not
      an integer from 1 up.

  Example:
    >>> import numpy as np
    >>> from noisy_jax import losses
    >>> head = losses.fused_head(losses.with_logit_bias(losses.mae, 4.84))
    >>> features, weights = np.eye(2, dtype=np.float32), np.ones((2, 1000), np.float32)
    >>> [f"{value:.3f}" for value in head(features, weights, np.array([3, -100]))]
    ['1.775', 'nan']
  """
  if chunk_size is not None:
    checks.whole_number("chunk_size", chunk_size, 1)
  # Refused here, and not in the midst of a training.
  list(_terms(loss))
  return FusedHead(loss, chunk_size, axis_name)


@dataclasses.dataclass(frozen=True)
class FusedHead:
  """A linear layer and its loss, from `fused_head`.

  Attributes:
    loss: the loss of logits.
    chunk_size: number of classes whose logits are held at once, or None.
    axis_name: axis of a mesh over which the classes are split, or None.
  """

  loss: Loss
  chunk_size: int | None = None
  axis_name: str | None = None

  def __call__(
    self,
    features: ArrayLike,
    weights: ArrayLike,
    labels: ArrayLike,
    bias: ArrayLike | None = None,
  ) -> jax.Array:
    layer = _layer(features, weights, bias)
    of_labels = layer.features.shape[:-1]
    num_classes = layer.weights.shape[-1]
    if self.axis_name is not None:
      num_classes *= lax.axis_size(self.axis_name)
    labels = labels if isinstance(labels, jax.Array) else np.asarray(labels)
    source = f"features {shape_of(layer.features)}"
    labels = class_ids(labels, of_labels, num_classes, source)
    _check_axes(self.axis_name, layer, labels)
    # The loss itself knows the shapes and ranges of its hyperparameters.
    logits = jax.ShapeDtypeStruct((*of_labels, num_classes), layer.dtype)
    jax.eval_shape(self.loss, logits, jax.ShapeDtypeStruct(of_labels, jnp.int32))

    features = layer.features.reshape(-1, layer.features.shape[-1])
    layer = layer._replace(features=features)
    chunk_size = self.chunk_size or _chunk_size(layer)
    rows = Rows(layer, labels.ravel(), chunk_size, self.axis_name)
    values = [
      weight * value(name, keywords, eps, rows, num_classes)
      for weight, eps, name, keywords in _terms(self.loss)
    ]
    total = sum(values[1:], values[0]).reshape(of_labels)
    return jnp.where(labels >= 0, total, jnp.nan)


def _check_axes(axis_name, layer, labels):
  """Refuses arrays whose sums over the axis would be of other classes or examples."""
  of_weights = axes(layer.weights)
  of_examples = axes(layer.features) | axes(labels)
  split = of_weights - of_examples - {axis_name}
  if split:
    names = " or ".join(map(repr, sorted(split)))
    raise ValueError(
      f"axis_name: {axis_name}, must be {names}: the weights are split over it, the "
      "examples are not, and other classes would not count"
    )
  if axis_name is None:
    return
  # Other maps, and check_vma=False, do not say what is split, and multiply gradients.
  if axis_name not in of_weights:
    raise ValueError(
      f"axis_name: {axis_name}, must be an axis of jax.shard_map, with check_vma, over "
      "which the weights are split"
    )
  if axis_name in of_examples:
    raise ValueError(
      f"axis_name: {axis_name}, must be an axis over which the examples are not split: "
      "gather them with jax.lax.all_gather(..., to='invarying')"
    )


def _chunk_size(layer):
  """The number of classes in a chunk, by the number of logits and weights in it."""
  num_classes = layer.weights.shape[-1]
  most = max(_NUMBERS_OF_CHUNK // max(layer.features.shape), 1)
  # The last chunk ends at the last class: of equal chunks, it computes few classes again.
  of_each = -(-num_classes // -(-num_classes // most))
  return -(-of_each // 128) * 128


def _layer(features, weights, bias):
  layer = Layer(*jax.tree.map(jnp.asarray, (features, weights, bias)))
  for name, array in layer._asdict().items():
    if array is not None and not jnp.issubdtype(array.dtype, jnp.floating):
      raise TypeError(f"{name}: {shape_of(array)}, must be floats")
  features, weights, bias = layer
  if features.ndim == 0:
    raise ValueError(f"features: {shape_of(features)}, must be float[..., d]")
  if weights.ndim != 2 or weights.shape[0] != features.shape[-1] or not weights.size:
    raise ValueError(
      f"weights: {shape_of(weights)}, must be float[{features.shape[-1]}, K] with K at "
      f"least 1, as from features {shape_of(features)}"
    )
  if bias is not None and bias.shape != weights.shape[1:]:
    raise ValueError(f"bias: {shape_of(bias)}, must be float{list(weights.shape[1:])}")
  return layer


class _Term(NamedTuple):
  """A loss of `NAMES` with all its hyperparameters, weighted and with a logit bias."""

  weight: float
  eps: ArrayLike
  name: str
  keywords: dict[str, Any]


def _terms(loss: Any, weight: float = 1.0, eps: ArrayLike = 0.0) -> Iterator[_Term]:
  match loss:
    case Expression():
      for term in loss.terms:
        function = functools.partial(NAMES[term.name], **dict(term.keywords))
        yield from _terms(function, weight * term.weight, eps)
      return
    case WeightedSum():
      for factor, part in loss.terms:
        yield from _terms(part, weight * factor, eps)
      return
    case BiasedLoss():
      yield from _terms(loss.loss, weight, eps + loss.eps)
      return
    case functools.partial(func=function, args=(), keywords=given):
      keywords = given
    case _:
      function, keywords = loss, {}
  name = next((name for name, known in NAMES.items() if known is function), None)
  keywords = keyword_defaults(function) | keywords if name else {}
  if name not in HAVE_SUMS or keywords.get("normalize"):
    raise ValueError(
      f"loss: {name or loss}, must be a sum of {', '.join(HAVE_SUMS)}, each with or "
      "without a logit bias, and ldr_kl not normalized: their logits need not be held"
    )
  yield _Term(weight, eps, name, keywords)

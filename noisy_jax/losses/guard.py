"""The one guard around every loss: its arguments, and examples whose label is no class.

A loss is written for logits float32[..., K], labels that are class ids, and scalar
hyperparameters. What users pass is checked and widened here, once. An example whose label
is outside [0, K), such as -100 for one that is masked, has the value NaN, so that a mistake
is seen and not averaged away, and the gradient 0, so that whoever leaves it out of the mean
with a `jnp.where` can train on the others.
"""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

import chex
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax import checks

_Keywords = ParamSpec("_Keywords")
_Equation = Callable[Concatenate[jax.Array, jax.Array, _Keywords], jax.Array]
_GuardedLoss = Callable[Concatenate[ArrayLike, ArrayLike, _Keywords], jax.Array]


def guard(
  *, views: bool = False, **ranges: str
) -> Callable[[_Equation[_Keywords]], _GuardedLoss[_Keywords]]:
  """Makes a loss of its equation.

  Args:
    views: whether the loss also takes logits [V, ..., K] of V views of the examples.
    **ranges: the interval of each hyperparameter that is a number, as `checks.number` takes
      it. The hyperparameter may be an array of the labels' shape, one for each example; the
      others are scalars.

  Returns:
    A decorator. It takes a function of logits float[..., K] in float32 or wider, labels
    int32[...] in [0, K) and keywords, each a scalar; views come as float[V, ..., K]. It
    returns one of any float logits and any integer labels, whose value is NaN and whose
    gradient is 0 where the label is outside [0, K).
  """

  def decorate(loss):
    @functools.wraps(loss)
    def of_any_labels(logits: ArrayLike, labels: ArrayLike, **hyperparameters):
      logits, labels = as_logits_and_labels(logits, labels, views=views)
      for name, value in hyperparameters.items():
        check_shape(name, value, labels.shape if name in ranges else ())
        if name in ranges:
          value = checks.number(name, value, ranges[name])
          # A number takes the logits' precision by itself.
          value = value if isinstance(value, float) else value.astype(logits.dtype)
        hyperparameters[name] = value
      arrays = {k: value for k, value in hyperparameters.items() if np.ndim(value)}
      scalars = {k: value for k, value in hyperparameters.items() if k not in arrays}
      of_classes = functools.partial(loss, **scalars)
      if arrays:
        axis_of_examples = logits.ndim - 1 - labels.ndim
        for _ in labels.shape:
          of_classes = jax.vmap(of_classes, in_axes=(axis_of_examples, 0))
      is_class = labels >= 0
      values = of_classes(held(logits, is_class), jnp.maximum(labels, 0), **arrays)
      return jnp.where(is_class, values, jnp.nan)

    return of_any_labels

  return decorate


@jax.custom_jvp
def held(logits, is_class):
  """The logits, held constant in derivatives where the label is no class."""
  return logits


@held.defjvp
def _held_jvp(primals, tangents):
  logits, is_class = primals
  # Of the tangent alone: to replace the logits would cost one more pass over them.
  return logits, jnp.where(is_class[..., None], tangents[0], 0)


def as_logits_and_labels(
  logits: ArrayLike, labels: ArrayLike, *, views: bool = False
) -> tuple[jax.Array, jax.Array]:
  """Checks shapes and kinds of a loss's arguments, and gives them one type each.

  Labels of 64 bits on the host are looked at before JAX cuts them to 32: 2^32 + 1 is no
  class. Where a caller's `jax.jit` or `jnp.asarray` has cut them without `jax_enable_x64`,
  nobody can tell any more: `noise.check_labels` refuses such labels where data enter.

  Args:
    logits: float[..., K].
    labels: int[...], the leading shape of the logits.
    views: whether the logits may also be float[V, ..., K] of V views of the examples.

  Returns:
    The logits in float32 (float64 stays); the labels in int32, -1 for all outside [0, K).

  Raises:
    TypeError: if the logits are not floats, or the labels not integers.
    ValueError: if the logits have no class, or the shapes do not fit. Values may be traced,
      and none is refused.
  """
  logits = jnp.asarray(logits)
  labels = labels if isinstance(labels, jax.Array) else np.asarray(labels)
  if not _holds(chex.assert_type, logits, float):
    raise TypeError(f"logits: {shape_of(logits)}, must be float[..., K]")
  if not _holds(chex.assert_axis_dimension_gt, logits, -1, 0):
    raise ValueError(f"logits: {shape_of(logits)}, must be float[..., K] with K at least 1")
  has_views = views and logits.ndim == labels.ndim + 2
  of_labels = logits.shape[has_views:-1]
  if not _holds(chex.assert_type, labels, int):
    raise TypeError(f"labels: {shape_of(labels)}, must be integers {list(of_labels)}")
  if not _holds(chex.assert_shape, labels, of_labels):
    raise ValueError(
      f"labels: {shape_of(labels)}, must be integers {list(of_labels)}, as from logits "
      f"{shape_of(logits)}"
    )
  # Narrow types cannot be compared with all class ids: uint8 ends at 255.
  if jnp.iinfo(labels.dtype).bits < 32:
    labels = labels.astype(np.int32)
  is_class = (labels >= 0) & (labels < logits.shape[-1])
  return (
    checks.in_float32_or_wider(logits),
    jnp.where(is_class, labels.astype(np.int32), -1),
  )


def _holds(assertion: Callable[..., None], *arguments: Any) -> bool:
  try:
    assertion(*arguments)
  except AssertionError:
    return False
  return True


def shape_of(array: jax.Array | np.ndarray) -> str:
  """The dtype and shape of an array as messages give them, such as float32[5, 10]."""
  return f"{array.dtype}{list(array.shape)}"


def check_shape(name: str, value: ArrayLike, per_example: tuple[int, ...] = ()) -> None:
  """Raises ValueError unless value is a scalar or an array of the shape per_example."""
  if np.shape(value) not in ((), per_example):
    array = f" or float{list(per_example)}, one for each example" if per_example else ""
    raise ValueError(f"{name}: {shape_of(jnp.asarray(value))}, must be a scalar{array}")

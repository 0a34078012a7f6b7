"""The guard around every loss: it checks arguments, and handles labels outside [0, K).

The equation of a loss takes logits float32[..., K], class ids and scalar hyperparameters.
The guard checks and converts the arguments of the user once. An example with a label
outside [0, K), such as -100 for a masked one, has the value NaN, so that a mistake shows in
the mean, and the gradient 0, so that training works where `jnp.where` leaves it out.
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
  """Makes a loss from its equation.

  Args:
    views: whether the loss also takes logits [V, ..., K] of V views of the examples.
    **ranges: interval of each hyperparameter that is a number, as in `checks.number`. Such
      a hyperparameter may be an array of the labels' shape, with one value for each
      example; all others are scalars.

  Returns:
    A decorator. It takes a function of logits float[..., K], or float[V, ..., K] of views,
    in float32 or wider, labels int32[...] in [0, K) and scalar keywords. It returns a
    function of any float logits and any integer labels, whose value is NaN and whose
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
          # A Python number takes the logits' precision by itself.
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
      values = of_classes(masked(logits, is_class), jnp.maximum(labels, 0), **arrays)
      return jnp.where(is_class, values, jnp.nan)

    return of_any_labels

  return decorate


@jax.custom_jvp
def masked(logits, is_class):
  """The logits, which derivatives hold constant where the label is not a class."""
  return logits


@masked.defjvp
def _masked_jvp(primals, tangents):
  logits, is_class = primals
  # A mask on the logits themselves would cost one more pass over them.
  return logits, jnp.where(is_class[..., None], tangents[0], 0)


def as_logits_and_labels(
  logits: ArrayLike, labels: ArrayLike, *, views: bool = False
) -> tuple[jax.Array, jax.Array]:
  """Logits in float32 (float64 stays), and labels in int32 with -1 for all outside [0, K).

  With views, logits may be float[V, ..., K]. Logits that are not floats and labels that are
  not integers raise a TypeError, shapes that do not fit a ValueError.
  """
  # Labels of 64 bits on the host are compared with K before JAX cuts them to 32 bits:
  # 2^32 + 1 is not a class. `noise.check_labels` refuses labels that `jax.jit` or
  # `jnp.asarray` of a caller would cut without `jax_enable_x64`.
  logits = jnp.asarray(logits)
  labels = labels if isinstance(labels, jax.Array) else np.asarray(labels)
  if not _holds(chex.assert_type, logits, float):
    raise TypeError(f"logits: {shape_of(logits)}, must be float[..., K]")
  if not _holds(chex.assert_axis_dimension_gt, logits, -1, 0):
    raise ValueError(f"logits: {shape_of(logits)}, must be float[..., K] with K at least 1")
  has_views = views and logits.ndim == labels.ndim + 2
  of_labels = logits.shape[has_views:-1]
  labels = class_ids(
    labels, of_labels, logits.shape[-1], source=f"logits {shape_of(logits)}"
  )
  return checks.in_float32_or_wider(logits), labels


def class_ids(
  labels: jax.Array | np.ndarray, shape: tuple[int, ...], num_classes: int, source: str
) -> jax.Array:
  """Labels in int32 with -1 for all outside [0, K); the source has their shape."""
  if not _holds(chex.assert_type, labels, int):
    raise TypeError(f"labels: {shape_of(labels)}, must be integers {list(shape)}")
  if not _holds(chex.assert_shape, labels, shape):
    raise ValueError(
      f"labels: {shape_of(labels)}, must be integers {list(shape)}, as from {source}"
    )
  # A narrow type cannot hold all class ids: uint8 ends at 255.
  if jnp.iinfo(labels.dtype).bits < 32:
    labels = labels.astype(np.int32)
  is_class = (labels >= 0) & (labels < num_classes)
  return jnp.where(is_class, labels.astype(np.int32), -1)


def _holds(assertion: Callable[..., None], *arguments: Any) -> bool:
  try:
    assertion(*arguments)
  except AssertionError:
    return False
  return True


def shape_of(array: jax.Array | np.ndarray) -> str:
  """Dtype and shape of an array for messages, such as float32[5, 10]."""
  return f"{array.dtype}{list(array.shape)}"


def check_shape(name: str, value: ArrayLike, per_example: tuple[int, ...] = ()) -> None:
  """Raises a ValueError unless a value is a scalar or has the shape per_example."""
  if np.shape(value) not in ((), per_example):
    array = f" or float{list(per_example)}, one for each example" if per_example else ""
    raise ValueError(f"{name}: {shape_of(jnp.asarray(value))}, must be a scalar{array}")


def one_per_example(values: jax.Array, shape: tuple[int, ...]) -> jax.Array:
  """The values of any loss; a ValueError unless they have the shape of the examples."""
  if jnp.shape(values) != shape:
    raise ValueError(
      f"loss: {list(jnp.shape(values))} values of examples {list(shape)}, must be one "
      "value per example"
    )
  return values

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
from jax.typing import ArrayLike

from noisy_jax.losses.primitives import Loss


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
  num_draws: int = 1000,
) -> AverageError:
  """<delta_k>(z_k) = E[dL/dz_k] over the other logits z_j ~ N(0, logit_std^2), j != k.

  All points of the grid share one set of draws, and one key gives the first classes of a
  larger K the draws of a smaller one: curves are smooth, and comparable across K.

  Args:
    loss: function of (logits, labels), one value per example, the same under any renaming
      of the classes; hashable. A new function object is compiled anew.
    num_classes: K, at least 2.
    z: labelled logits z_k to average at, float[...].
    key: random key.
    logit_std: standard deviation of the other logits; 1 is a fresh network's order.
    num_draws: sets of other logits, at least 2; memory is about four arrays [num_draws, K].

  Returns:
    `AverageError` of the shape of z.

  Raises:
    ValueError: if num_classes or num_draws is below 2.
    AssertionError: if the loss does not give one value per example.

  Source: Staats, Thamm and Rosenow, "Enhancing Noise-Robust Losses for Large-Scale Noisy
    Data Learning", AAAI 2025.
  """
  if num_classes < 2:
    raise ValueError(f"num_classes: {num_classes}, must be at least 2")
  if num_draws < 2:
    raise ValueError(f"num_draws: {num_draws}, must be at least 2")
  z = jnp.asarray(z, float)
  return _average_error(loss, num_classes, z, key, logit_std, num_draws)


@functools.partial(jax.jit, static_argnums=(0, 1, 5))
def _average_error(loss, num_classes, z, key, logit_std, num_draws):
  # Random bits depend on the flat index alone: with the classes first, those of a smaller
  # K are a prefix.
  others = logit_std * jax.random.normal(key, (num_classes - 1, num_draws)).T

  def average_at(z_k):
    def label_loss(z_k):
      label_logits = jnp.broadcast_to(z_k, (num_draws, 1))
      logits = jnp.concatenate([label_logits, others], axis=1)
      values = loss(logits, jnp.zeros(num_draws, int))
      chex.assert_shape(values, (num_draws,), custom_message="loss, one value per example")
      return values

    _, delta = jax.jvp(label_loss, (z_k,), (jnp.ones_like(z_k),))
    return AverageError(delta.mean(), delta.std(ddof=1) / num_draws**0.5)

  flat = jax.lax.map(average_at, z.ravel())
  return jax.tree.map(lambda curve: curve.reshape(z.shape), flat)

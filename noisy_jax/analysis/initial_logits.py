"""The logits of fresh networks on real inputs, and their normal fit."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import jax
import numpy as np
from jax.typing import ArrayLike

if TYPE_CHECKING:
  from flax import linen as nn


def initial_logits(
  model: "nn.Module | Callable[[jax.Array], Callable[[ArrayLike], jax.Array]]",
  inputs: ArrayLike,
  keys: jax.Array,
) -> jax.Array:
  """Logits of freshly initialised networks in train mode, one network per key.

  These are the logits of the first training step. Batch normalisation takes the statistics
  of these inputs, as in training: the running statistics of a fresh network, mean 0 and
  variance 1, describe no data.

  Args:
    model: from `noisy_jax.models`, or another linen module called as model(inputs,
      train=True); its changes of variables are dropped. Or a function from a key to a fresh
      network of any library, in train mode: a function of inputs, such as a module of NNX
      or Equinox.
    inputs: a batch as in training, of the same size if the model has batch normalisation,
      float[n, ...].
    keys: random keys, [seeds].

  Returns:
    float[seeds, n, K].

  Raises:
    ValueError: if keys is not one row of keys.
  """
  if keys.ndim != 1:
    raise ValueError(f"keys: {keys.dtype}{list(keys.shape)}, must be one row of keys")
  return _initial_logits(model, inputs, keys)


@functools.partial(jax.jit, static_argnums=0)
def _initial_logits(model, inputs, keys):
  def of_key(key):
    if hasattr(model, "init_with_output"):
      return model.init_with_output(key, inputs, train=True)[0]
    return model(key)(inputs)

  return jax.vmap(of_key)(keys)


class NormalFit(NamedTuple):
  """The normal fit of logits.

  Attributes:
    mean: mean of all logits.
    std: standard deviation of all logits.
    distance: largest difference between the distribution functions of the logits and of the
      normal distribution with this mean and std (Kolmogorov and Smirnov), in [0, 1]; for n
      normal draws it falls like 1 / sqrt(n), for a uniform distribution it is 0.06.
  """

  mean: float
  std: float
  distance: float


def normal_fit(logits: ArrayLike) -> NormalFit:
  """The normal distribution that fits logits, and its distance from them.

  Args:
    logits: logits of fresh networks, finite, any shape of at least two different entries.

  Returns:
    `NormalFit`.

  Raises:
    ValueError: if there are fewer than two logits, all are equal, or one is not finite.

  Example:
    >>> from noisy_jax import analysis
    >>> fit = analysis.normal_fit([-1.0, 0.0, 1.0])
    >>> round(fit.mean, 3), round(fit.std, 3)
    (0.0, 0.816)
  """
  values = np.ravel(np.asarray(logits, np.float64))
  if not np.isfinite(values).all():
    raise ValueError(f"logits: {values[~np.isfinite(values)][0]}, must be finite")
  # The deviation of equal numbers may be a rounding above 0.
  if values.size < 2 or values.min() == values.max():
    raise ValueError(f"logits: {values.size} of them, must be at least two that differ")
  # On use, as it would take a fifth of the time of importing this package.
  from scipy import special

  mean, std = float(values.mean()), float(values.std())
  share_below = special.ndtr((np.sort(values) - mean) / std)
  steps = np.arange(values.size + 1) / values.size
  distance = max(np.max(steps[1:] - share_below), np.max(share_below - steps[:-1]))
  return NormalFit(mean, std, float(distance))

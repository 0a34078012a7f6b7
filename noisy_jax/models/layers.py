"""Layers that all networks share."""

import functools
from collections.abc import Callable

import jax
from flax import linen as nn
from jax.typing import DTypeLike

from noisy_jax.models.initializers import Initializers


def dense(x: jax.Array, units: int, *, init: Initializers, dtype: DTypeLike) -> jax.Array:
  """x W + b of x, float[n, inputs], in the compute dtype; inside a compact module."""
  layer = nn.Dense(
    units,
    dtype=dtype,
    kernel_init=init.dense,
    bias_init=init.bias(x.shape[-1]),
  )
  return layer(x)


def batch_norm(
  *, train: bool, dtype: DTypeLike, axis_name: str | None
) -> Callable[..., nn.BatchNorm]:
  """BatchNorm over the global batch, with the constants of PyTorch.

  y = scale (x - m) / sqrt(v + 1e-5) + bias. In train mode, m and v are the mean and
  variance of each channel over the batch, on all devices of the axis. The running
  statistics move a tenth of the way to them (momentum 0.1 in PyTorch's terms, 0.9 in
  Flax's), and replace them outside train mode. Statistics are float32 for any x.

  The variance is E[x^2] - m^2, which needs one pass and one exchange between devices where
  E[(x - m)^2] needs two. Rounding changes it by about 1e-7 m^2: by a thousandth where m is
  100 standard deviations from 0. Running variances use the batch's variance; PyTorch
  multiplies it by n / (n - 1).

  Args:
    train: whether to use and store the statistics of the batch.
    dtype: dtype of the result.
    axis_name: name of the axis of devices; None for statistics of each device by itself.
      `init` ignores it.

  Returns:
    A constructor of layers, which takes the other arguments of `nn.BatchNorm`.
  """
  return functools.partial(
    nn.BatchNorm,
    use_running_average=not train,
    momentum=0.9,
    epsilon=1e-5,
    dtype=dtype,
    axis_name=axis_name,
  )

"""Initializers of weights and biases, named after the codes that use them.

The published codes use PyTorch: they initialise the weights, and leave the biases as
PyTorch draws them, uniform in +-1 / sqrt(fan_in).
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.nn.initializers import (
  Initializer,
  glorot_uniform,
  he_uniform,
  lecun_normal,
  variance_scaling,
  zeros,
)


class Initializers(NamedTuple):
  """The initializers of a network.

  Attributes:
    conv: initializer of the kernels of convolutions.
    dense: initializer of the kernels of dense layers.
    bias: function from the fan-in of a layer (inputs of one unit: kernel height * width *
      channels) to the initializer of its bias, as the shape of a bias hides the fan-in.
  """

  conv: Initializer
  dense: Initializer
  bias: Callable[[int], Initializer]


def _uniform_bias(fan_in):
  bound = fan_in**-0.5

  def draw(key, shape, dtype=jnp.float32):
    return jax.random.uniform(key, shape, dtype, -bound, bound)

  return draw


def _zero_bias(fan_in):
  del fan_in
  return zeros


# Uniform in +-1 / sqrt(fan_in), variance 1 / (3 fan_in).
_torch_uniform = variance_scaling(1 / 3, "fan_in", "uniform")

INITIALIZERS = {
  "alfs": Initializers(he_uniform(), glorot_uniform(), _uniform_bias),
  "flax": Initializers(lecun_normal(), lecun_normal(), _zero_bias),
  "pytorch": Initializers(_torch_uniform, _torch_uniform, _uniform_bias),
  "torchvision": Initializers(
    variance_scaling(2.0, "fan_out", "normal"), _torch_uniform, _uniform_bias
  ),
}
"""Initialisations by name, with the variances of weights of convolutions and dense layers.

alfs: 2 / fan_in and 2 / (fan_in + fan_out), uniform: APL (Ma et al., ICML 2020), ALFs (Zhou
  et al., ICML 2021) and the codes made from them, for their CNNs and ResNet-34.
flax: 1 / fan_in, truncated normal, and biases 0: the default of Flax.
pytorch: 1 / (3 fan_in), uniform: the default of PyTorch, as in the code of GJS (Englesson
  and Azizpour, NeurIPS 2021).
torchvision: 2 / fan_out, normal, and 1 / (3 fan_in), uniform: ResNet-50 of torchvision.
"""


def initializers(name: str) -> Initializers:
  """The initializers of that name.

  Args:
    name: alfs, flax, pytorch or torchvision, a key of `INITIALIZERS`.

  Returns:
    `Initializers`.

  Raises:
    ValueError: if the name is unknown, with the known ones.
  """
  if name not in INITIALIZERS:
    known = ", ".join(INITIALIZERS)
    raise ValueError(f"initialization: unknown {name!r}; known: {known}")
  return INITIALIZERS[name]

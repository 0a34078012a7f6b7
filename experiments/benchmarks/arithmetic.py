"""How much arithmetic a network asks for, and how much a device can do."""

import math

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.typing import DTypeLike

from experiments.benchmarks.race import race, timed

# A multiplication and an addition; the gradient takes the forward pass twice.
FLOPS_OF_TRAINING = 3 * 2

_CALLS = 10


def multiply_adds(model: nn.Module, image_shape: tuple[int, ...]) -> int:
  """Multiplications in the convolutions and dense layers of one image's forward pass.

  Args:
    model: maps images to logits.
    image_shape: height, width and channels.

  Returns:
    Their number; each comes with an addition. ResNet-34 on 32 x 32 images has 1.16e9.
  """
  image = jax.ShapeDtypeStruct((1, *image_shape), jnp.float32)

  def forward(key, x):
    return model.init_with_output(key, x, train=False)[0]

  jaxpr = jax.make_jaxpr(forward)(jax.random.key(0), image)
  return sum(map(_of_equation, _equations(jaxpr)))


def _equations(jaxpr):
  for equation in jaxpr.eqns:
    yield equation
    for inner in jax.tree.leaves(list(equation.params.values())):
      if hasattr(inner, "eqns"):
        yield from _equations(inner)


def _of_equation(equation):
  size = math.prod(equation.outvars[0].aval.shape)
  if equation.primitive is jax.lax.conv_general_dilated_p:
    kernel = equation.invars[1].aval.shape
    channels = kernel[equation.params["dimension_numbers"].rhs_spec[0]]
    return size * math.prod(kernel) // channels
  if equation.primitive is jax.lax.dot_general_p:
    (contracted, _), _ = equation.params["dimension_numbers"]
    shape = equation.invars[0].aval.shape
    return size * math.prod(shape[axis] for axis in contracted)
  return 0


def matmul_flops(size: int, dtype: DTypeLike, turns: int, torch_on: str | None) -> float:
  """The most that a product of two square matrices reaches here, by JAX or by PyTorch.

  Args:
    size: rows and columns; from 8192 on, a large GPU is busy throughout.
    dtype: of the factors and of the product.
    turns: how often it is measured, the best counts.
    torch_on: the device of PyTorch, which takes part; None where it cannot.

  Returns:
    Floating-point operations per second.
  """
  a, b = jax.random.normal(jax.random.key(0), (2, size, size), dtype)
  product = jax.jit(jnp.matmul)

  def ours():
    jax.block_until_ready([product(a, b) for _ in range(_CALLS)])

  calls = {"JAX": ours}
  if torch_on is not None:
    calls["PyTorch"] = _torch_products(size, jnp.dtype(dtype).name, torch_on)
  runners = {name: timed(call, settled=True) for name, call in calls.items()}
  return 2 * size**3 * _CALLS / min(race(runners, turns, uncounted=0).values())


def _torch_products(size, dtype, on):
  # An optional extra: importing this file must not need it.
  import torch

  a, b = torch.randn((2, size, size), device=on).to(getattr(torch, dtype))
  out = torch.empty_like(a)

  def call():
    for _ in range(_CALLS):
      torch.matmul(a, b, out=out)
    if on == "cuda":
      torch.cuda.synchronize()

  return call

"""Logits whose classes are split over devices: no device gets those of another."""

import re

import jax
import numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec as P

from noisy_jax import losses

N, K = 8, 1024
RNG = np.random.default_rng(0)
LOGITS = RNG.standard_normal((N, K)).astype(np.float32)
LABELS = RNG.integers(K, size=N).astype(np.int32)
# A loss of each family.
FAMILIES = {function.__module__: name for name, function in losses.NAMES.items()}


def exchanged(program):
  """Each operation that devices take part in together, and the shapes that it gives."""
  pattern = r" = (\S.*?) ((?:ragged-)?all-[a-z-]+|collective-[a-z-]+|reduce-scatter)\("
  for shapes, operation in re.findall(pattern, program):
    for shape in re.findall(r"\[([\d,]*)\]", shapes):
      yield operation, np.prod([int(size) for size in shape.split(",") if size])


def test_devices_exchange_sums_of_examples_and_not_their_logits():
  def values_and_gradients(logits, labels):
    found = {}
    for name in FAMILIES.values():
      values, pullback = jax.vjp(lambda z, f=losses.NAMES[name]: f(z, labels), logits)
      found[name] = values, *pullback(np.ones(N, np.float32))
    return found

  kinds = (AxisType.Auto, AxisType.Auto)
  mesh = jax.make_mesh((2, 2), ("data", "classes"), axis_types=kinds)
  of_logits = NamedSharding(mesh, P("data", "classes"))
  of_labels = NamedSharding(mesh, P("data"))
  function = jax.jit(
    values_and_gradients,
    in_shardings=(of_logits, of_labels),
    out_shardings=dict.fromkeys(FAMILIES.values(), (of_labels, of_logits)),
  )
  program = function.lower(LOGITS, LABELS).compile()
  found = set(exchanged(program.as_text()))
  assert {operation for operation, _ in found} == {"all-reduce"}
  assert max(size for _, size in found) <= N // 2
  values, gradient = program(LOGITS, LABELS)["nnfl"]
  expected = losses.nnfl(LOGITS, LABELS)
  np.testing.assert_allclose(values, expected, rtol=1e-5)
  assert gradient.sharding == of_logits

"""A 3x3 convolution on a CPU in two forms: XLA's, and patches with one product of matrices.

  python -m experiments.benchmarks.convolution_forms --out_dir=DIR

Measured are the value and gradients of the sum of squares of the result, for 128 inputs.
The forms take turns in one process, and the shortest time of each counts.
"""

import time

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags, logging
from jax import lax

from experiments.benchmarks import epochs, page
from noisy_jax.cli import command_line, messages, path_flags

_TURNS = flags.DEFINE_integer("turns", 20, "Times each is measured.", lower_bound=1)
_OUT_DIR = path_flags.define("out_dir", None, "Where the table is written.")

_BATCH_SIZE = 128
# Height and width, channels before and after, stride.
_LAYERS = [
  *((32, 3, 64, 1), (32, 3, 32, 2), (32, 32, 32, 1)),
  *((16, 12, 32, 1), (16, 32, 64, 1), (16, 64, 64, 1), (16, 64, 128, 2)),
  *((8, 32, 64, 1), (8, 128, 128, 1), (4, 64, 128, 1), (4, 256, 256, 1)),
]
_DESCRIPTION = f"""\
value and gradients of 3x3 convolutions of {_BATCH_SIZE} inputs, in float32, as XLA's
convolution, and as patches with one product of matrices. Images, where there are three
channels, need no gradient. A ratio above 1 says that patches are faster."""


def main(argv):
  messages.only_flags(argv)
  messages.make_out_dir(_OUT_DIR.value)
  rows = [["layer", "stride", "convolution (ms)", "patches (ms)", "ratio"]]
  for side, inputs, outputs, stride in _LAYERS:
    x, kernel = _random(side, inputs, outputs)
    np.testing.assert_allclose(
      _convolution(x, kernel, stride), _patches(x, kernel, stride), atol=1e-3
    )
    forms = {form.__name__: _timed(form, x, kernel, stride) for form in _FORMS}
    ours, patches = (seconds * 1e3 for seconds in epochs.race(forms, _TURNS.value).values())
    layer = f"{side} x {side} x {inputs} to {outputs}"
    rows.append(
      [layer, f"{stride}", f"{ours:.1f}", f"{patches:.1f}", f"{ours / patches:.2f}"]
    )
    text = page.page(
      "convolution_forms", "Forms of a convolution", ("turns",), _DESCRIPTION, rows
    )
    page.write(_OUT_DIR.value, text)
  print(text)


def _random(side, inputs, outputs):
  rng = np.random.default_rng(0)
  shapes = (_BATCH_SIZE, side, side, inputs), (3, 3, inputs, outputs)
  return [jnp.asarray(rng.standard_normal(shape, np.float32)) for shape in shapes]


def _convolution(x, kernel, stride):
  return lax.conv_general_dilated(
    x,
    kernel,
    (stride, stride),
    ((1, 1), (1, 1)),
    dimension_numbers=("NHWC", "HWIO", "NHWC"),
  )


def _patches(x, kernel, stride):
  _, height, width, inputs = x.shape
  padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
  shifted = [
    padded[:, i : i + height : stride, j : j + width : stride]
    for i in range(3)
    for j in range(3)
  ]
  return jnp.concatenate(shifted, -1) @ kernel.reshape(9 * inputs, -1)


_FORMS = (_convolution, _patches)


def _timed(form, x, kernel, stride):
  wanted = (0, 1) if x.shape[-1] > 3 else 1

  @jax.jit
  def value_and_gradients(x, kernel):
    def total(x, kernel):
      return jnp.square(form(x, kernel, stride)).sum()

    return jax.value_and_grad(total, wanted)(x, kernel)

  def seconds():
    start = time.perf_counter()
    jax.block_until_ready(value_and_gradients(x, kernel))
    return time.perf_counter() - start

  return seconds


if __name__ == "__main__":
  logging.set_verbosity(logging.WARNING)
  command_line.run(main)

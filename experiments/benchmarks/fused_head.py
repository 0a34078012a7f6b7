"""A fused head against the loss of a linear layer's logits: time and temporary memory.

  python -m experiments.benchmarks.fused_head
  python -m experiments.benchmarks.fused_head --losses=ce,mae,nce --classes=1000,1000000 \
    --sizes=256x128,1024x512 --out_dir=DIR

Value and gradient, in features and weights, of the mean of a loss. For each loss, number of
classes K, and examples x features, the forms take turns, and the shortest time of each
counts. Logits of more than 2 GB are left out. jax-cce and PyTorch join for cross-entropy,
where they are installed and PyTorch can use the device.
"""

import importlib.util
import itertools
import time

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from experiments.benchmarks import device, page
from experiments.benchmarks.race import race, timed
from noisy_jax import losses
from noisy_jax.cli import messages

_LOSSES = flags.DEFINE_list("losses", ["ce", "mae", "nce"], "As train's --loss.")
_CLASSES = flags.DEFINE_list("classes", ["1000", "10000", "100000"], "Values of K.")
_SIZES = flags.DEFINE_list(
  "sizes",
  ["256x128", "256x512", "1024x128", "1024x512"],
  "Examples and features: 256x128.",
)
_TURNS = flags.DEFINE_integer("turns", 5, "Times each is measured.", lower_bound=1)
_CHUNK_SIZE = flags.DEFINE_integer(
  "chunk_size", None, "Of the head; by default its own.", lower_bound=1
)

_MOST_BYTES = 2e9
_PLAIN, _FUSED, _CCE, _TORCH = "logits", "fused", "jax-cce", "PyTorch"
_TIMED, _SIZED = (_PLAIN, _FUSED, _CCE, _TORCH), (_PLAIN, _FUSED, _CCE)


def benchmark() -> page.Pages:
  device.share_memory()
  with messages.ending_in_one_line(ValueError):
    heads = {
      text: losses.fused_head(losses.parse(text), chunk_size=_CHUNK_SIZE.value)
      for text in _LOSSES.value
    }
  classes = page.counts("classes", _CLASSES.value)
  sizes = [page.counts("sizes", text.split("x")) for text in _SIZES.value]
  if wrong := [text for text in _SIZES.value if text.count("x") != 1]:
    messages.fail(f"sizes: {wrong[0]!r}, must be examples x features, such as 256x128")
  rows = [["loss", "K", "n", "d", *(f"{form} (ms)" for form in _TIMED)]]
  rows[0] += [f"{form} (MB)" for form in _SIZED]
  for text, head in heads.items():
    for num_classes, (num, dim) in itertools.product(classes, sizes):
      counts = num_classes, num, dim
      rows.append([text, *(f"{count:,}" for count in counts), *_cells(text, head, *counts)])
      yield _DESCRIPTION, rows


_DESCRIPTION = (
  "value and gradient of the mean of a loss, in features [n, d] and weights [d, K]: from\n"
  "logits that are held, and by `losses.fused_head`; with temporary memory. On a CPU,\n"
  "times are those of its cores, added up."
)


def _cells(text, head, num_classes, num, dim):
  rng = np.random.default_rng(0)
  features = rng.standard_normal((num, dim), np.float32)
  weights = rng.standard_normal((dim, num_classes), np.float32) / dim**0.5
  labels = rng.integers(num_classes, size=num).astype(np.int32)
  arrays = jax.device_put((features, weights, labels))
  programs = {_FUSED: _compile(_mean(head), arrays)}
  if 4 * num * num_classes <= _MOST_BYTES:
    programs[_PLAIN] = _compile(_mean(lambda h, w, y: head.loss(h @ w, y)), arrays)
  calls = {name: _call(program, arrays) for name, program in programs.items()}
  if text == "ce" and importlib.util.find_spec("jax_cce"):
    # An optional extra: importing this file must not need it.
    import jax_cce

    rows = jax.device_put((features, weights.T, labels))
    programs[_CCE] = _compile(jax_cce.linear_cross_entropy, rows)
    calls[_CCE] = _call(programs[_CCE], rows)
  if text == "ce" and _PLAIN in programs and device.for_torch():
    calls[_TORCH] = _torch_call(features, weights, labels)
  # Only what computes the same may be compared.
  values = [float(call()[0]) for call in calls.values()]
  np.testing.assert_allclose(values, values[0], rtol=1e-4)
  # What else runs on the cores of a CPU does not count.
  clock = time.process_time if jax.default_backend() == "cpu" else time.perf_counter
  runners = {name: timed(call, clock=clock) for name, call in calls.items()}
  shortest = race(runners, _TURNS.value)
  for name in _TIMED:
    yield f"{1e3 * shortest[name]:.1f}" if name in shortest else ""
  for name in _SIZED:
    yield f"{_megabytes(programs[name]):.1f}" if name in programs else ""


def _mean(function):
  return lambda h, w, y: jnp.mean(function(h, w, y))


def _compile(mean, arrays):
  return jax.jit(jax.value_and_grad(mean, (0, 1))).lower(*arrays).compile()


def _call(program, arrays):
  return lambda: jax.block_until_ready(program(*arrays))


def _megabytes(program):
  return program.memory_analysis().temp_size_in_bytes / 1e6


def _torch_call(features, weights, labels):
  # An optional extra: importing this file must not need it.
  import torch

  on = device.for_torch()
  h, w = (torch.tensor(x, device=on, requires_grad=True) for x in (features, weights))
  y = torch.tensor(labels, device=on, dtype=torch.int64)

  def differentiate():
    h.grad = w.grad = None
    loss = torch.nn.functional.cross_entropy(h @ w, y)
    loss.backward()
    if on == "cuda":
      torch.cuda.synchronize()
    return loss, h.grad, w.grad

  return differentiate


if __name__ == "__main__":
  page.run(benchmark, "A fused head")

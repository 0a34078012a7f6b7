"""Value and gradient of every loss against a copy of the logits, optax and PyTorch.

  python -m experiments.benchmarks.losses
  python -m experiments.benchmarks.losses --out_dir=experiments/results/losses

All take turns in one process, and the shortest time of each counts. PyTorch joins on CPU if
it is installed (`pip install -e '.[benchmarks]'`). With an output directory, the table also
goes there, into a file named after the device.
"""

import importlib.util
import os
import pathlib
import platform
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl import app, flags, logging

from experiments import messages
from noisy_jax import losses

_BATCH_SIZE = flags.DEFINE_integer("batch_size", 8192, "Examples.", lower_bound=1)
_NUM_CLASSES = flags.DEFINE_integer("num_classes", 1000, "Classes.", lower_bound=2)
_TURNS = flags.DEFINE_integer("turns", 30, "Times each is measured.", lower_bound=1)
_CALLS = flags.DEFINE_integer(
  "calls", 1, "Calls in a measurement: many hide what launching one costs.", lower_bound=1
)
_OUT_DIR = flags.DEFINE_string("out_dir", None, "Where the table is written.")

_COPY, _OPTAX = "a copy of the logits", "optax, integer labels"
_OURS = [*losses.NAMES, "nfl(detach=True)", "nce + agce"]


def main(argv):
  messages.only_flags(argv)
  messages.make_out_dir(_OUT_DIR.value)
  rng = np.random.default_rng(0)
  logits = rng.standard_normal((_BATCH_SIZE.value, _NUM_CLASSES.value), np.float32)
  labels = rng.integers(_NUM_CLASSES.value, size=_BATCH_SIZE.value)
  programs = _compile(logits, labels)
  calls = {name: _jax_call(program, logits, labels) for name, program in programs.items()}
  with_torch = jax.default_backend() == "cpu" and bool(importlib.util.find_spec("torch"))
  if with_torch:
    calls |= _torch_calls(logits, labels)
  seconds = _race(calls)

  columns = ["loss", "ms", "/ optax", "/ copy", "memory"]
  columns += ["PyTorch, usual", "PyTorch, best"] if with_torch else []
  rows = [columns, ["---", *["---:"] * (len(columns) - 1)]]
  for name, program in programs.items():
    ours = seconds[name]
    temporary = program.memory_analysis().temp_size_in_bytes / logits.nbytes
    row = [name, f"{1e3 * ours:.2f}", f"{ours / seconds[_OPTAX]:.2f}"]
    row += [f"{ours / seconds[_COPY]:.1f}", f"{temporary:.2f}"]
    for form in ("usual", "best") if with_torch else ():
      theirs = seconds.get(f"{form}: {name}")
      row.append(f"{theirs / ours:.1f}" if theirs else "")
    rows.append(row)
  text = _heading(2 * logits.nbytes / seconds[_COPY] / 1e9, with_torch)
  text += "".join(f"| {' | '.join(row)} |\n" for row in rows)
  print(text)
  if _OUT_DIR.value is not None:
    pathlib.Path(_OUT_DIR.value, f"{jax.default_backend()}.md").write_text(text)


def _compile(logits, labels):
  def mean_and_gradient(loss):
    return jax.jit(jax.value_and_grad(lambda z, y: jnp.mean(loss(z, y))))

  functions = {
    _COPY: jax.jit(lambda z, y: jnp.copy(z), keep_unused=True),
    _OPTAX: mean_and_gradient(optax.losses.softmax_cross_entropy_with_integer_labels),
    **{name: mean_and_gradient(losses.parse(name)) for name in _OURS},
  }
  return {name: f.lower(logits, labels).compile() for name, f in functions.items()}


def _jax_call(program, logits, labels):
  inputs = jax.device_put((logits, labels.astype(np.int32)))
  return lambda: jax.block_until_ready([program(*inputs) for _ in range(_CALLS.value)])


def _torch_calls(logits, labels):
  # An optional extra: importing this file must not need it.
  import torch

  from experiments.benchmarks import torch_losses

  labels = torch.from_numpy(labels)

  def call(loss):
    def differentiate():
      for _ in range(_CALLS.value):
        z = torch.from_numpy(logits).requires_grad_()
        loss(z, labels).backward()

    return differentiate

  calls = {}
  for form, table in {"usual": torch_losses.USUAL, "best": torch_losses.BEST}.items():
    for name in _OURS:
      # Only what computes the same may be compared.
      theirs = float(table[name](torch.from_numpy(logits), labels))
      ours = float(jnp.mean(losses.parse(name)(logits, labels.numpy())))
      np.testing.assert_allclose(theirs, ours, rtol=1e-3, err_msg=f"{form} {name}")
      calls[f"{form}: {name}"] = call(table[name])
  return calls


def _race(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
  shortest = dict.fromkeys(calls, float("inf"))
  for _ in range(_TURNS.value):
    for name, call in calls.items():
      # Not timed: compiles, and ends what the one before has left running.
      call()
      start = time.perf_counter()
      call()
      seconds = (time.perf_counter() - start) / _CALLS.value
      shortest[name] = min(shortest[name], seconds)
  return shortest


def _heading(bandwidth, with_torch):
  shape = f"--batch_size={_BATCH_SIZE.value} --num_classes={_NUM_CLASSES.value}"
  effort = f"--turns={_TURNS.value} --calls={_CALLS.value}"
  on_cpu = jax.default_backend() == "cpu"
  device = f"{os.cpu_count()} CPU cores" if on_cpu else jax.devices()[0].device_kind
  versions = f"JAX {jax.__version__} and optax {optax.__version__}"
  lines = [
    "# Value and gradient of every loss",
    "",
    f"`python -m experiments.benchmarks.losses {shape} {effort}`",
    "",
    f"On {device}, with Python {platform.python_version()}, {versions}: the mean over",
    f"{_BATCH_SIZE.value} x {_NUM_CLASSES.value} float32 logits, and its gradient.",
    f"The copy reads and writes {bandwidth:.0f} GB/s. Memory is what is held besides the",
    "logits and the gradient, in multiples of the logits.",
  ]
  if with_torch:
    import torch

    lines += [
      f"The last columns are the time of PyTorch {torch.__version__}, on",
      f"{torch.get_num_threads()} threads, divided by ours: in the form of published",
      "code, and in the best that we could write (experiments/benchmarks/torch_losses.py).",
    ]
  return "\n".join(lines) + "\n\n"


if __name__ == "__main__":
  # At level INFO, JAX tells which accelerators it did not find.
  logging.set_verbosity(logging.WARNING)
  app.run(main)

"""Value and gradient of every loss against a copy of the logits, optax and PyTorch.

  python -m experiments.benchmarks.losses
  python -m experiments.benchmarks.losses --out_dir=experiments/results/losses

Loss by loss, all take turns in one process, and the shortest time of each counts. PyTorch
joins if it is installed (`pip install -e '.[benchmarks]'`) and can use the device. With an
output directory, the table also goes there after each row, into a file named after the
device.
"""

import functools
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl import flags, logging

from experiments.benchmarks import device, page
from noisy_jax import losses
from noisy_jax.cli import command_line, messages, path_flags

_BATCH_SIZE = flags.DEFINE_integer("batch_size", 8192, "Examples.", lower_bound=1)
_NUM_CLASSES = flags.DEFINE_integer("num_classes", 1000, "Classes.", lower_bound=2)
_TURNS = flags.DEFINE_integer("turns", 30, "Times each is measured.", lower_bound=1)
_CALLS = flags.DEFINE_integer(
  "calls", 1, "Calls in a measurement: many hide what launching one costs.", lower_bound=1
)
_TORCH_COMPILE = flags.DEFINE_bool(
  "torch_compile", False, "Whether PyTorch's best form is measured compiled as well."
)
_OUT_DIR = path_flags.define("out_dir", None, "Where the table is written.")

_SETTINGS = ("batch_size", "num_classes", "turns", "calls", "torch_compile")
_COPY, _OPTAX = "a copy of the logits", "optax, integer labels"
_OURS = [*losses.NAMES, "nfl(detach=True)", "nce + agce"]

_MAE_STAR = losses.with_logit_bias(losses.mae, 4.84)

Call = Callable[[], object]


def _of_two_labels(logits, labels):
  """MAE* of a mixture, as of mixup: of each label and the one at the other end."""
  mixed = losses.LabelMixture(jnp.stack([labels, labels[::-1]], -1), jnp.array([0.7, 0.3]))
  return losses.with_soft_labels(_MAE_STAR)(logits, mixed)


_BIASED = {"mae, biased": _MAE_STAR, "mae, biased, two labels": _of_two_labels}


def main(argv):
  messages.only_flags(argv)
  messages.make_out_dir(_OUT_DIR.value)
  device.share_memory()
  rng = np.random.default_rng(0)
  logits = rng.standard_normal((_BATCH_SIZE.value, _NUM_CLASSES.value), np.float32)
  labels = rng.integers(_NUM_CLASSES.value, size=_BATCH_SIZE.value)
  inputs = jax.device_put((logits, labels.astype(np.int32)))
  torch_calls = _torch_calls(logits, labels) if device.for_torch() else {}

  others = {
    _COPY: jax.jit(lambda z, y: jnp.copy(z), keep_unused=True).lower(*inputs).compile(),
    _OPTAX: _compile(optax.losses.softmax_cross_entropy_with_integer_labels, inputs),
  }
  measured: dict[str, dict[str, float]] = {}
  memory = {name: _memory(program, logits) for name, program in others.items()}
  for name, loss in ({name: losses.parse(name) for name in _OURS} | _BIASED).items():
    program = _compile(loss, inputs)
    memory[name] = _memory(program, logits)
    calls = {k: _jax_call(p, inputs) for k, p in {**others, name: program}.items()}
    theirs = torch_calls[name](float(program(*inputs)[0])) if name in torch_calls else {}
    measured[name] = _race(calls | theirs)
    text = _page(measured, memory, logits.nbytes)
    page.write(_OUT_DIR.value, text)
  print(text)


def _compile(loss, inputs):
  mean = jax.jit(jax.value_and_grad(lambda z, y: jnp.mean(loss(z, y))))
  return mean.lower(*inputs).compile()


def _memory(program, logits):
  return program.memory_analysis().temp_size_in_bytes / logits.nbytes


def _jax_call(program, inputs) -> Call:
  return lambda: jax.block_until_ready([program(*inputs) for _ in range(_CALLS.value)])


def _torch_calls(logits, labels) -> dict[str, Callable[[float], dict[str, Call]]]:
  """For each loss, what makes PyTorch's forms of it from the value that they must have."""
  # An optional extra: importing this file must not need it.
  import torch

  from experiments.benchmarks import torch_losses

  on = device.for_torch()
  z, y = torch.tensor(logits, device=on), torch.tensor(labels, device=on)
  forms = {"usual": torch_losses.USUAL, "best": torch_losses.BEST}

  def call(loss):
    def differentiate():
      for _ in range(_CALLS.value):
        loss(z.detach().requires_grad_(), y).backward()
      if on == "cuda":
        torch.cuda.synchronize()

    return differentiate

  def calls(name, value):
    functions = {form: table[name] for form, table in forms.items()}
    if _TORCH_COMPILE.value:
      # Functions that share their code would count as recompilations of the same one.
      torch.compiler.reset()
      functions["compiled"] = torch.compile(torch_losses.BEST[name], dynamic=False)
    measurable = {}
    for form, loss in functions.items():
      try:
        theirs = loss(z.detach().requires_grad_(), y)
        theirs.backward()
      except RuntimeError as error:
        print(messages.one_line(f"PyTorch, {form}, fails on {name}: {error}")[:300])
        continue
      # Only what computes the same may be compared.
      np.testing.assert_allclose(theirs.item(), value, rtol=1e-3, err_msg=f"{form} {name}")
      measurable[f"PyTorch, {form}"] = call(loss)
    return measurable

  return {name: functools.partial(calls, name) for name in _OURS}


def _race(calls: dict[str, Call]) -> dict[str, float]:
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


def _page(measured, memory, num_bytes):
  """The page of the losses that are measured: seconds of each, and of those beside it."""
  shortest = {
    name: min(beside[name] for beside in measured.values()) for name in (_COPY, _OPTAX)
  }
  every = dict.fromkeys(name for beside in measured.values() for name in beside)
  forms = [name for name in every if name.startswith("PyTorch")]
  rows = [["loss", "ms", "/ optax", "/ copy", "memory", *forms]]
  for name, beside in {_COPY: shortest, _OPTAX: shortest, **measured}.items():
    ours = beside[name]
    row = [name, f"{1e3 * ours:.2f}", f"{ours / beside[_OPTAX]:.2f}"]
    row += [f"{ours / beside[_COPY]:.1f}", f"{memory[name]:.2f}"]
    rows.append(row + [f"{beside[f] / ours:.1f}" if f in beside else "" for f in forms])
  return page.page(
    "losses",
    "Value and gradient of every loss",
    _SETTINGS,
    _description(2 * num_bytes / shortest[_COPY] / 1e9, bool(forms)),
    rows,
  )


def _description(bandwidth, with_torch):
  lines = [
    f"the mean over {_BATCH_SIZE.value} x {_NUM_CLASSES.value} float32 logits, and its",
    f"gradient; optax is {optax.__version__}. The copy reads and writes {bandwidth:.0f}",
    "GB/s. A loss must read and write as much, so that its share of that bandwidth is one",
    "over the column '/ copy'. Copy and optax take turns with each loss anew, and its",
    "ratios are to these turns; their own rows are the shortest of all. Memory is what is",
    "held besides the logits and the gradient, in multiples of the logits.",
  ]
  if with_torch:
    import torch

    on_cpu = device.for_torch() == "cpu"
    threads = f" on {torch.get_num_threads()} threads" if on_cpu else ""
    lines += [
      f"The last columns are the time of PyTorch {torch.__version__}{threads}, divided by",
      "ours: in the form of published code, and in the best that we could write",
      "(experiments/benchmarks/torch_losses.py)"
      + ("; compiled is the best by torch.compile." if _TORCH_COMPILE.value else "."),
    ]
  return "\n".join(lines)


if __name__ == "__main__":
  # At level INFO, JAX tells which accelerators it did not find.
  logging.set_verbosity(logging.WARNING)
  command_line.run(main)

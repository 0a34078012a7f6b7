"""Value and gradient of every loss against a copy of the logits, optax and PyTorch.

  python -m experiments.benchmarks.losses
  python -m experiments.benchmarks.losses --out_dir=experiments/results/losses

Loss by loss, all take turns in one process, and the shortest time of each counts. PyTorch
joins if it is installed (`pip install -e '.[benchmarks]'`) and can use the device.
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl import flags

from experiments.benchmarks import device, page
from experiments.benchmarks.race import race, timed
from noisy_jax import losses
from noisy_jax.cli import messages

_BATCH_SIZE = flags.DEFINE_integer("batch_size", 8192, "Examples.", lower_bound=1)
_NUM_CLASSES = flags.DEFINE_integer("num_classes", 1000, "Classes.", lower_bound=2)
_TURNS = flags.DEFINE_integer("turns", 30, "Times each is measured.", lower_bound=1)
_CALLS = flags.DEFINE_integer(
  "calls", 1, "Calls in a measurement: many hide what launching one costs.", lower_bound=1
)
_TORCH_COMPILE = flags.DEFINE_bool(
  "torch_compile", False, "Whether PyTorch's best form is measured compiled as well."
)

_OURS = [*losses.NAMES, "nfl(detach=True)", "nce + agce"]
_COPY, _OPTAX = "a copy of the logits", "optax, integer labels"
_MAE_STAR = losses.with_logit_bias(losses.mae, 4.84)


def _of_two_labels(logits, labels):
  """MAE* of a mixture, as of mixup: of each label and the one at the other end."""
  mixed = losses.LabelMixture(jnp.stack([labels, labels[::-1]], -1), jnp.array([0.7, 0.3]))
  return losses.with_soft_labels(_MAE_STAR)(logits, mixed)


def benchmark() -> page.Pages:
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
  functions: dict[str, Callable] = {name: losses.parse(name) for name in _OURS}
  functions |= {"mae, biased": _MAE_STAR, "mae, biased, two labels": _of_two_labels}
  measured: dict[str, dict[str, float]] = {}
  memory = {name: _memory(program, logits) for name, program in others.items()}
  for name, loss in functions.items():
    program = _compile(loss, inputs)
    memory[name] = _memory(program, logits)
    calls = {k: _jax_call(p, inputs) for k, p in {**others, name: program}.items()}
    if name in torch_calls:
      calls |= torch_calls[name](float(program(*inputs)[0]))
    runners = {k: timed(call, settled=True) for k, call in calls.items()}
    seconds = race(runners, _TURNS.value, uncounted=0)
    measured[name] = {k: of_calls / _CALLS.value for k, of_calls in seconds.items()}
    yield _page(measured, memory, logits.nbytes)


def _compile(loss, inputs):
  mean = jax.jit(jax.value_and_grad(lambda z, y: jnp.mean(loss(z, y))))
  return mean.lower(*inputs).compile()


def _memory(program, logits):
  return program.memory_analysis().temp_size_in_bytes / logits.nbytes


def _jax_call(program, inputs):
  return lambda: jax.block_until_ready([program(*inputs) for _ in range(_CALLS.value)])


def _torch_calls(logits, labels):
  """For each loss, what makes PyTorch's forms of it from the value that they must have."""
  # An optional extra: importing this file must not need it.
  import torch

  from experiments.benchmarks import torch_losses

  on = device.for_torch()
  z, y = torch.tensor(logits, device=on), torch.tensor(labels, device=on)

  def value(loss):
    result = loss(z.detach().requires_grad_(), y)
    result.backward()
    return result

  def call(loss):
    for _ in range(_CALLS.value):
      value(loss)
    if on == "cuda":
      torch.cuda.synchronize()

  def calls(name, expected):
    forms = {"usual": torch_losses.USUAL[name], "best": torch_losses.BEST[name]}
    if _TORCH_COMPILE.value:
      # Functions that share their code would count as recompilations of the same one.
      torch.compiler.reset()
      forms["compiled"] = torch.compile(torch_losses.BEST[name], dynamic=False)
    measurable = {}
    for form, loss in forms.items():
      try:
        theirs = value(loss).item()
      except RuntimeError as error:
        print(messages.one_line(f"PyTorch, {form}, fails on {name}: {error}")[:300])
        continue
      # Only what computes the same may be compared.
      np.testing.assert_allclose(theirs, expected, rtol=1e-3, err_msg=f"{form} {name}")
      measurable[f"PyTorch, {form}"] = functools.partial(call, loss)
    return measurable

  return {name: functools.partial(calls, name) for name in _OURS}


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
  description = f"""the mean over {_BATCH_SIZE.value} x {_NUM_CLASSES.value} float32 logits,
    and its gradient; optax is {optax.__version__}. The copy reads and writes
    {2 * num_bytes / shortest[_COPY] / 1e9:.0f} GB/s. A loss must read and write as much, so
    that its share of that bandwidth is one over the column '/ copy'. Copy and optax take
    turns with each loss anew, and its ratios are to these turns; their own rows are the
    shortest of all. Memory is what is held besides the logits and the gradient, in
    multiples of the logits."""
  if forms:
    import torch

    threads = (
      f" on {torch.get_num_threads()} threads" if device.for_torch() == "cpu" else ""
    )
    compiled = "; compiled is the best by torch.compile" if _TORCH_COMPILE.value else ""
    description += f""" The last columns are the time of PyTorch
      {torch.__version__}{threads}, divided by ours: in the form of published code, and in
      the best that we could write (experiments/benchmarks/torch_losses.py){compiled}."""
  return description, rows


if __name__ == "__main__":
  page.run(benchmark, "Value and gradient of every loss")

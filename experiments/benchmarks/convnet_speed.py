"""Training of convolutional networks on images as CIFAR's, beside PyTorch doing the same.

  python -m experiments.benchmarks.convnet_speed --out_dir=DIR
  python -m experiments.benchmarks.convnet_speed --models=cnn4 --batch_sizes=32 \
    --train_size=128 --matmul_size=256 --torch_forms=eager    # on a CPU

The whole loop counts: the order of the examples, crop and flip, the network, the loss, the
optimizer, and the metrics on the host. All take turns in one process, an epoch each, and
the shortest time of each counts. Utilisation is the arithmetic of the network, 6
operations for each multiplication of a forward pass, over what products of matrices reach
on the same device in the same dtype. Images are random: how fast they are does not depend
on what they show.
"""

import sys
from importlib import metadata

from absl import flags

from experiments.benchmarks import arithmetic, device, page, random_images
from experiments.benchmarks.race import epochs, race
from experiments.benchmarks.random_images import NUM_CLASSES, SHAPE
from noisy_jax.cli import messages

_MODELS = flags.DEFINE_list("models", ["cnn8", "resnet34"], "Networks.")
_BATCH_SIZES = flags.DEFINE_list("batch_sizes", ["128", "1024"], "Examples in a step.")
_COMPUTE_DTYPE = flags.DEFINE_enum(
  "compute_dtype", "bfloat16", ["bfloat16", "float32"], "What the networks compute in."
)
_TRAIN_SIZE = flags.DEFINE_integer("train_size", 50_000, "Images.", lower_bound=1)
_TURNS = flags.DEFINE_integer("turns", 4, "Epochs that each is timed.", lower_bound=1)
_MATMUL_SIZE = flags.DEFINE_integer(
  "matmul_size", 8192, "Rows and columns of the matrices.", lower_bound=1
)
_TORCH_FORMS = flags.DEFINE_list(
  "torch_forms",
  ["compiled", "step_graph"],
  "How PyTorch runs a step, the best counts: eager, compiled, step_graph.",
)

_OURS = "ours"


def benchmark() -> page.Pages:
  device.share_memory()
  torch_on = device.for_torch()
  with messages.ending_in_one_line(ValueError):
    settings = _COMPUTE_DTYPE.value, _TRAIN_SIZE.value, _TURNS.value
    setups = [
      random_images.setup(model, size, *settings)
      for model in _MODELS.value
      for size in page.counts("batch_sizes", _BATCH_SIZES.value)
    ]
    if not setups:
      raise ValueError("models, batch_sizes: must name at least one each")
    if torch_on is not None:
      # An optional extra: importing this file must not need it.
      from experiments.benchmarks import torch_training

      torch_training.check(_MODELS.value, _TORCH_FORMS.value, torch_on)
  peak = arithmetic.matmul_flops(
    _MATMUL_SIZE.value, _COMPUTE_DTYPE.value, _TURNS.value, torch_on
  )
  rows = [["network", "batch", "images/s", "utilisation"]]
  if torch_on is not None:
    rows[0] += ["PyTorch, images/s", "its form", "its utilisation", "ours / PyTorch"]
  for setup in setups:
    row = _row(setup, torch_on, peak)
    rows.append(row + [""] * (len(rows[0]) - len(row)))
    yield _description(peak, torch_on is not None), rows


def _row(setup, torch_on, peak):
  model, batch_size = setup.config.model, setup.config.batch_size
  racing = {_OURS: epochs(setup)}
  if torch_on is not None:
    racing |= _torch_epochs(setup, torch_on)
  images = len(setup.train_labels.noisy) // batch_size * batch_size
  rates = {name: images / x for name, x in race(racing, _TURNS.value).items()}
  flops = arithmetic.FLOPS_OF_TRAINING * arithmetic.multiply_adds(setup.model, SHAPE)
  ours = rates.pop(_OURS)
  row = [model, f"{batch_size}", f"{ours:,.0f}", f"{ours * flops / peak:.1%}"]
  if rates:
    form, theirs = max(rates.items(), key=lambda item: item[1])
    row += [f"{theirs:,.0f}", form, f"{theirs * flops / peak:.1%}", f"{ours / theirs:.2f}"]
  return row


def _torch_epochs(setup, torch_on):
  import torch

  from experiments.benchmarks import torch_training

  # Networks share their code, and would count as recompilations of the same one.
  torch.compiler.reset()
  running = {}
  for form in _TORCH_FORMS.value:
    epoch = torch_training.epochs(setup, torch_on, form)
    try:
      epoch()
    except RuntimeError as error:
      # One form may fail where the others do not.
      text = f"PyTorch, {form}, fails on {setup.config.model}: {error}"
      print(messages.one_line(text)[:300], file=sys.stderr)
      continue
    running[form] = epoch
  return running


def _description(peak, with_torch):
  text = f"""training in {_COMPUTE_DTYPE.value} on {_TRAIN_SIZE.value:,} random images of
    32 x 32 x 3 and {NUM_CLASSES} classes with crop, flip, GCE, a clipped gradient, SGD with
    momentum and weight decay, on one device. Products of two square matrices of
    {_MATMUL_SIZE.value} rows reach {peak / 1e12:.3g} TFLOP/s, of which utilisation is a
    share."""
  if with_torch:
    text += f""" PyTorch {metadata.version("torch")} does the same, data and augmentation on
      the device, in channels_last, under autocast for bfloat16, with fused SGD; its best
      form of {", ".join(_TORCH_FORMS.value)} (experiments/benchmarks/torch_training.py).
      Above 1, ours is faster."""
  return text


if __name__ == "__main__":
  page.run(benchmark, "Training speed of convolutional networks")

"""Training of an MLP on digits1000, in images per second, beside PyTorch doing the same.

  python -m experiments.benchmarks.training_speed
  python -m experiments.benchmarks.training_speed --out_dir=DIR

All take turns in one process, an epoch each, and the shortest time of each counts; only the
training steps are timed. PyTorch joins on CPU if it is installed
(`pip install -e '.[benchmarks]'`), with the data as one standardised tensor in memory, its
fused SGD, and the number of threads that is fastest: on cores that others use as well, one
thread can be far faster than two.
"""

import functools
import itertools
from importlib import metadata

import jax
from absl import flags

from experiments.benchmarks import device, page, race
from noisy_jax import data
from noisy_jax.training.batch import standardize

_WIDTHS = flags.DEFINE_list(
  "widths", ["64", "512", "1024"], "Units of both hidden layers, each."
)
_TRAIN_SIZE = flags.DEFINE_integer("train_size", 40_000, "Images.", lower_bound=128)
_TURNS = flags.DEFINE_integer("turns", 5, "Epochs that each is timed.", lower_bound=1)
_SEEDS = flags.DEFINE_integer("seeds", 5, "Networks in one program.", lower_bound=2)
_THREADS = flags.DEFINE_list("threads", ["1", "2"], "Threads of PyTorch, the best counts.")

_NUM_CLASSES = 1000
_ONE, _SEVERAL = "one network", "several networks"


def benchmark() -> page.Pages:
  widths = page.counts("widths", _WIDTHS.value)
  page.counts("threads", _THREADS.value)
  with_torch = device.for_torch() == "cpu"
  rows = [["hidden layers", "images/s", f"{_SEEDS.value} seeds, images/s", "time / one"]]
  rows[0] += ["PyTorch, images/s (threads)", "ours / PyTorch"] if with_torch else []
  dataset = data.digits(_NUM_CLASSES, train_size=_TRAIN_SIZE.value)
  for width in widths:
    settings = {"dataset": f"digits{_NUM_CLASSES}", "noise_rate": 0.4, "clip_norm": 0.0}
    setup = race.setup(dataset, _TURNS.value, widths=(width, width), **settings)
    racing = {_ONE: race.epochs(setup), _SEVERAL: race.epochs(setup, _SEEDS.value)}
    if with_torch:
      racing |= _torch_epochs(setup)
    seconds = race.race(racing, _TURNS.value)
    batch_size = setup.config.batch_size
    images = len(setup.train_labels.noisy) // batch_size * batch_size
    several = _SEEDS.value * images / seconds[_SEVERAL]
    row = [f"{width}, {width}", f"{images / seconds[_ONE]:,.0f}", f"{several:,.0f}"]
    row.append(f"{seconds[_SEVERAL] / seconds[_ONE]:.2f}")
    if with_torch:
      theirs, threads = min((seconds[threads], threads) for threads in _THREADS.value)
      row += [f"{images / theirs:,.0f} ({threads})", f"{theirs / seconds[_ONE]:.2f}"]
    rows.append(row)
    yield _description(setup.config, with_torch), rows


def _torch_epochs(setup) -> dict[str, race.Seconds]:
  # An optional extra: importing this file must not need it.
  import torch
  from torch import nn
  from torch.nn.functional import cross_entropy

  config, dataset = setup.config, setup.dataset
  statistics = data.channel_statistics(dataset.train_images)
  images = torch.tensor(jax.device_get(standardize(dataset.train_images, *statistics)))
  images = images.reshape(len(images), -1)
  labels = torch.tensor(setup.train_labels.noisy, dtype=torch.int64)
  sizes = [images.shape[1], *config.widths]
  hidden = [(nn.Linear(*pair), nn.ReLU()) for pair in itertools.pairwise(sizes)]
  layers = itertools.chain.from_iterable(hidden)
  model = nn.Sequential(*layers, nn.Linear(sizes[-1], dataset.num_classes))
  optimizer = torch.optim.SGD(
    model.parameters(),
    config.learning_rate,
    config.momentum,
    weight_decay=config.weight_decay,
    fused=True,
  )

  def epoch(threads):
    torch.set_num_threads(int(threads))
    for rows in torch.randperm(len(images)).split(config.batch_size):
      if len(rows) == config.batch_size:
        optimizer.zero_grad(set_to_none=True)
        cross_entropy(model(images[rows]), labels[rows]).backward()
        optimizer.step()

  return {n: race.timed(functools.partial(epoch, n)) for n in _THREADS.value}


def _description(config, with_torch):
  text = f"""an MLP with two hidden layers on {config.dataset}, {_TRAIN_SIZE.value:,} images
    in batches of {config.batch_size}, cross-entropy, SGD with momentum and weight decay, on
    one device. Images of {_SEEDS.value} seeds count once for each seed; 'time / one' is the
    time of {_SEEDS.value} networks in one program over that of one."""
  if with_torch:
    text += f""" PyTorch {metadata.version("torch")} does the same, on
      {" or ".join(_THREADS.value)} threads, whichever is faster: images standardised
      beforehand, in memory, no DataLoader, fused SGD. Ours standardises in each step, and
      counts the training accuracy too. Above 1, ours is faster."""
  return text


if __name__ == "__main__":
  page.run(benchmark, "Training speed")

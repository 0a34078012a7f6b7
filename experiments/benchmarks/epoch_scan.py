"""An epoch as one scan against one call per step, in images per second.

  python -m experiments.benchmarks.epoch_scan
  python -m experiments.benchmarks.epoch_scan --dataset=cifar10 --data_dir=DIR --width=1024

Both run the same steps on the same device; three rounds, interleaved, the best counts. This
is why `placement.steps_per_call` is what it is.
"""

import time

import jax
import numpy as np
import optax
from absl import flags, logging

from noisy_jax import data, losses, methods, models
from noisy_jax.cli import command_line, messages, path_flags
from noisy_jax.training import replicas, train_step
from noisy_jax.training.batch import Examples

_DATASET = flags.DEFINE_string("dataset", "digits1000", "Data set.")
_DATA_DIR = path_flags.define("data_dir", None, "Where TFDS finds prepared data sets.")
_WIDTH = flags.DEFINE_integer(
  "width", 512, "Units of both hidden layers, each.", lower_bound=1
)

_BATCH_SIZE = 128


def main(argv):
  messages.only_flags(argv)
  try:
    dataset = data.load(_DATASET.value, _DATA_DIR.value)
  except (ValueError, OSError) as error:
    messages.fail(error)
  devices = jax.local_devices()[:1]
  model = models.MLP(dataset.num_classes, (_WIDTH.value, _WIDTH.value))
  optimizer = optax.sgd(0.1, momentum=0.9)
  params = model.init(jax.random.key(0), np.float32(dataset.train_images[:1]))["params"]
  statistics = data.channel_statistics(dataset.train_images)
  examples = Examples(dataset.train_images, dataset.train_labels, *statistics)
  examples = replicas.stack(examples, devices)
  epoch = replicas.pmap(
    train_step.train_steps,
    devices,
    donate=(0,),
    model=model,
    method_at=lambda _: methods.plain(losses.cross_entropy),
    optimizer=optimizer,
  )

  steps = len(dataset.train_labels) // _BATCH_SIZE
  indices = np.random.default_rng(0).permutation(steps * _BATCH_SIZE).astype(np.int32)
  rows = indices.reshape(1, steps, _BATCH_SIZE)
  calls = {"a scan": [rows], "a call per step": np.split(rows, steps, axis=1)}
  seconds: dict[str, list[float]] = {name: [] for name in calls}
  for _ in range(4):
    for name, parts in calls.items():
      state = replicas.stack(train_step.State(params, {}, optimizer.init(params)), devices)
      start = time.perf_counter()
      for part in parts:
        state, totals = epoch(state, examples, part)
      jax.block_until_ready((state, totals))
      seconds[name].append(time.perf_counter() - start)

  # The first round compiles.
  rates = {name: indices.size / min(times[1:]) for name, times in seconds.items()}
  for name, rate in rates.items():
    print(f"{name:16} {rate:10,.0f} images/s")
  print(f"ratio {rates['a scan'] / rates['a call per step']:.2f}")


if __name__ == "__main__":
  # At level INFO, JAX tells which accelerators it did not find.
  logging.set_verbosity(logging.WARNING)
  command_line.run(main)

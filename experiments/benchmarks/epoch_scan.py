"""An epoch as one scan against one call per step, in images per second.

  python -m experiments.benchmarks.epoch_scan
  python -m experiments.benchmarks.epoch_scan --dataset=cifar10 --data_dir=DIR --width=1024

Both run the same steps on the same device; three rounds, interleaved, the best counts. This
is why `placement.steps_per_call` is what it is.
"""

import jax
import numpy as np
import optax
from absl import flags

from experiments.benchmarks import page
from experiments.benchmarks.race import race, timed
from noisy_jax import data, losses, methods, models
from noisy_jax.cli import messages, path_flags
from noisy_jax.training import replicas, train_step
from noisy_jax.training.batch import Examples

_DATASET = flags.DEFINE_string("dataset", "digits1000", "Data set.")
_DATA_DIR = path_flags.define("data_dir", None, "Where TFDS finds prepared data sets.")
_WIDTH = flags.DEFINE_integer(
  "width", 512, "Units of both hidden layers, each.", lower_bound=1
)

_BATCH_SIZE = 128


def benchmark() -> page.Pages:
  with messages.ending_in_one_line(ValueError, OSError):
    dataset = data.load(_DATASET.value, _DATA_DIR.value)
  devices = jax.local_devices()[:1]
  model = models.MLP(dataset.num_classes, (_WIDTH.value, _WIDTH.value))
  optimizer = optax.sgd(0.1, momentum=0.9)
  params = model.init(jax.random.key(0), np.float32(dataset.train_images[:1]))["params"]
  statistics = data.channel_statistics(dataset.train_images)
  examples = Examples(dataset.train_images, dataset.train_labels, *statistics)
  examples = replicas.stack(examples, devices)
  train_steps = replicas.pmap(
    train_step.train_steps,
    devices,
    donate=(0,),
    model=model,
    method_at=lambda _: methods.plain(losses.cross_entropy),
    optimizer=optimizer,
  )

  def epochs(parts):
    state = replicas.stack(train_step.State(params, {}, optimizer.init(params)), devices)

    def epoch():
      nonlocal state
      for part in parts:
        state, totals = train_steps(state, examples, part)
      jax.block_until_ready((state, totals))

    return timed(epoch)

  steps = len(dataset.train_labels) // _BATCH_SIZE
  indices = np.random.default_rng(0).permutation(steps * _BATCH_SIZE).astype(np.int32)
  indices = indices.reshape(1, steps, _BATCH_SIZE)
  parts = {"a scan": [indices], "a call per step": np.split(indices, steps, axis=1)}
  seconds = race({name: epochs(of_name) for name, of_name in parts.items()}, turns=3)
  rows = [[name, f"{indices.size / x:,.0f}"] for name, x in seconds.items()]
  ratio = seconds["a call per step"] / seconds["a scan"]
  yield f"a scan is {ratio:.2f} times as fast.", [["an epoch as", "images/s"], *rows]


if __name__ == "__main__":
  page.run(benchmark, "An epoch as one scan")

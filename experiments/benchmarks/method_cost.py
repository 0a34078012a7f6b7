"""What a method adds to a step of plain training: time, and memory for each example.

  python -m experiments.benchmarks.method_cost
  python -m experiments.benchmarks.method_cost --num_classes=1000 --out_dir=DIR

An MLP is trained on digits by each method with its defaults. All take turns in one process,
an epoch each, and the shortest time of each counts; only the training steps are timed.
"""

import jax
from absl import flags

from experiments.benchmarks import page, race
from noisy_jax import data, methods
from noisy_jax.cli import messages

_NUM_CLASSES = flags.DEFINE_integer("num_classes", 100, "From 2 to 1000.", 2, 1000)
_WIDTH = flags.DEFINE_integer("width", 512, "Units of both hidden layers.", lower_bound=1)
_TRAIN_SIZE = flags.DEFINE_integer("train_size", 20_000, "Images.", lower_bound=1)
_TURNS = flags.DEFINE_integer("turns", 5, "Epochs that each is timed.", lower_bound=1)
_METHODS = flags.DEFINE_list(
  "methods",
  [*methods.NAMES, "meta(first_order=True)"],
  "Methods, with keywords in brackets; one keyword each, as commas part methods.",
)

# What meta learns is its q; the others have it around them.
_LOSS = "gce"


def benchmark() -> page.Pages:
  names = [methods.NONE, *(name for name in _METHODS.value if name != methods.NONE)]
  with messages.ending_in_one_line(ValueError):
    dataset = data.digits(_NUM_CLASSES.value, train_size=_TRAIN_SIZE.value)
    settings = {"dataset": f"digits{_NUM_CLASSES.value}", "noise_rate": 0.4, "loss": _LOSS}
    settings["widths"] = (_WIDTH.value, _WIDTH.value)
    setups = {n: race.setup(dataset, _TURNS.value, method=n, **settings) for n in names}
  racing = {name: race.epochs(setup) for name, setup in setups.items()}
  seconds = race.race(racing, _TURNS.value)
  # A method may take examples out of training: steps are fewer, not dearer.
  of_step = {name: seconds[name] / _num_steps(setup) for name, setup in setups.items()}
  rows = [["method", "ms a step", "/ none", "bytes an example"]]
  for name, setup in setups.items():
    cost = of_step[name] / of_step[methods.NONE]
    row = [f"`{name}`", f"{1000 * of_step[name]:.3g}", f"{cost:.2f}"]
    rows.append([*row, f"{_bytes_of_example(setup):,}"])
  description = f"""training of an MLP with two hidden layers by `{_LOSS}` on
    digits{_NUM_CLASSES.value}, in batches of {setup.config.batch_size}, on one device.
    Bytes are those of the state that a method keeps of each training example, on each
    device and in checkpoints."""
  yield description, rows


def _num_steps(setup):
  return len(setup.train_labels.noisy) // setup.config.batch_size


def _bytes_of_example(setup):
  labels, num_classes = setup.train_labels.noisy, setup.dataset.num_classes
  state = jax.eval_shape(lambda: setup.method.init(labels, num_classes))
  total = sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(state.examples))
  return total // len(labels)


if __name__ == "__main__":
  page.run(benchmark, "Cost of methods")

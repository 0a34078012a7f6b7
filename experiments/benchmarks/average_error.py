"""What an average error curve costs: one pass for the whole grid, or one for each point.

  python -m experiments.benchmarks.average_error
  python -m experiments.benchmarks.average_error --losses=all --classes=1000,1000000 \
    --reference=false --out_dir=DIR

For each loss and number of classes K: seconds for a curve of 121 points after compilation,
the shortest of three, and the largest standard error as a share of the curve's peak. "One
pass" is what `average_error` does for most losses; "by gradients", a pass for each point,
is what it does for the others, and the reference for all.
"""

import resource
import sys

import jax
import numpy as np
from absl import flags

from experiments.benchmarks import page
from experiments.benchmarks.race import race, timed
from noisy_jax import analysis, losses
from noisy_jax.analysis import initial_error, reduction, samples
from noisy_jax.cli import messages

_LOSSES = flags.DEFINE_list(
  "losses",
  ["mae", "nce + agce", "nfl", "bi_tempered"],
  "Losses, as train's --loss, or all: every loss by itself.",
)
_CLASSES = flags.DEFINE_list("classes", ["100", "1000", "10000", "100000"], "Values of K.")
_REFERENCE = flags.DEFINE_bool(
  "reference", True, "Whether losses that need one pass are measured by gradients as well."
)

_POINTS = 121
_ONE_PASS, _BY_GRADIENTS = "one pass (s)", "by gradients (s)"
_SEED = 0


def benchmark() -> page.Pages:
  names = list(losses.NAMES) if _LOSSES.value == ["all"] else _LOSSES.value
  with messages.ending_in_one_line(ValueError):
    parsed = {text: _loss(text) for text in names}
  classes = page.counts("classes", _CLASSES.value, least=2)
  rows = [["loss", "K", _ONE_PASS, _BY_GRADIENTS, "standard error / peak"]]
  for text, loss in parsed.items():
    for num_classes in classes:
      rows.append(_row(text, loss, num_classes))
      yield _description(), rows
  few, many = (timed(_fast(losses.mae, 1000, n)) for n in (_POINTS, 10 * _POINTS))
  seconds = race({"few": few, "many": many}, 3)
  ratio = f"{seconds['many'] / seconds['few']:.1f} times as long"
  yield f"{_description()} Ten times the points take mae at K = 1000 {ratio}.", rows


def _description():
  if (statistics := jax.devices()[0].memory_stats()) is None:
    # In kilobytes on Linux, in bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    memory = "the process"
  else:
    peak, memory = statistics["peak_bytes_in_use"], "the device"
  return f"""seconds for an average error curve of {_POINTS} points. Peak memory of
    {memory}: {peak / 1e9:.2f} GB."""


def _loss(text):
  loss = losses.parse(text)
  if loss.is_open:
    raise ValueError(f"losses: {text}, must have numbers in place of {losses.AUTO}")
  return loss


def _row(text, loss, num_classes):
  calls = {}
  if reduction.is_reducible(loss):
    calls[_ONE_PASS] = _fast(loss, num_classes, _POINTS)
  if not calls or _REFERENCE.value:
    calls[_BY_GRADIENTS] = _slow(loss, num_classes)
  error, *_ = [call() for call in calls.values()]  # compiles
  share = np.max(error.standard_error) / np.abs(error.mean).max()
  seconds = race({name: timed(call) for name, call in calls.items()}, 3, uncounted=0)
  cells = (f"{seconds[n]:.3f}" if n in seconds else "" for n in (_ONE_PASS, _BY_GRADIENTS))
  return [text, f"{num_classes:,}", *cells, f"{share:.1e}"]


def _grid(num_classes, points):
  return np.linspace(-4, np.log(num_classes) + 8, points, dtype=np.float32)


def _fast(loss, num_classes, points):
  z, key = _grid(num_classes, points), jax.random.key(_SEED)
  return lambda: jax.block_until_ready(
    analysis.average_error(loss, num_classes, z, key=key)
  )


def _slow(loss, num_classes):
  by_gradients = jax.jit(initial_error.by_gradients, static_argnums=0)
  draws = samples.default_draws(num_classes)
  z, key = _grid(num_classes, _POINTS), jax.random.key(_SEED)
  return lambda: jax.block_until_ready(
    by_gradients(loss, z, samples.draw(num_classes, key, 1.0, draws))
  )


if __name__ == "__main__":
  page.run(benchmark, "Average error curves")

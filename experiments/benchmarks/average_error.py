"""What an average error curve costs: one pass for the whole grid, or one for each point.

  python -m experiments.benchmarks.average_error

For each loss and number of classes K: seconds for a curve of 121 points after compilation,
the shortest of three, and the largest standard error as a share of the curve's peak. "One
pass" is what `average_error` does for the loss; "by gradients" is the reference, a pass for
each point. Peak memory is that of the process.
"""

import resource
import sys
import time

import jax
import numpy as np
from absl import app, flags, logging

from experiments import messages
from noisy_jax import analysis, losses
from noisy_jax.analysis import initial_error, reduction

_LOSSES = flags.DEFINE_list(
  "losses", ["mae", "nce + agce", "nfl", "bi_tempered"], "Losses, as train's --loss."
)
_CLASSES = flags.DEFINE_list("classes", ["100", "1000", "10000", "100000"], "Values of K.")

_POINTS = 121
_KEY = jax.random.key(0)


def main(argv):
  messages.only_flags(argv)
  try:
    parsed = {text: _loss(text) for text in _LOSSES.value}
    classes = [_count(text) for text in _CLASSES.value]
  except ValueError as error:
    messages.fail(error)
  print(f"{'loss':12} {'K':>7}  one pass (s)  by gradients (s)  standard error / peak")
  for text, loss in parsed.items():
    for num_classes in classes:
      print(_row(text, loss, num_classes), flush=True)
  mae = losses.parse("mae")
  few, many = (_seconds(_fast(mae, 1000, points))[0] for points in (_POINTS, 10 * _POINTS))
  print(f"mae, K = 1000: ten times the points take {many / few:.1f} times as long")
  # In kilobytes on Linux, in bytes on macOS.
  unit = 1 if sys.platform == "darwin" else 1024
  peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
  print(f"peak memory of the process: {peak / 1e9:.2f} GB")


def _loss(text):
  loss = losses.parse(text)
  if loss.is_open:
    raise ValueError(f"losses: {text}, must have numbers in place of {losses.AUTO}")
  return loss


def _count(text):
  if not (text.isdecimal() and 2 <= int(text[:10]) < 10**9):
    raise ValueError(f"classes: {text!r}, must be integers from 2 up")
  return int(text)


def _row(text, loss, num_classes):
  one_pass, error = "", None
  if reduction.is_reducible(loss):
    seconds, error = _seconds(_fast(loss, num_classes, _POINTS))
    one_pass = f"{seconds:.3f}"
  seconds, reference = _seconds(_slow(loss, num_classes))
  error = error or reference
  share = np.max(error.standard_error) / np.abs(error.mean).max()
  return f"{text:12} {num_classes:7,}  {one_pass:>12}  {seconds:16.2f}  {share:.1e}"


def _grid(num_classes, points):
  return np.linspace(-4, np.log(num_classes) + 8, points, dtype=np.float32)


def _fast(loss, num_classes, points):
  z = _grid(num_classes, points)
  return lambda: analysis.average_error(loss, num_classes, z, key=_KEY)


def _slow(loss, num_classes):
  by_gradients = jax.jit(initial_error.by_gradients, static_argnums=0)
  draws = initial_error.default_draws(num_classes)
  z = _grid(num_classes, _POINTS)
  return lambda: by_gradients(loss, z, initial_error.draw(num_classes, _KEY, 1.0, draws))


def _seconds(call):
  shortest = float("inf")
  for _ in range(4):  # the first compiles
    start = time.perf_counter()
    result = jax.block_until_ready(call())
    seconds = time.perf_counter() - start
    shortest = min(shortest, seconds)
  return shortest, result


if __name__ == "__main__":
  # At level INFO, JAX tells which accelerators it did not find.
  logging.set_verbosity(logging.WARNING)
  app.run(main)

"""Races: what takes turns in one process, and the shortest time of each counts."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import jax

from noisy_jax import data, runs, training

Seconds = Callable[[], float]


def setup(dataset: data.Dataset, turns: int, /, **settings: Any) -> training.Setup:
  """A training on one device, with an epoch to compile and one for each turn of a race."""
  config = training.TrainConfig(epochs=1 + turns, schedule="constant", **settings)
  return runs.prepare(config, dataset=dataset, devices=jax.local_devices()[:1])


def epochs(setup: training.Setup, num_seeds: int = 1) -> Seconds:
  """Epochs of the training loop itself.

  Args:
    setup: from `setup`, with as many epochs as will be asked for.
    num_seeds: how many networks are trained at once.

  Returns:
    A function that trains an epoch and gives the seconds of its training part, from the
    order of the examples to the metrics on the host; the first time it also compiles.
  """
  moments = training.train(setup, seeds=range(num_seeds))

  def epoch():
    while not (moment := next(moments)).results:
      pass
    steps = moment.indices.shape[1]
    return steps * setup.config.batch_size / moment.results[0].images_per_second

  return epoch


def timed(
  call: Callable[[], object],
  *,
  settled: bool = False,
  clock: Seconds = time.perf_counter,
) -> Seconds:
  """The seconds of a call; settled, of the second of two, as others leave work running."""

  def seconds():
    if settled:
      call()
    start = clock()
    call()
    return clock() - start

  return seconds


def race(
  runners: Mapping[str, Seconds], turns: int, *, uncounted: int = 1
) -> dict[str, float]:
  """The shortest time of each runner, in seconds.

  Args:
    runners: by name.
    turns: how many are counted.
    uncounted: how many come before these: the first turn of a runner may compile.

  Returns:
    Seconds by name.
  """
  shortest = dict.fromkeys(runners, float("inf"))
  for turn in range(uncounted + turns):
    for name, seconds in runners.items():
      measured = seconds()
      if turn >= uncounted:
        shortest[name] = min(shortest[name], measured)
  return shortest

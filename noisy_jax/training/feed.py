"""Where the examples of each call to the devices come from."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import jax
import numpy as np

from noisy_jax import data
from noisy_jax.training import replicas, step
from noisy_jax.training.task import Task

# Examples stacked on the devices, and which of them each step takes:
# int32[devices, ..., steps, n], where -1 fills up.
Call = tuple[step.Examples, np.ndarray]


class Feed(NamedTuple):
  """The calls that go through the examples of a task.

  Attributes:
    train: gives those of an epoch on noisy labels, from the epoch, the indices of its
      examples, int32[seeds, steps, batch], and how many steps to pass over.
    train_in_order: gives those of all training examples, once and as they are.
    test: likewise of all test examples, with clean labels.
  """

  train: Callable[[int, np.ndarray, int], Iterator[Call]]
  train_in_order: Callable[[], Iterator[Call]]
  test: Callable[[], Iterator[Call]]


def of_task(task: Task) -> Feed:
  """The feed of a task.

  Args:
    task: from `prepare`.

  Returns:
    `Feed`.
  """
  dataset, noisy = task.dataset, task.train_labels.noisy
  train_set, test_set = (
    replicas.stack(step.Examples(images, labels, task.mean, task.std), task.devices)
    for images, labels in (
      (dataset.train_images, noisy),
      (dataset.test_images, dataset.test_labels),
    )
  )

  def calls(examples, rows):
    return held(examples, rows, task.steps_per_call, task.devices)

  def train(epoch, indices, steps_done):
    del epoch
    rows = indices[:, steps_done:]
    return calls(train_set, rows if len(rows) > 1 else rows[0])

  def in_order(examples, size):
    return calls(examples, data.all_rows(size, task.config.batch_size))

  return Feed(
    train,
    lambda: in_order(train_set, len(noisy)),
    lambda: in_order(test_set, len(dataset.test_labels)),
  )


def held(
  examples: step.Examples,
  rows: np.ndarray,
  steps_per_call: int,
  devices: Sequence[jax.Device],
) -> Iterator[Call]:
  """The calls to devices that hold all examples.

  Args:
    examples: stacked on the devices.
    rows: indices of the examples of each step, int32[..., steps, batch].
    steps_per_call: how many steps a call has at most.
    devices: the devices of this process.

  Yields:
    The same examples each time, with this process's part of the rows.
  """
  for start in range(0, rows.shape[-2], steps_per_call):
    part = rows[..., start : start + steps_per_call, :]
    yield examples, replicas.split(part, devices)

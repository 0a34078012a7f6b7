"""Where the examples of each call to the devices come from.

A set in memory is on the devices, and a call tells which examples its steps take. Of a
streamed set each call brings a batch along: one step, while the next batch is on its way.
"""

import collections
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
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
    extra_test: likewise of the further images to measure on; None without any.
  """

  train: Callable[[int, np.ndarray, int], Iterator[Call]]
  train_in_order: Callable[[], Iterator[Call]]
  test: Callable[[], Iterator[Call]]
  extra_test: Callable[[], Iterator[Call]] | None = None


def of_task(task: Task, seeds: Sequence[int]) -> Feed:
  """The feed of a task.

  Args:
    task: from `prepare`.
    seeds: of the networks that are trained.

  Returns:
    `Feed`.

  Raises:
    ValueError: if a set is to be streamed to several networks, whose orders differ.
  """
  if isinstance(task.dataset, data.Dataset):
    return _held(task, task.dataset)
  check_seeds(task, len(seeds))
  return _streamed(task, task.dataset, seeds[0])


def check_seeds(task: Task, num_seeds: int) -> None:
  """Refuses to stream to several networks.

  Args:
    task: from `prepare`.
    num_seeds: how many networks are to be trained.

  Raises:
    ValueError: if there are several and the set is streamed.
  """
  if num_seeds > 1 and not isinstance(task.dataset, data.Dataset):
    raise ValueError(
      f"seeds: {num_seeds}, must be 1 with {task.config.dataset}, which is streamed (see "
      "max_memory_gb): each seed has an order of its own"
    )


def _held(task, dataset):
  noisy, batch_size = task.train_labels.noisy, task.config.batch_size
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

  return Feed(
    train,
    lambda: calls(train_set, data.all_rows(len(noisy), batch_size)),
    lambda: calls(test_set, data.all_rows(len(dataset.test_labels), batch_size)),
  )


def _streamed(task, dataset, seed):
  noisy, batch_size = task.train_labels.noisy, task.config.batch_size

  def calls(batches, labels):
    return streamed(batches, labels, task.mean, task.std, task.devices)

  def train(epoch, indices, steps_done):
    del indices  # seed and epoch decide them
    batches = dataset.train.train_batches(
      batch_size, seed=seed, epoch=epoch, start=steps_done, **_share()
    )
    return calls(batches, noisy)

  def in_order(stream, labels):
    return calls(stream.test_batches(batch_size, **_share()), labels)

  extra = task.extra_test
  return Feed(
    train,
    lambda: in_order(dataset.train, noisy),
    lambda: in_order(dataset.test, dataset.test_labels),
    None if extra is None else lambda: in_order(extra, extra.labels),
  )


def _share():
  return {"process_index": jax.process_index(), "process_count": jax.process_count()}


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


def streamed(
  batches: Iterable[data.Batch],
  labels: np.ndarray,
  mean: np.ndarray,
  std: np.ndarray,
  devices: Sequence[jax.Device],
) -> Iterator[Call]:
  """The calls to devices that get a batch for each step.

  Args:
    batches: of this process, each of the same multiple of the number of devices.
    labels: of all examples, int32[n], for the indices of the batches.
    mean: of each channel, float32[channels].
    std: likewise.
    devices: the devices of this process.

  Yields:
    The examples of a batch, split between the devices, and their places there.
  """
  mean, std = replicas.stack((mean, std), devices)

  def call(batch):
    images, chosen, indices = (
      leaf.reshape(len(devices), -1, *leaf.shape[1:])
      for leaf in (batch.images, labels[batch.indices], batch.indices)
    )
    images, chosen = replicas.put((images, chosen), devices)
    places = np.arange(indices.shape[1], dtype=np.int32)
    rows = np.where(indices >= 0, places[None], np.int32(-1))
    return step.Examples(images, chosen, mean, std), rows[:, None]

  return _one_ahead(map(call, batches))


def _one_ahead(items):
  """The items, each after the one that follows it has been made."""
  items = iter(items)
  made = collections.deque(itertools.islice(items, 1))
  for item in items:
    made.append(item)
    yield made.popleft()
  yield from made

"""The examples of each call to the devices.

A set in memory is copied to the devices, and a call holds the indices of its steps. For a
streamed set only the labels are copied. Each call brings the images of one step and their
indices in the set, while the images of the next are on their way; for training, the device
changes their colours first.
"""

import collections
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from noisy_jax import data
from noisy_jax.training import replicas
from noisy_jax.training.batch import Examples
from noisy_jax.training.setup import Setup

# Examples stacked on the devices, and which of them each step takes, where -1 fills up:
# int32[devices, steps, n], and for training int32[devices, seeds, steps, n].
Call = tuple[Examples, np.ndarray]

# Limits on cutting an epoch into calls: shorter calls would cost more than a scan saves.
_MOST_CALLS, _FEWEST_STEPS = 16, 32


class Feed(NamedTuple):
  """The calls that go through the examples of a setup.

  Attributes:
    train: the calls of an epoch of training on noisy labels. It takes the epoch, the
      indices of its examples, int32[seeds, steps, batch], and the number of steps to skip.
    train_in_order: the calls through all training examples once, without augmentation.
    test: the calls through all test examples, with clean labels.
    extra_test: the calls through the second test set; None without one.
    validation: the calls through the validation split; None without one.
  """

  train: Callable[[int, np.ndarray, int], Iterator[Call]]
  train_in_order: Callable[[], Iterator[Call]]
  test: Callable[[], Iterator[Call]]
  extra_test: Callable[[], Iterator[Call]] | None = None
  validation: Callable[[], Iterator[Call]] | None = None


def of_setup(setup: Setup, seeds: Sequence[int]) -> Feed:
  """The feed of a setup.

  Args:
    setup: the run.
    seeds: seeds of the networks that are trained.

  Returns:
    `Feed`.

  Raises:
    ValueError: as `check_seeds`.
  """
  check_seeds(setup, len(seeds))
  dataset = setup.dataset
  if dataset.is_streamed:
    return _streamed(setup, dataset, seeds[0])
  return _in_memory(setup, dataset)


def check_seeds(setup: Setup, num_seeds: int) -> None:
  """Refuses to stream to several networks, whose orders of examples differ.

  Args:
    setup: the run.
    num_seeds: number of networks to train.

  Raises:
    ValueError: if there are several and the set is streamed.
  """
  if num_seeds > 1 and setup.dataset.is_streamed:
    raise ValueError(
      f"seeds: {num_seeds}, must be 1 with {setup.config.dataset}, which is streamed (see "
      "max_memory_gb): each seed has an order of its own"
    )


def _in_memory(setup, dataset):
  noisy, batch_size = setup.train_labels.noisy, setup.config.batch_size

  def on_devices(images, labels, *more):
    examples = Examples(images, labels, setup.mean, setup.std, *more)
    return replicas.stack(examples, setup.devices)

  votes = setup.train_labels.votes
  train_set = on_devices(dataset.train_images, noisy, setup.clean, setup.weights, votes)
  test_set = on_devices(dataset.test_images, dataset.test_labels)

  def calls(examples, rows, steps=setup.steps_per_call):
    return held(examples, rows, steps, setup.devices)

  def train(epoch, indices, steps_done):
    del epoch
    rows = indices[:, steps_done:]
    steps = steps_of_call(indices.shape[1], setup.steps_per_call)
    return calls(train_set, rows, steps)

  def in_order(examples, size):
    return lambda: calls(examples, data.all_rows(size, batch_size))

  held_out = setup.validation
  return Feed(
    train,
    in_order(train_set, len(noisy)),
    in_order(test_set, len(dataset.test_labels)),
    validation=held_out and in_order(on_devices(*held_out), len(held_out.labels)),
  )


def steps_of_call(steps_of_epoch: int, most: int) -> int:
  """The number of steps of an epoch that one call takes.

  Between two calls the progress bar moves, and training can be stopped. So an epoch that
  would fit in one call is cut into equal calls, which share one program.

  Args:
    steps_of_epoch: number of steps of an epoch.
    most: largest number of steps of a call.

  Returns:
    A number up to `most`.
  """
  if steps_of_epoch > most:
    return most
  counts = range(1, min(_MOST_CALLS, steps_of_epoch // _FEWEST_STEPS) + 1)
  return steps_of_epoch // max((n for n in counts if steps_of_epoch % n == 0), default=1)


def _streamed(setup, dataset, seed):
  batch_size = setup.config.batch_size

  def calls_with(labels, weights=None):
    return streamed(labels, setup.mean, setup.std, setup.devices, weights)

  train_calls = calls_with(setup.train_labels.noisy, setup.weights)

  def train(epoch, indices, steps_done):
    del indices  # seed and epoch decide them
    batches = dataset.train.train_batches(
      batch_size, seed=seed, epoch=epoch, start=steps_done, **_share()
    )
    for examples, rows in train_calls(batches, data.epoch_key(seed, epoch)):
      yield examples, rows[:, None]

  def in_order(stream, calls):
    return lambda: calls(stream.test_batches(batch_size, **_share()))

  extra, held_out = setup.extra_test, setup.validation
  return Feed(
    train,
    in_order(dataset.train, train_calls),
    in_order(dataset.test, calls_with(dataset.test_labels)),
    None if extra is None else in_order(extra, calls_with(extra.labels)),
    held_out and in_order(held_out.images, calls_with(held_out.labels)),
  )


def _share():
  return {"process_index": jax.process_index(), "process_count": jax.process_count()}


def held(
  examples: Examples,
  rows: np.ndarray,
  steps_per_call: int,
  devices: Sequence[jax.Device],
) -> Iterator[Call]:
  """The calls to devices that hold all examples.

  Args:
    examples: stacked on the devices.
    rows: indices of the examples of each step, int32[..., steps, batch].
    steps_per_call: largest number of steps of a call.
    devices: the devices of this process.

  Yields:
    The same examples each time, with this process's part of the rows.
  """
  for start in range(0, rows.shape[-2], steps_per_call):
    part = rows[..., start : start + steps_per_call, :]
    yield examples, replicas.split(part, devices)


def streamed(
  labels: np.ndarray,
  mean: np.ndarray,
  std: np.ndarray,
  devices: Sequence[jax.Device],
  weights: np.ndarray | None = None,
) -> Callable[..., Iterator[Call]]:
  """The calls to devices that have the labels, and get the images of each step.

  Args:
    labels: labels of all examples, int32[n].
    mean: mean of each channel, float32[channels].
    std: standard deviation of each channel, float32[channels].
    devices: the devices of this process.
    weights: weights of all examples, float32[n]; None where all are 1.

  Returns:
    A function (batches, key) that yields the examples of each batch, split between the
    devices, and their places there. The batches are this process's, all of one size, a
    multiple of the number of devices. The key is the epoch's, for training: the colours of
    an image change by this key and the image's index. Without a key they do not change.
  """
  given, mean, std = replicas.stack(((labels, weights), mean, std), devices)
  on_devices = replicas.pmap(_on_device, devices)

  def put(batch):
    images, indices = (leaf.reshape(len(devices), -1, *leaf.shape[1:]) for leaf in batch)
    places = np.arange(indices.shape[1], dtype=np.int32)
    rows = np.where(indices >= 0, places[None], np.int32(-1))
    return replicas.put((images, indices), devices), rows[:, None]

  def calls(batches: Iterable[data.Batch], key: jax.Array | None = None) -> Iterator[Call]:
    keys = None if key is None else jnp.stack([key] * len(devices))
    # A device works in the order of the calls: changing colours as soon as images are put
    # would make the step before wait for them.
    for (images, indices), rows in _one_ahead(map(put, batches)):
      images, (labels, weights) = on_devices(images, indices, given, keys)
      yield Examples(images, labels, mean, std, weights=weights, set_indices=indices), rows

  return calls


def _on_device(images, indices, given, key, *, axis_name):
  """The images of a step, recoloured if there is a key, their labels and weights."""
  del axis_name
  if key is not None:
    images = data.color_jitter(data.example_keys(key, indices), images)
  return images, jax.tree.map(lambda leaf: leaf[indices], given)


def _one_ahead(items):
  """Yields each item after its successor has been made."""
  items = iter(items)
  made = collections.deque(itertools.islice(items, 1))
  for item in items:
    made.append(item)
    yield made.popleft()
  yield from made

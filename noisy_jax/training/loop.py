"""The training loop: epochs over a task, one row of results each."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from noisy_jax import data
from noisy_jax.training import replicas, step
from noisy_jax.training.optimizer import clipped_sgd
from noisy_jax.training.task import Task

# Folded into the key of the seed, this makes a stream apart from the initialisation and the
# label noise. Small numbers would not do: fold_in(key, i) is split(key, n)[i].
_AUGMENTATION = 0x61756721


class Epoch(NamedTuple):
  """The results of one epoch.

  Attributes:
    epoch: counted from 1.
    loss: mean over the epoch's batches, as they were seen, on the noisy labels.
    train_accuracy: likewise, in [0, 1].
    test_loss: the same loss after the epoch, mean over all clean test examples.
    test_accuracy: after the epoch, on all clean test examples, in [0, 1].
    seconds: wall-clock time of the epoch, evaluation included.
    images_per_second: training examples over the time of the training part, which in the
      first epoch includes compilation.
  """

  epoch: int
  loss: float
  train_accuracy: float
  test_loss: float
  test_accuracy: float
  seconds: float
  images_per_second: float


def train(task: Task) -> Iterator[tuple[Epoch, Any]]:
  """Trains, yielding after each epoch its results and the parameters.

  Args:
    task: from `prepare`.

  Yields:
    (`Epoch`, parameters as a tree of stacked device arrays; `replicas.unstack` fetches
    them, before the next epoch takes over their memory).

  Raises:
    FloatingPointError: when the loss is no longer finite.
  """
  config, devices = task.config, task.devices
  train_size = len(task.train_labels.noisy)
  steps = train_size // config.batch_size
  optimizer = clipped_sgd(
    config.learning_rate,
    config.epochs * steps,
    momentum=config.momentum,
    clip_norm=config.clip_norm,
    weight_decay=config.weight_decay,
  )
  apply, loss = task.model.apply, task.loss
  augmentation = data.parse_augmentation(config.augmentation)
  augment = augmentation if augmentation.names else None
  train_epoch = replicas.pmap(
    step.train_epoch,
    devices,
    donate=(0,),
    apply=apply,
    loss=loss,
    optimizer=optimizer,
    augment=augment,
  )
  evaluate = replicas.pmap(step.evaluate, devices, apply=apply, loss=loss)

  train_set, test_set = (replicas.stack(part, devices) for part in _examples(task))
  test_indices = _cover(len(task.dataset.test_labels), config.batch_size)
  test_indices = replicas.split(test_indices, devices)
  params = initial_params(task)
  state = replicas.stack(step.State(params, optimizer.init(params)), devices)

  for epoch in range(1, config.epochs + 1):
    start = time.perf_counter()
    # From seed and epoch alone: any epoch can be repeated without those before it.
    order = np.random.default_rng((config.seed, epoch)).permutation(train_size)
    indices = order[: steps * config.batch_size].reshape(steps, config.batch_size)
    indices = replicas.split(indices.astype(np.int32), devices)
    keys = _augmentation_keys(config.seed, epoch, devices) if augment else None
    state, train_totals = train_epoch(state, train_set, indices, keys)
    # Also waits: with several CPU devices, two programs in flight can lock each other out.
    train_totals = replicas.unstack(train_totals)
    trained = time.perf_counter()
    test_totals = replicas.unstack(evaluate(state.params, test_set, test_indices))
    train_loss, train_accuracy = _averages(train_totals)
    test_loss, test_accuracy = _averages(test_totals)
    result = Epoch(
      epoch=epoch,
      loss=train_loss,
      train_accuracy=train_accuracy,
      test_loss=test_loss,
      test_accuracy=test_accuracy,
      seconds=time.perf_counter() - start,
      images_per_second=float(train_totals.num_examples) / (trained - start),
    )
    if not np.isfinite([train_loss, test_loss]).all():
      raise FloatingPointError(
        f"the loss is no longer finite in epoch {epoch}; try a learning_rate below "
        f"{config.learning_rate:g}"
      )
    yield result, state.params


def initial_params(task: Task) -> Any:
  """The parameters of a task's network before training, from the config's seed."""
  inputs = jnp.zeros((1, *task.dataset.train_images.shape[1:]))
  return jax.jit(task.model.init)(jax.random.key(task.config.seed), inputs)


def _examples(task):
  dataset = task.dataset
  mean, std = data.channel_statistics(dataset.train_images)
  return (
    step.Examples(dataset.train_images, task.train_labels.noisy, mean, std),
    step.Examples(dataset.test_images, dataset.test_labels, mean, std),
  )


def _augmentation_keys(seed, epoch, devices):
  """The key that decides how an epoch's images are augmented, once for each device."""
  key = jax.random.fold_in(jax.random.key(seed), _AUGMENTATION)
  return jnp.stack([jax.random.fold_in(key, epoch)] * len(devices))


def _cover(size, batch_size):
  """All indices below size in rows of batch_size, the last one filled up with -1."""
  rows = -(-size // batch_size)
  padded = np.full(rows * batch_size, -1, np.int32)
  padded[:size] = np.arange(size)
  return padded.reshape(rows, batch_size)


def _averages(totals):
  loss, correct, num_examples = map(float, totals)
  return loss / num_examples, correct / num_examples

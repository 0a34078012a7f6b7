"""The training loop: the steps of each epoch, and the evaluation after it."""

import functools
import operator
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from noisy_jax import data
from noisy_jax.training import (
  epoch_end,
  evaluation,
  input_pipeline,
  label_quality,
  metrics,
  optimizer,
  replicas,
  train_step,
)
from noisy_jax.training.epoch import Epoch
from noisy_jax.training.setup import Setup


class Moment(NamedTuple):
  """The training between two calls to the devices, with everything that it needs to go on.

  Attributes:
    epoch: the current epoch, counted from 1.
    steps_done: number of finished steps of this epoch.
    totals: totals of each of these steps, [seeds, steps_done].
    indices: indices of the examples of every step of the epoch, int32[seeds, steps, batch].
    state: state of each seed, stacked on the devices; the next call reuses its memory.
    results: results of the epoch, one for each seed; empty before its end.
  """

  epoch: int
  steps_done: int
  totals: metrics.Totals
  indices: np.ndarray
  state: train_step.State
  results: tuple[Epoch, ...] = ()

  @property
  def epochs_done(self) -> float:
    """The number of finished epochs, with the finished part of the current one."""
    if self.results:
      return self.epoch
    part = self.steps_done / self.indices.shape[1] if self.steps_done else 0
    return self.epoch - 1 + part


def train(
  setup: Setup, *, seeds: Sequence[int] | None = None, resume: Moment | None = None
) -> Iterator[Moment]:
  """Trains, yielding a moment after each call to the devices and at the end of each epoch.

  All randomness follows from the seed, the epoch and the example. So training can go on
  from any moment as if it had not been interrupted.

  Args:
    setup: the run.
    seeds: seeds of several networks to train together, in place of the config's seed.
    resume: the moment to go on from, with the states of one replica on the host. After a
      moment with results, the next epoch begins. Before the first step of an epoch, and
      after its end, the moment's totals and indices are not used.

  Yields:
    `Moment`.

  Raises:
    ValueError: if there are several seeds and the data set is streamed.
    FloatingPointError: if the loss is not finite, naming the step, or the epoch after which
      it is not finite on the test set.

  Example:
    >>> from noisy_jax import data, training
    >>> dataset = data.digits(10, train_size=256, test_size=64)
    >>> config = training.TrainConfig("digits10", epochs=1, widths=(8,))
    >>> noisy = training.noisy_set(config, dataset=dataset)
    >>> moments = list(training.train(training.setup(config, noisy)))
    >>> [result.epoch for result in moments[-1].results]
    [1]
  """
  seeds = (setup.config.seed,) if seeds is None else tuple(seeds)
  augmentation = setup.config.parts.augmentation
  is_random = bool(augmentation.names) or augmentation.mixing is not None
  train_steps, end_of_epoch = _program(setup, augmentation), _end_of_epoch(setup)
  over_seeds = (True, True)
  keep_best = replicas.pmap(epoch_end.keep_best, setup.devices, over_seeds=over_seeds)
  measures = evaluation.programs(setup)
  examples = input_pipeline.of_setup(setup, seeds)
  if resume is None:
    state, first_epoch, steps_done = initial_state(setup, seeds), 1, 0
  else:
    state, first_epoch, steps_done = resume.state, resume.epoch, resume.steps_done
    if resume.results:
      first_epoch, steps_done = resume.epoch + 1, 0
  state = replicas.stack(state, setup.devices)
  steps_of_epoch = _steps_of_epoch(setup)

  for epoch in range(first_epoch, setup.config.epochs + 1):
    start = time.perf_counter()
    if resume is not None and steps_done:
      indices, totals = resume.indices, resume.totals
    else:
      indices, totals = _epoch_indices(setup, seeds, epoch), no_totals(len(seeds))
    keys = _epoch_keys(setup, seeds, epoch) if is_random else None
    steps_before = steps_done
    for train_set, rows in examples.train(epoch, indices, steps_done):
      steps_before_call = (epoch - 1) * steps_of_epoch + steps_done
      first_step = np.full(len(setup.devices), steps_before_call, np.int32)
      state, part = train_steps(state, train_set, rows, keys, first_step)
      # Fetching also waits: with several CPU devices, two programs in flight can lock each
      # other out.
      part = replicas.unstack(part)
      _check_finite(setup, seeds, part.loss, f"in epoch {epoch}, step {{}}", steps_done + 1)
      totals = jax.tree.map(lambda a, b: np.concatenate([a, b], 1), totals, part)
      steps_done = totals.loss.shape[1]
      yield Moment(epoch, steps_done, totals, indices, state)
    state = end_of_epoch(state)
    trained = time.perf_counter()
    measured = evaluation.measure(setup, measures, state, examples)
    if setup.validation is not None:
      validation = np.array([row["validation_accuracy"] for row in measured], np.float32)
      state = keep_best(state, replicas.stack(validation, setup.devices))
      if epoch == setup.config.epochs:
        measured = _with_test(measured, measures, state, examples)
    _check_finite_test(setup, seeds, measured, epoch)
    num_images = float(totals.num_examples[0, steps_before:].sum())
    losses, accuracies, _ = evaluation.averages(totals)
    last = setup.objective.values_at(epoch * steps_of_epoch - 1)
    scheduled = {name: float(value) for name, value in last.items()} or None
    results = tuple(
      Epoch(
        epoch=epoch,
        loss=loss,
        train_accuracy=accuracy,
        **row,
        seconds=time.perf_counter() - start,
        images_per_second=num_images / (trained - start),
        scheduled=scheduled,
      )
      for loss, accuracy, row in zip(losses, accuracies, measured, strict=True)
    )
    yield Moment(epoch, steps_done, totals, indices, state, results)
    steps_done = 0


def judge(
  setup: Setup, state: train_step.State, seeds: Sequence[int]
) -> list[dict[str, np.ndarray] | None]:
  """Tables of the training examples, with the method's scores and the predictions.

  Args:
    setup: the run.
    state: the final state, of one replica, on the host.
    seeds: seeds of the networks.

  Returns:
    For each network the columns of `label_quality.table`, or None.
  """
  if setup.method.scores is None:
    return [None] * len(seeds)
  predictions = evaluation.predict(
    setup,
    evaluation.programs(setup),
    replicas.stack(state.variables, setup.devices),
    input_pipeline.of_setup(setup, seeds),
  )
  return [
    label_quality.table(
      setup, jax.tree.map(operator.itemgetter(i), state.method), np.asarray(of_seed.labels)
    )
    for i, of_seed in enumerate(predictions)
  ]


def initial_state(setup: Setup, seeds: Sequence[int]) -> train_step.State:
  """The state before training, [seeds, ...], on the host."""
  states = [state_of_seed(setup, seed) for seed in seeds]
  return jax.tree.map(lambda *leaves: np.stack(leaves), *states)


def state_of_seed(setup: Setup, seed: int) -> train_step.State:
  """The state of one network before training, with drawn weights or the setup's."""
  inputs = jnp.zeros((1, *setup.dataset.image_shape))
  init = jax.jit(functools.partial(setup.model.init, train=False))
  variables = setup.initial or init(jax.random.key(seed), inputs)
  params = variables["params"]
  state = train_step.State(
    params,
    variables.get("batch_stats", {}),
    _optimizer(setup).init(params),
    params if setup.config.average_decay else None,
    setup.method.init(setup.train_labels.noisy, setup.dataset.num_classes),
  )
  if setup.validation is None:
    return state
  return state._replace(best=train_step.Best(np.float32(-1), state.variables))


def _optimizer(setup):
  config = setup.config
  return optimizer.build(config.parts.optimizer, config.epochs, _steps_of_epoch(setup))


def _rate_at(setup):
  settings, epochs = setup.config.parts.optimizer, setup.config.epochs
  return settings.schedule.rates(settings.learning_rate, epochs, _steps_of_epoch(setup))


def _steps_of_epoch(setup):
  return len(setup.train_labels.noisy) // setup.config.batch_size


def _program(setup, augmentation):
  return replicas.pmap(
    train_step.train_steps,
    setup.devices,
    donate=(0,),
    over_seeds=(True, False, True, True, False),
    model=setup.model,
    method_at=setup.method_at,
    optimizer=_optimizer(setup),
    augment=augmentation if augmentation.names else None,
    mix=augmentation.mixing,
    average_decay=setup.config.average_decay,
    num_parts=setup.config.accumulation,
    num_views=setup.objective.num_views,
    rate_at=_rate_at(setup),
  )


def _with_test(measured, measures, state, examples):
  """The results of the last epoch, with test metrics of the last and the best network."""
  best = evaluation.test_best(measures, state.best, examples)
  last = evaluation.test(measures, state.variables, examples)
  return [
    row | of_last | {"best_test_accuracy": accuracy}
    for row, of_last, accuracy in zip(measured, last, best, strict=True)
  ]


def _end_of_epoch(setup):
  if setup.method.end_of_epoch is None:
    return lambda state: state
  return replicas.pmap(
    epoch_end.end_of_epoch,
    setup.devices,
    donate=(0,),
    over_seeds=(True,),
    method=setup.method,
  )


def _epoch_indices(setup, seeds, epoch):
  """Indices of the examples of each step of an epoch, int32[seeds, steps, batch]."""
  size, batch_size = len(setup.train_labels.noisy), setup.config.batch_size
  return np.stack(
    [data.epoch_rows(size, batch_size, seed=seed, epoch=epoch) for seed in seeds]
  )


def _epoch_keys(setup, seeds, epoch):
  """The keys of an epoch's augmentation, once for each device."""
  keys = jnp.stack([data.epoch_key(seed, epoch) for seed in seeds])
  return jnp.stack([keys] * len(setup.devices))


def no_totals(num_seeds: int) -> metrics.Totals:
  """Totals of no steps, [num_seeds, 0]."""
  none = np.zeros((num_seeds, 0), np.float32)
  return metrics.Totals(*[none] * len(metrics.Totals._fields))


def _check_finite_test(setup, seeds, measured, epoch):
  for split in ("validation", "test"):
    losses = [row.get(f"{split}_loss") for row in measured]
    if None not in losses:
      place = f"on {split} examples after epoch {epoch}"
      _check_finite(setup, seeds, np.array(losses)[:, None], place)


def _check_finite(setup, seeds, losses, place, first=1):
  """Raises on the first of losses [seeds, n] that is not finite; {} in place counts it."""
  bad = np.argwhere(~np.isfinite(losses))
  if len(bad):
    seed, index = bad[bad[:, 1].argmin()]
    of_seed = f" with seed {seeds[seed]}" if len(seeds) > 1 else ""
    raise FloatingPointError(
      f"the loss is {losses[seed, index]} {place.format(first + index)}{of_seed}; try a "
      f"learning_rate below {setup.config.learning_rate:g}, or a smaller clip_norm"
    )

"""A whole run: the training loop with records and progress."""

import contextlib
import dataclasses
import operator
import os
import pathlib
import time
from collections.abc import Sequence
from typing import Any

import jax
import tqdm

from noisy_jax.paths import expanded_path
from noisy_jax.runs import content, multihost, resumption
from noisy_jax.runs.files import left_out_on_failure
from noisy_jax.runs.preemption import Stopped, acknowledged
from noisy_jax.runs.progress import progress
from noisy_jax.runs.record_reader import check_workdir
from noisy_jax.runs.run_directory import open_store
from noisy_jax.runs.snapshots import Snapshot
from noisy_jax.runs.summary import summary_of
from noisy_jax.runs.tensorboard import event_files
from noisy_jax.training import chance, input_pipeline, replicas
from noisy_jax.training.loop import judge, train
from noisy_jax.training.placement import side_by_side
from noisy_jax.training.setup import Setup

# Between saves in the middle of an epoch; the end of each epoch is always saved.
_SAVE_AFTER_SECONDS = 600


def run(
  setup: Setup,
  workdir: str | os.PathLike | None = None,
  *,
  title: str = "",
  tensorboard: bool = False,
  more_epochs: bool = False,
) -> dict[str, Any]:
  """Trains a setup to its end, shows progress, and writes records and checkpoints.

  An unfinished run in the workdir goes on from its last checkpoint, and ends as it would
  have ended without the interruption.

  Args:
    setup: the run.
    workdir: directory for checkpoints and the files that `records` lists; None writes
      nothing.
    title: text before the progress.
    tensorboard: whether to write results for TensorBoard into the workdir too.
    more_epochs: whether this run may have finished in the workdir with fewer epochs, and
      goes on to the setup's number. From there on, the learning rate and a scheduled bias
      or q are those of the longer training. Along a cosine the result differs from a
      training of that length from the start; continued.json and the summary record the
      former end.

  Returns:
    The summary, as in summary.json: accuracies of the last and of the best epoch as
    fractions; the realised noise rate, None if nobody knows which labels are right; the
    logit bias; sizes, also of the smallest and the largest class by clean training labels;
    and the seconds of all epochs.

  Raises:
    InUseError: if another process trains in the workdir.
    OSError: if the workdir holds another run, or this one finished, or cannot be written
      to; if the data have changed since the run began; if the checkpoint to go on from to
      more epochs is missing.
    FloatingPointError: if the loss is not finite.
    Stopped: after SIGTERM or Ctrl-C, when the state is saved.

  Example:
    >>> from noisy_jax import data, runs, training
    >>> config = training.TrainConfig("digits10", epochs=1, widths=(8,))
    >>> dataset = data.digits(10, train_size=256, test_size=64)
    >>> summary = runs.run(runs.prepare(config, dataset=dataset))  # doctest: +ELLIPSIS
    epoch 1/1  clean test ...
    >>> summary["train_examples"]
    256
  """
  workdirs = [] if workdir is None else [workdir]
  (summary,) = _run(setup, [setup.config.seed], workdirs, title, tensorboard, more_epochs)
  return summary


def run_seeds(
  setup: Setup,
  seeds: Sequence[int],
  workdir: str | os.PathLike | None = None,
  *,
  title: str = "",
  tensorboard: bool = False,
  more_epochs: bool = False,
) -> list[dict[str, Any]]:
  """Trains one network for each seed, all on the same noisy labels.

  The networks are trained in one program, or one after the other where that is faster
  (`placement.side_by_side`). Files and, up to rounding, results are the same.

  Args:
    setup: the run; its own seed is not used.
    seeds: seeds of the networks, all different.
    workdir: directory whose subdirectories seed0, seed1, ... get the files that `run` would
      write; None writes nothing.
    title: text before the progress.
    tensorboard: whether to write results for TensorBoard into the workdirs too.
    more_epochs: as in `run`.

  Returns:
    The summary of each network, as `run` returns it; in one program, the seconds are of
    all networks together.

  Raises:
    InUseError: if another process trains in a workdir.
    ApartError: if going on from the latest common moment would lose more than an epoch of
      a seed, so that the seeds have to be trained one by one.
    OSError: if a workdir holds another run, or this one finished, or cannot be written to;
      if the data have changed since the runs began; if a checkpoint to go on from to more
      epochs is missing.
    ValueError: if there are no seeds, or several and the data set is streamed.
    FloatingPointError: if the loss of a network is not finite.
    Stopped: as `run`.
  """
  if not seeds:
    raise ValueError("seeds: none, must be at least one")
  input_pipeline.check_seeds(setup, len(seeds))
  workdirs = [] if workdir is None else [seed_workdir(workdir, seed) for seed in seeds]
  if side_by_side(setup.config.model, setup.devices):
    return _run(setup, seeds, workdirs, title, tensorboard, more_epochs)
  # Before any training, as where all networks train together.
  multihost.called_by_first(
    lambda: [
      check_workdir(place, _with_seed(setup, seed).config, more_epochs=more_epochs)
      for place, seed in zip(workdirs, seeds, strict=False)
    ]
  )
  summaries = []
  for i, seed in enumerate(seeds):
    one, name = _with_seed(setup, seed), f"{title}seed {seed}  "
    summaries += _run(one, [seed], workdirs[i : i + 1], name, tensorboard, more_epochs)
  return summaries


def seed_workdir(workdir: str | os.PathLike, seed: int) -> pathlib.Path:
  """The workdir of one seed of `run_seeds`.

  Args:
    workdir: the workdir of `run_seeds`.
    seed: the network's seed.

  Returns:
    A directory inside the workdir.
  """
  return pathlib.Path(expanded_path("workdir", workdir)) / f"seed{seed}"


def _run(setup, seeds, workdirs, title, tensorboard, more_epochs):
  digests = content.of_setup(setup) if workdirs else {}
  with contextlib.ExitStack() as stack:
    stores = [
      stack.enter_context(
        open_store(workdir, _with_seed(setup, seed), digests, more_epochs=more_epochs)
      )
      for workdir, seed in zip(workdirs, seeds, strict=False)
      if multihost.is_first()
    ]
    latest = resumption.latest_moment(stores) if stores else None
    for store in stores:
      store.lengthen()
    resume = resumption.on_all_processes(latest, setup, seeds)
    next_epoch = 1 if resume is None else resume.epoch
    histories = [store.history(next_epoch) for store in stores] or [[] for _ in seeds]
    show = _no_progress
    logged = [store.workdir for store in stores] if tensorboard else []
    log = stack.enter_context(event_files(logged))
    if multihost.is_first():
      if resume is not None:
        print(f"going on in epoch {resume.epoch}, after {resume.steps_done} steps of it")
      if stores and stores[0].continued_after:
        print(_on_more_epochs(setup, stores[0].continued_after))
      trusted = setup.dataset.labels_trusted
      epochs, done = setup.config.epochs, 0.0 if resume is None else resume.epochs_done
      show = stack.enter_context(progress(epochs, title, done, labels_trusted=trusted))
    if workdirs:
      stop_requested = stack.enter_context(multihost.common_stop_requests())
    else:
      stop_requested = None
      stack.enter_context(acknowledged("the run ends after the steps at hand"))
    moment, saved = resume, time.monotonic()
    for moment in train(setup, seeds=seeds, resume=resume):
      if not moment.results and moment.steps_done == moment.indices.shape[1]:
        continue  # the results follow at once
      for i, result in enumerate(moment.results):
        histories[i].append(result)
        if stores:
          stores[i].add_epoch(result)
      show(moment.epochs_done, moment.results)
      if moment.results:
        log(moment.results)
        if multihost.is_first() and (note := chance.warning(setup, moment.results)):
          # A bar may be on the terminal still.
          tqdm.tqdm.write(note)
      stop_signal = stop_requested() if stop_requested else None
      is_late = time.monotonic() - saved > _SAVE_AFTER_SECONDS
      if stores and (moment.results or stop_signal or is_late):
        _save(stores, moment)
        saved = time.monotonic()
      if stop_signal:
        _stop(stores, moment, stop_signal)
    assert moment is not None  # there is an epoch at least
    # After the end there may have been nothing left to train.
    state = replicas.unstack(moment.state) if moment.results else moment.state
    tables = _judged(setup, state, seeds, workdirs)
    return multihost.called_by_first(
      lambda: _finish(setup, seeds, histories, stores, tables)
    )


def _judged(setup, state, seeds, workdirs):
  if workdirs:
    with left_out_on_failure("examples.csv"):
      return judge(setup, state, seeds)
  return [None] * len(seeds)


def _finish(setup, seeds, histories, stores, tables):
  summaries = [
    summary_of(_with_seed(setup, seed), history)
    for seed, history in zip(seeds, histories, strict=True)
  ]
  for store, summary, table in zip(stores, summaries, tables, strict=False):
    if store.continued_after:
      summary["continued_after"] = store.continued_after
    store.finish(summary, table)
  return summaries


def _on_more_epochs(setup, ends):
  config = setup.config
  text = f"had ended after epoch {' and '.join(map(str, ends))}; goes on to {config.epochs}"
  changing = [*setup.objective.schedules]
  if config.parts.optimizer.schedule.follows_epochs:
    changing.insert(0, "learning rate")
  if not changing:
    return f"{text}, as a training of {config.epochs} epochs would"
  return (
    f"{text} with the {' and the '.join(changing)} of a training of {config.epochs} epochs "
    "there; the result is that of no training from the start"
  )


def _no_progress(epochs_done, results):
  del epochs_done, results


def _with_seed(setup, seed):
  return setup._replace(config=dataclasses.replace(setup.config, seed=seed))


def _save(stores, moment):
  states = replicas.unstack(moment.state)
  is_over = bool(moment.results)
  number = (moment.epoch - 1) * moment.indices.shape[1] + moment.steps_done
  for i, store in enumerate(stores):
    state = jax.tree.map(operator.itemgetter(i), states)
    if is_over:
      snapshot = Snapshot(moment.epoch + 1, 0, {}, None, state)
      store.save(number, snapshot, moment.results[i].deciding_accuracy)
    else:
      totals = {name: leaf[i] for name, leaf in moment.totals._asdict().items()}
      snapshot = Snapshot(moment.epoch, moment.steps_done, totals, moment.indices[i], state)
      store.save(number, snapshot, None)


def _stop(stores, moment, number):
  for store in stores:
    store.wait()
  raise Stopped(
    f"stopped by {number.name} in epoch {moment.epoch}, after {moment.steps_done} of "
    f"{moment.indices.shape[1]} steps; the same command goes on from there",
    exit_status=128 + number,
  )

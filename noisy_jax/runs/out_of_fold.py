"""The probabilities that networks give to examples whose labels they have not seen.

A network that has memorised its labels repeats the label of each training example. It
cannot do so for an example that it was not trained on. So each fold of the training set is
judged by a network that was trained on the other folds.
"""

import collections
import os
import pathlib
from collections.abc import Callable

import numpy as np

from noisy_jax import data
from noisy_jax.runs.trained import Trained, probabilities
from noisy_jax.runs.trained_once import trained_once
from noisy_jax.training import loop, objective, replicas
from noisy_jax.training.epoch import Epoch
from noisy_jax.training.setup import Setup

# With this beside the seed, the folds are independent of the noise.
_STREAM = 0x666F6C64


def out_of_fold_probabilities(
  setup: Setup,
  num_folds: int,
  *,
  show: Callable[[int, Epoch], None] | None = None,
  workdir: str | os.PathLike | None = None,
) -> np.ndarray:
  """Judges each training example by a network that was trained without it.

  The training set is split at random into folds, from the seed of the noise; each fold has
  its share of every given label. For each fold, a network is trained on the given labels
  of the other folds, by the setup's config and seed to the last epoch, and then judges the
  fold. True labels have no part in this. Each network sees a share of 1 - 1/num_folds of
  the examples, and knows a little less than a network that sees all.

  Args:
    setup: the run, with the labels to train on.
    num_folds: number of networks to train, from 2 to the size of the smallest class by
      given label, so that every network sees every class.
    show: function to call after each fold, with its number, counted from 1, and the results
      of its network's last epoch, whose test set is the fold with its given labels.
    workdir: directory for the workdirs fold1, fold2, ... of the networks, which then show
      their progress, go on after an interruption, and are not trained again; `show` is not
      called. None writes nothing.

  Returns:
    The probability of every class for each training example, float32[n, K].

  Raises:
    ValueError: if num_folds is not a whole number in its range, the data set is streamed,
      the method takes examples out, the networks begin with weights of another run, or the
      examples left to train on fill no batch.
    OSError: as `run`.
    FloatingPointError: if the loss of a network is not finite.
  """
  dataset = _checked_dataset(setup, num_folds)
  fold_of = _folds(setup.train_labels.noisy, num_folds, setup.config.noise_seed)
  result = np.empty((len(fold_of), dataset.num_classes), np.float32)
  for fold in range(num_folds):
    inside = fold_of == fold
    part = _without(setup, dataset, inside)
    if workdir is None:
      # Only the end counts.
      (last,) = collections.deque(loop.train(part), maxlen=1)
      network = _network(part, replicas.unstack(last.state.variables, seed=0))
      if show is not None:
        show(fold + 1, last.results[0])
    else:
      place = pathlib.Path(workdir) / f"fold{fold + 1}"
      network = trained_once(part, place, title=f"fold {fold + 1} of {num_folds}  ")
    result[inside] = probabilities(network, dataset.train_images[inside])
  return result


def _checked_dataset(setup, num_folds) -> data.Dataset:
  config, dataset, labels = setup.config, setup.dataset, setup.train_labels
  if dataset.is_streamed:
    raise ValueError(
      f"dataset: {config.dataset}, must be in memory to be split into folds (see "
      "max_memory_gb)"
    )
  if setup.method.num_clean:
    raise ValueError(
      f"method: {config.method}, must be one that takes no examples out of training to "
      "split these into folds"
    )
  if setup.initial is not None:
    raise ValueError(
      f"init_from: {config.init_from}, must be none to split training into folds: those "
      "weights may know the labels of each"
    )
  counts = data.class_counts(labels.noisy, labels.num_classes)
  is_whole = isinstance(num_folds, int) and not isinstance(num_folds, bool)
  if not (is_whole and 2 <= num_folds <= counts.min()):
    raise ValueError(
      f"num_folds: {num_folds}, must be a whole number from 2 to the {counts.min()} "
      f"examples of the smallest class, {counts.argmin()}"
    )
  fewest = len(labels.noisy) - -(-len(labels.noisy) // num_folds)
  if config.batch_size > fewest:
    raise ValueError(
      f"batch_size: {config.batch_size}, must be at most the {fewest} examples that "
      f"{num_folds} folds leave to train on"
    )
  return dataset


def _folds(labels, num_folds, seed):
  """The fold of each example, int[n]: classes deal their examples out in turn."""
  order = np.random.default_rng((seed, _STREAM)).permutation(len(labels))
  order = order[np.argsort(labels[order], kind="stable")]
  fold_of = np.empty(len(labels), int)
  fold_of[order] = np.arange(len(labels)) % num_folds
  return fold_of


def _without(setup, dataset, inside) -> Setup:
  """The setup without the examples of a fold, which are its test set."""
  noisy, num_classes = setup.train_labels.noisy, dataset.num_classes
  part = data.select(dataset, "train", ~inside)._replace(
    test_images=dataset.train_images[inside], test_labels=noisy[inside], test_ids=None
  )
  # Nothing here may depend on which labels are right.
  labels = setup.train_labels._replace(clean=noisy).select(~inside)
  setup = setup._replace(dataset=part, train_labels=labels, foreign=None, validation=None)
  if setup.weights is not None:
    setup = setup._replace(weights=setup.weights[~inside])
  if not setup.objective.schedules:
    return setup
  # The schedules have to end with the training, which has fewer steps.
  num_steps = setup.config.epochs * (len(labels.noisy) // setup.config.batch_size)
  settings = setup.config.parts.objective
  return setup._replace(objective=objective.build(settings, num_classes, num_steps))


def _network(setup, variables) -> Trained:
  return Trained(
    config=setup.config,
    model=setup.model,
    variables=variables,
    num_classes=setup.dataset.num_classes,
    class_names=setup.dataset.class_names,
    mean=setup.mean,
    std=setup.std,
    image_shape=setup.dataset.image_shape,
    streamed=False,
    content={},
    epochs_done=setup.config.epochs,
    steps_done=0,
  )

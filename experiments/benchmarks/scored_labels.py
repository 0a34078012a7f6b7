"""Scores of the training labels, by one training on all of them or by one for each fold."""

import collections
import time
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from noisy_jax import runs, training
from noisy_jax.methods.aum import logit_margin
from noisy_jax.training import label_quality, replicas
from noisy_jax.training.batch import standardize
from noisy_jax.training.setup import Setup

NUM_FOLDS = 5
_BATCH = 1000


class Scored(NamedTuple):
  """Scores of the training labels.

  Attributes:
    scores: higher for cleaner, float[N].
    flagged: whether the label is declared wrong, bool[N]; None without verdicts.
    seconds: wall time and CPU time of this process, for training and scoring, [2].
  """

  scores: np.ndarray
  flagged: np.ndarray | None
  seconds: np.ndarray


class Found(NamedTuple):
  """What a training, or one for each fold, gives.

  Attributes:
    probabilities: of every class for each training example, float32[N, K].
    test_accuracy: of the last network; None where each fold has its own.
    scored: by the name of the score.
  """

  probabilities: np.ndarray
  test_accuracy: float | None
  scored: dict[str, Scored]


def once(setup: Setup) -> Found:
  """Trains on all examples: the method's score, and the margin of the last network."""
  start, labels = _clocks(), setup.train_labels.noisy
  (last,) = collections.deque(training.train(setup), maxlen=1)
  memory = replicas.unstack(last.state.method, seed=0)
  flagged = None
  if setup.method.declared is not None:
    flagged = np.asarray(setup.method.declared(memory, labels)) == 1
  scores = np.asarray(label_quality.clean_scores(setup, memory))
  by_method = Scored(scores, flagged, _clocks() - start)
  probabilities = _probabilities(setup, replicas.unstack(last.state.variables, seed=0))
  last_margin = _scored(_margin, probabilities, labels, start)
  scored = {"method": by_method, "last_margin": last_margin}
  return Found(probabilities, last.results[0].test_accuracy, scored)


def out_of_fold(setup: Setup) -> Found:
  """Trains a network without each fold: our margin, and the scores of cleanlab."""
  from cleanlab import filter, rank  # an optional extra

  def of_cleanlab(method):
    def of(probabilities, labels):
      scores = rank.get_label_quality_scores(labels, probabilities, method=method)
      return scores, filter.find_label_issues(labels, probabilities, n_jobs=1)

    return of

  rules = {name: of_cleanlab(name) for name in ("self_confidence", "normalized_margin")}
  start, labels = _clocks(), setup.train_labels.noisy
  probabilities = runs.out_of_fold_probabilities(setup, NUM_FOLDS)
  spent = _clocks() - start
  scored = {
    name: _scored(rule, probabilities, labels, _clocks() - spent)
    for name, rule in ({"margin": _margin} | rules).items()
  }
  return Found(probabilities, None, scored)


def _scored(rule: Callable, probabilities, labels, start) -> Scored:
  scores, flagged = rule(probabilities, labels)
  return Scored(scores, flagged, _clocks() - start)


def _margin(probabilities, labels):
  """The logit margin, as log p_y - max log p_j is one; no verdicts."""
  logs = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
  return np.asarray(logit_margin(logs, labels)), None


def _probabilities(setup, variables):
  """The network's probabilities for the training examples, float32[N, K]."""

  @jax.jit
  def of_batch(images):
    inputs = standardize(images, setup.mean, setup.std)
    return jax.nn.softmax(jnp.asarray(setup.model.apply(variables, inputs, train=False)))

  images, size = setup.dataset.train_images, _BATCH
  starts = range(0, len(images), size)
  return np.concatenate([of_batch(images[first : first + size]) for first in starts])


def _clocks():
  return np.array([time.perf_counter(), time.process_time()])

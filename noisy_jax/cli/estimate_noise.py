r"""Estimates the transition matrix of unknown noise, from networks trained on its labels.

  noisy-jax train --loss=ce --workdir=runs/ce ...
  noisy-jax estimate-noise --workdir=runs/ce --folds=5 --out=matrix.npy
  noisy-jax train --loss=ce --correction=forward:matrix.npy ...

With --folds, new networks are trained like the run's network, and each judges images that
it was not trained on (runs.out_of_fold_probabilities). Without --folds, the run's network
judges its own training images. It calls too many of their labels right, and all of them
once it has memorised them. So it is refused if it finds these labels more probable than the
labels of the test split. This check misses memorising that has only begun: right labels, as
in most test splits, are the more probable ones at first. On digits10 with 20 % wrong
labels, a network passes up to epoch 12 of 40, where it calls 97 % right. If the test split
is as noisy as the training images, an early network may be refused.
noise.estimate_transition turns the probabilities into the matrix.
"""

import pathlib

import numpy as np
from absl import flags

from noisy_jax import data, noise, runs, training
from noisy_jax.cli import messages, path_flags

_WORKDIR = path_flags.define("workdir", None, "Directory of the run.")
_CHECKPOINT = flags.DEFINE_string(
  "checkpoint",
  None,
  "Checkpoint to read: last, the default; best, by accuracy on the validation split, or on "
  "test without one.",
)
_FOLDS = flags.DEFINE_integer(
  "folds",
  0,
  "Number of networks to train, each without the part of the images that it judges; 0: "
  "none.",
)
_METHOD = flags.DEFINE_string(
  "method", "confident_joint", "Estimator: confident_joint or anchor."
)
_DATA_DIR = path_flags.define(
  "data_dir", None, "Directory of prepared TFDS sets; the run's own by default."
)
_OUT = path_flags.define("out", None, "The .npy or .csv file to write.")

# Largest surplus in probability of training labels over held-out labels: two standard
# errors of the mean over a thousand held-out labels.
_LARGEST_GAP = 0.02


def main(argv):
  messages.only_flags(argv)
  with messages.ending_in_one_line(ValueError, OSError, FloatingPointError):
    path = _checked_path(_OUT.value)
    if _WORKDIR.value is None:
      raise ValueError("workdir: None, must be that of a run")
    if _FOLDS.value and _CHECKPOINT.value is not None:
      raise ValueError(
        f"checkpoint: {_CHECKPOINT.value}, must be left out with folds, whose networks are "
        "trained to the end"
      )
    # Refuses an unknown method before anything is trained.
    noise.estimate_transition(np.eye(2), [0, 1], method=_METHOD.value)
    trained = runs.load_trained(_WORKDIR.value, _CHECKPOINT.value or "last")
    labels = runs.read_labels(_WORKDIR.value)
    probabilities = _out_of_fold(trained) if _FOLDS.value else _of_network(trained, labels)
    matrix = noise.estimate_transition(probabilities, labels.noisy, method=_METHOD.value)
    with path.open("xb") as file:
      if path.suffix == ".csv":
        # All digits, so that the file has the same numbers as a .npy file.
        np.savetxt(file, matrix, fmt="%.17g", delimiter=",")
      else:
        np.save(file, matrix)
  kept = np.diagonal(matrix)
  print(
    f"{path}: {kept.mean():.1%} of the labels of an average class are right, from "
    f"{kept.min():.1%} (class {kept.argmin()}) to {kept.max():.1%} (class {kept.argmax()})"
  )


def _out_of_fold(trained):
  setup = runs.prepare(
    trained.config, data_dir=_data_dir(trained), workdirs=[_WORKDIR.value]
  )
  _check_data(trained, setup.dataset)

  def show(fold, result):
    messages.say(
      f"fold {fold} of {_FOLDS.value}: predicts {result.train_accuracy:.1%} of the labels "
      f"trained on, {result.test_accuracy:.1%} of those of the fold"
    )

  return runs.out_of_fold_probabilities(setup, _FOLDS.value, show=show)


def _of_network(trained, labels):
  dataset = training.noisy_set(trained.config, data_dir=_data_dir(trained)).dataset
  _check_data(trained, dataset)
  train, test = dataset.images("train"), dataset.images("test")
  probabilities = runs.probabilities(trained, train)
  own = _of_labels(probabilities, labels.noisy)
  held_out = _of_labels(runs.probabilities(trained, test), dataset.test_labels)
  if own - held_out > _LARGEST_GAP:
    raise ValueError(
      f"checkpoint: {_CHECKPOINT.value or 'last'} finds its training labels {own:.3f} "
      f"probable on average, and test labels {held_out:.3f}, must be at most "
      f"{_LARGEST_GAP} less: it has memorised labels; choose an earlier checkpoint "
      "(--checkpoint=best, or of a run with fewer epochs), or --folds=5"
    )
  return probabilities


def _data_dir(trained):
  return trained.data_dir if _DATA_DIR.value is None else _DATA_DIR.value


def _of_labels(probabilities, labels):
  """The mean probability of the given labels."""
  return probabilities[np.arange(len(labels)), labels].mean(dtype=np.float64)


def _check_data(trained, dataset):
  digests = data.content(dataset)
  recorded = {part: trained.content[part] for part in digests}
  runs.check_content(str(_WORKDIR.value), recorded, digests)


def _checked_path(out):
  if out is None or not out.endswith((".npy", ".csv")):
    raise ValueError(f"out: {out}, must be a file that ends in .npy or .csv")
  path = pathlib.Path(out)
  if path.exists():
    raise FileExistsError(f"out: {path} exists; remove it or choose another")
  if not path.parent.is_dir():
    raise FileNotFoundError(f"out: {path.parent}, there is no such directory")
  return path

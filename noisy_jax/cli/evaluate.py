r"""Evaluates a trained network: its accuracy, and on request a prediction for each image.

  noisy-jax evaluate --workdir=runs/digits1000-mae-star \
    --predictions=predictions.csv

Without --dataset and --images, the network is measured on the test split of its own data
set. The run may still be going on.
"""

import pathlib

import numpy as np
from absl import flags

from noisy_jax import runs
from noisy_jax.cli import csv_output, messages, path_flags

_WORKDIR = path_flags.define("workdir", None, "Directory of the run.")
_CHECKPOINT = flags.DEFINE_string(
  "checkpoint",
  None,
  "Checkpoint to read: last, the default; best, by accuracy on the validation split, or on "
  "test without one.",
)
_DATASET = flags.DEFINE_string(
  "dataset", None, "Data set, named as for train; the run's own by default."
)
_SPLIT = flags.DEFINE_string(
  "split",
  None,
  "Split to measure on, with the set's own labels: test, the default; train; after "
  "training on streamed images, any split of another TFDS set.",
)
_IMAGES = path_flags.define(
  "images", None, "Any folder of images; an image's label is the first folder in its path."
)
_DATA_DIR = path_flags.define(
  "data_dir", None, "Directory of prepared TFDS sets; the run's own by default."
)
_PREDICTIONS = path_flags.define(
  "predictions",
  None,
  "CSV file to write, with id, predicted, probability and given label; a file of an "
  "earlier call is replaced.",
)

_COLUMNS = ("id", "predicted", "probability", "given")


def main(argv):
  messages.only_flags(argv)
  with messages.ending_in_one_line(ValueError, OSError):
    _check_flags()
    trained = runs.load_trained(_workdir(), _CHECKPOINT.value or "last")
    given = _given(trained)
    # Every image needs some class here; the scores leave out images without a label.
    labels = np.maximum(given.labels, 0)
    predictions = runs.predict(trained, given.images, labels)
    if _PREDICTIONS.value is not None:
      _write(pathlib.Path(_PREDICTIONS.value), trained.names, given, predictions)
  for note in given.notes:
    messages.say(note)
  result = _describe(runs.scores(given, predictions), trained, len(given.ids))
  messages.say(f"{_subject(trained)}, {_moment(trained)}: {result}")


def _workdir():
  if _WORKDIR.value is None:
    raise ValueError("workdir: None, must be that of a run")
  return _WORKDIR.value


def _check_flags():
  if _IMAGES.value is not None:
    for holder in (_DATASET, _SPLIT):
      if holder.value is not None:
        raise ValueError(f"{holder.name}: {holder.value}, must be left out with --images")
  if _PREDICTIONS.value is None:
    return
  csv_output.check("predictions", _PREDICTIONS.value, ",".join(_COLUMNS) + "\r\n")


def _given(trained):
  if _IMAGES.value is not None:
    return runs.given_by_folder(trained, _IMAGES.value)
  return runs.given_by_dataset(
    trained, _DATASET.value, _SPLIT.value or "test", _DATA_DIR.value
  )


def _subject(trained):
  if _IMAGES.value is not None:
    return _IMAGES.value
  return f"{_DATASET.value or trained.config.dataset} {_SPLIT.value or 'test'}"


def _moment(trained):
  steps = f" and step {trained.steps_done} of the next" if trained.steps_done else ""
  return f"after epoch {trained.epochs_done} of {trained.config.epochs}{steps}"


def _describe(scores, trained, num_examples):
  if scores is None:
    return f"{num_examples:,} examples, none with a label"
  top5 = f"top-5 {scores.top5:.4f}, " if trained.num_classes > 5 else ""
  of = (
    "" if scores.num_labelled == num_examples else f"{scores.num_labelled:,} labelled of "
  )
  return f"accuracy {scores.accuracy:.4f}, {top5}{of}{num_examples:,} examples"


def _write(path, names, given, predictions):
  columns = given.ids, predictions.labels, predictions.confidences, given.labels
  rows = (
    (id_, names[predicted], f"{probability:.6g}", names[label] if label >= 0 else "")
    for id_, predicted, probability, label in zip(*columns, strict=True)
  )
  runs.write_csv(path, _COLUMNS, rows, "predictions")

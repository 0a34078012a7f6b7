"""A method's scores of the training labels, and how well they find the wrong ones."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from noisy_jax import noise
from noisy_jax.methods import MethodState
from noisy_jax.training.setup import Setup


def clean_scores(setup: Setup, memory: MethodState) -> np.ndarray | None:
  """The method's score of each training label.

  Args:
    setup: the run.
    memory: the method's memory, of one replica and one seed.

  Returns:
    float[N], higher for cleaner, NaN where the method has no opinion yet; None if the
    method has no scores.
  """
  if setup.method.scores is None:
    return None
  return np.asarray(setup.method.scores(memory, setup.train_labels.noisy))


def judged(setup: Setup, memory: MethodState) -> dict[str, Any]:
  """Measures the method's scores and verdicts, and fetches the numbers it has learned.

  A metric counts the examples on which the method has a score, or a verdict. Where there
  are none, as in a warm-up, the metric is None.

  Args:
    setup: the run.
    memory: the method's memory, of one replica and one seed.

  Returns:
    A dict whose keys are fields of `Epoch`.
  """
  results: dict[str, Any] = dict.fromkeys(
    ("clean_auroc", "declared_precision", "declared_recall", "learned")
  )
  flipped = setup.train_labels.flipped
  scores = clean_scores(setup, memory)
  if scores is not None:
    scored = ~np.isnan(scores)
    wrong = flipped[scored]
    if wrong.any() and not wrong.all():
      results["clean_auroc"] = noise.auroc(scores[scored], ~wrong)
  if setup.method.declared is not None:
    verdicts = np.asarray(setup.method.declared(memory, setup.train_labels.noisy))
    declared, wrong = verdicts == 1, flipped & ~np.isnan(verdicts)
    hits = float((declared & wrong).sum())
    # Otherwise labels that the noise left may be wrong too, as that of a foreign image is.
    is_known = setup.dataset.labels_trusted and setup.foreign is None
    if declared.any() and is_known:
      results["declared_precision"] = hits / float(declared.sum())
    if wrong.any():
      results["declared_recall"] = hits / float(wrong.sum())
  if setup.method.learned is not None:
    learned = setup.method.learned(memory)
    results["learned"] = {name: float(value) for name, value in learned.items()}
  return results


def table(
  setup: Setup, memory: MethodState, predicted: np.ndarray
) -> dict[str, np.ndarray] | None:
  """Sorts the training examples by score, the likeliest wrong labels first.

  Args:
    setup: the run.
    memory: the method's memory, of one replica and one seed.
    predicted: the class that the network predicts for each example, int[N].

  Returns:
    Columns of a table: `id`, from the data set, or the position among the training
    examples; `label`, to train on; `predicted`; and `score`, higher for cleaner, NaN where
    the method has no opinion yet. Examples without a score come last. None if the method
    has no scores. The ids of a stream are read, which may take a while.
  """
  scores = clean_scores(setup, memory)
  if scores is None:
    return None
  columns = {
    "id": _ids(setup.dataset),
    "label": setup.train_labels.noisy,
    "predicted": predicted,
    "score": scores,
  }
  # NaN comes last.
  order = np.argsort(scores, kind="stable")
  return {name: column[order] for name, column in columns.items()}


def _ids(dataset):
  if dataset.is_streamed:
    return np.array(dataset.train.ids())
  ids = dataset.train_ids
  return np.arange(len(dataset.train_labels)) if ids is None else ids


def note_without_scores(setup: Setup, table: Mapping[str, np.ndarray]) -> str | None:
  """A note for a table without any score, as after a warm-up.

  Args:
    setup: the run, trained to its end.
    table: the columns from `table`.

  Returns:
    One sentence; None if an example has a score.
  """
  if not np.isnan(table["score"]).all():
    return None
  epochs = f"{setup.config.epochs} epoch{'s' if setup.config.epochs > 1 else ''}"
  return (
    f"{setup.config.method} has no scores after {epochs}, as in a warm-up; the examples "
    "are in the order of the set"
  )

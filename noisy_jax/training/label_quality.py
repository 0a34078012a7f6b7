"""What a method says of each label, and how that compares with the known wrong ones."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from noisy_jax import noise
from noisy_jax.methods import MethodState
from noisy_jax.training.setup import Setup


def clean_scores(setup: Setup, memory: MethodState) -> np.ndarray | None:
  """How clean each training label seems to the method.

  Args:
    setup: the run.
    memory: of the method, of one replica and one seed.

  Returns:
    float[N], higher for cleaner, NaN where it has no opinion yet; None where the method
    has no scores.
  """
  if setup.method.scores is None:
    return None
  return np.asarray(setup.method.scores(memory, setup.train_labels.noisy))


def judged(setup: Setup, memory: MethodState) -> dict[str, Any]:
  """The method's verdicts against the known wrong labels, and what it has learned.

  Only examples count of which the method has a score, or a verdict; where there are none,
  as in a warm-up, nothing is measured, and the result is None.

  Args:
    setup: the run.
    memory: as of `clean_scores`.

  Returns:
    The fields of `Epoch` that these keys name.
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
    # What noise did not touch may be wrong all the same.
    if declared.any() and setup.dataset.labels_trusted:
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
  """The training examples, those whose label is likeliest wrong first, without score last.

  Args:
    setup: the run.
    memory: as of `clean_scores`.
    predicted: the class that the network predicts for each example, int[N].

  Returns:
    Columns of a table: `id`, that of the data set or else the position among the training
    examples, `label` as given, `predicted`, and `score`, higher for cleaner, NaN where the
    method has no opinion yet. None where the method has no scores.
  """
  scores = clean_scores(setup, memory)
  if scores is None:
    return None
  ids = setup.dataset.train_ids
  columns = {
    "id": np.arange(len(scores)) if ids is None else ids,
    "label": setup.train_labels.noisy,
    "predicted": predicted,
    "score": scores,
  }
  # NaN comes last.
  order = np.argsort(scores, kind="stable")
  return {name: column[order] for name, column in columns.items()}


def note_without_scores(setup: Setup, table: Mapping[str, np.ndarray]) -> str | None:
  """Says that a table has no score at all, which is no error and no result.

  Args:
    setup: the run, trained to its end.
    table: of the function of that name.

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

"""An audit: one training on all labels of a set, and what it says of each of them."""

import dataclasses
import os
import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from noisy_jax import data, runs, training
from noisy_jax.audit import conclusions
from noisy_jax.audit.findings import Findings, Summary
from noisy_jax.data.corrected_labels import corrections
from noisy_jax.training.config import TrainConfig

# docs/audit.md says why, and where another way is better.
SETTINGS: dict[str, Any] = {"loss": "ce", "method": "marvel_plus"}


def training_config(config: TrainConfig) -> TrainConfig:
  """The settings of the training on all labels, in the workdir run."""
  # Symmetric, as some kinds of noise have no rate that could be 0.
  return dataclasses.replace(
    config, **SETTINGS, noise="symmetric", noise_rate=0.0, labels="none"
  )


class Audit(NamedTuple):
  """The results of an audit.

  Attributes:
    findings: what it says of each example.
    summary: what it says of the set.
    probabilities: probability of every class for each example, float32[n, K].
    images: the examples, as in `Dataset`; or a stream.
    corrected: the labels that a file changed before the audit, as from `corrections`.
  """

  findings: Findings
  summary: Summary
  probabilities: np.ndarray
  images: np.ndarray | data.Stream
  corrected: Mapping[str, str]


def audit(
  config: TrainConfig,
  workdir: str | os.PathLike,
  *,
  data_dir: str | os.PathLike | None = None,
  dataset: data.AnyDataset | None = None,
  download: bool = False,
  num_folds: int = 0,
) -> Audit:
  """Scores every label of a set, in training or test, and declares the likely wrong ones.

  One network is trained on all labelled examples, those of test too, with a method that
  memorises few wrong labels. With folds, more networks are trained, and each example is
  scored by one that was trained without it. The score of a label y is the margin
  log p_y - max_{j != y} log p_j; `conclusions.conclude` says which are declared wrong.

  Args:
    config: the data set and the settings of training; loss and method become `SETTINGS`,
      and no noise is added.
    workdir: directory for the workdirs of the trainings: run, of the network that has seen
      all, and fold1, fold2, ... What is finished there is not trained again.
    data_dir: directory of prepared TFDS sets.
    dataset: the data set that the config names, if it is already loaded.
    download: whether TFDS may download and prepare a set that is not there.
    num_folds: number of networks that score out of fold; 0 for none.

  Returns:
    `Audit`.

  Raises:
    OSError: if the set is missing or damaged, or the workdir holds another audit.
    ValueError: if settings do not fit the set, or it cannot be split into folds.
    FloatingPointError: if the loss is not finite.
    Stopped: as `runs.run`.
  """
  workdir = pathlib.Path(workdir)
  if dataset is None:
    dataset = training.open_dataset(config, data_dir, download=download)
  labels = config.parts.data.labels
  corrected = corrections(dataset, labels)
  dataset = data.pooled(data.correct_labels(_named(dataset), labels))
  empty = np.flatnonzero(data.class_counts(dataset.train_labels, dataset.num_classes) == 0)
  if empty.size:
    name = (dataset.class_names or range(dataset.num_classes))[empty[0]]
    raise ValueError(
      f"dataset: {config.dataset} has no label of the class {name}, must have one of each "
      f"class; {empty.size} of {dataset.num_classes} have none"
    )
  # Nobody vouches for labels that are audited.
  dataset = dataset._replace(labels_trusted=False)
  config = training_config(config)
  setup = runs.prepare(config, dataset=dataset, workdirs=[workdir / "run"])
  trained = runs.trained_once(setup, workdir / "run")
  if num_folds:
    probabilities = runs.out_of_fold_probabilities(setup, num_folds, workdir=workdir)
  else:
    probabilities = runs.probabilities(trained, dataset.images("train"))
  found = conclusions.conclude(
    config.dataset, dataset, probabilities, out_of_fold=num_folds > 0
  )
  return Audit(*found, probabilities, dataset.images("train"), corrected)


def _named(dataset):
  """The set with ids that stay what they are when others are left out, as a file has them.

  A stream knows the place of each image in its source.
  """
  if dataset.is_streamed:
    return dataset
  ids = data.example_ids(dataset)
  return dataset._replace(train_ids=np.array(ids["train"]), test_ids=np.array(ids["test"]))

"""Corrected labels of a data set, from a file that names examples by their ids."""

import difflib
import os
from typing import TypeVar, cast

import numpy as np

from noisy_jax import csv_rows
from noisy_jax.data.dataset import class_counts, select
from noisy_jax.data.example_ids import SPLITS, example_ids
from noisy_jax.data.streamed import AnyDataset
from noisy_jax.paths import expanded_path

D = TypeVar("D", bound=AnyDataset)

_NONE = "none"
_LEFT_OUT = -1


def parse_labels(text: str) -> str | None:
  """Parses the path of a file of labels, without reading it.

  Args:
    text: a path that ends in .csv; or none.

  Returns:
    The path; None for the text none.

  Raises:
    ValueError: naming the value and what would be right.
  """
  if text == _NONE:
    return None
  if not text.endswith(".csv"):
    raise ValueError(f"labels: {text!r}, must be none or a file that ends in .csv")
  return text


def correct_labels(dataset: D, path: str | os.PathLike | None) -> D:
  """Corrects labels of a data set, or leaves examples out, as a file says.

  The file has the columns id and label. An id is one of `example_ids`, of training or of
  test examples; a label is the name of a class, or its number where classes have no names.
  An empty label leaves the example out. Examples that are not in the file stay as they are.

  Labels that were known to be right no longer count as such if one of them changes, as
  nobody knows whether the new one is; they do where examples are only left out.

  Args:
    dataset: any data set, before its noise.
    path: path of the .csv file; None leaves the set as it is.

  Returns:
    The set with these labels, and a note on their number. Where examples of a set without
    ids are left out, the ids of the others are their former positions.

  Raises:
    OSError: if the file cannot be read.
    ValueError: if it has not the two columns, an id is unknown or comes twice, a label is
      no class, or a split would be empty.
  """
  if path is None:
    return dataset
  path = expanded_path("labels", path)
  before = class_counts(dataset.train_labels, dataset.num_classes)
  num_changed = num_left_out = 0
  for split, labels in _read(dataset, path).items():
    left_out = labels == _LEFT_OUT
    if left_out.all():
      raise ValueError(
        f"labels: {path} leaves out all {len(labels)} {split} examples, must leave some"
      )
    labels = np.where(left_out, getattr(dataset, f"{split}_labels"), labels)
    num_changed += int((labels != getattr(dataset, f"{split}_labels")).sum())
    num_left_out += int(left_out.sum())
    dataset = _with_labels(dataset, split, labels)
    if left_out.any():
      dataset = _without(dataset, split, left_out)
  notes = [f"labels of {path}: {num_changed:,} changed, {num_left_out:,} left out"]
  after = class_counts(dataset.train_labels, dataset.num_classes)
  if emptied := np.flatnonzero((before > 0) & (after == 0)).tolist():
    names = ", ".join(repr(_class_names(dataset)[k]) for k in emptied)
    notes.append(f"no training example is left of the class {names}")
  trusted = dataset.labels_trusted and not num_changed
  noted = dataset._replace(labels_trusted=trusted, notes=(*dataset.notes, *notes))
  return cast(D, noted)


def corrections(dataset: AnyDataset, path: str | os.PathLike | None) -> dict[str, str]:
  """What a file of labels changes in a data set.

  Args:
    dataset: any data set, before its labels are corrected.
    path: path of the .csv file; None changes nothing.

  Returns:
    The new label by id, as `correct_labels` reads it: the name of a class, or an empty text
    for an example that is left out. Rows that change nothing are not there.

  Raises:
    OSError, ValueError: as `correct_labels`; but a split may be empty.
  """
  if path is None:
    return {}
  ids, names = example_ids(dataset), (*_class_names(dataset), "")
  changed = {}
  for split, labels in _read(dataset, expanded_path("labels", path)).items():
    for i in np.flatnonzero(labels != getattr(dataset, f"{split}_labels")).tolist():
      # The last name, of -1, is that of an example that is left out.
      changed[ids[split][i]] = names[labels[i]]
  return changed


def _read(dataset, path):
  """The labels of each split after the file, with -1 for an example that it leaves out."""
  rows = csv_rows.read_columns("labels", path, ("id", "label"))
  ids, wanted = example_ids(dataset), {id_ for _, (id_, _) in rows}
  places = {
    id_: (split, position)
    for split in SPLITS
    for position, id_ in enumerate(ids[split])
    if id_ in wanted
  }
  names = _class_names(dataset)
  class_ids = {name: class_id for class_id, name in enumerate(names)} | {"": _LEFT_OUT}
  labels = {split: getattr(dataset, f"{split}_labels").copy() for split in SPLITS}
  seen = set()
  for line, (id_, label) in rows:
    place = f"labels: {path}, line {line}"
    if id_ not in places:
      raise ValueError(
        f"{place}: id {id_!r}, must be that of an example, such as {ids['train'][0]!r}"
      )
    if id_ in seen:
      raise ValueError(f"{place}: id {id_!r} comes a second time, must come once")
    if label not in class_ids:
      (near,) = difflib.get_close_matches(label, names, 1, 0)
      raise ValueError(
        f"{place}: label {label!r}, must be one of the {len(names)} classes, such as "
        f"{near!r}, or empty"
      )
    seen.add(id_)
    split, position = places[id_]
    labels[split][position] = class_ids[label]
  return labels


def _class_names(dataset):
  return dataset.class_names or tuple(map(str, range(dataset.num_classes)))


def _with_labels(dataset, split, labels):
  if dataset.is_streamed:
    return dataset._replace(**{split: dataset.images(split).relabel(labels)})
  return dataset._replace(**{f"{split}_labels": labels})


def _without(dataset, split, left_out):
  places = np.flatnonzero(~left_out)
  if dataset.is_streamed:
    return dataset._replace(**{split: dataset.images(split).select(places)})
  return select(dataset, split, places)

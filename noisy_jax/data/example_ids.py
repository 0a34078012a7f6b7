"""The ids by which files name the examples of a data set."""

from collections.abc import Iterable, Sequence

import numpy as np

from noisy_jax.data.names import DatasetName
from noisy_jax.data.readable import positions
from noisy_jax.data.streamed import AnyDataset

SPLITS = ("train", "test")


def example_ids(dataset: AnyDataset) -> dict[str, Sequence[str]]:
  """The id of each example, different from all others in the set.

  It is the set's own, such as a path in a folder or the id in TFDS, where both splits have
  ids that all differ; otherwise it is SPLIT/POSITION, such as train/0. `pooled` names its
  examples alike.

  Args:
    dataset: the set. If it is in memory, nothing may have been left out of it yet; in a
      part of a stream, positions are those in the whole. Of a streamed TFDS set all records
      are read, which takes a while.

  Returns:
    The ids of each split, train and test, in the order of its examples.
  """
  if dataset.is_streamed:
    own = {split: dataset.images(split).ids() for split in SPLITS}
  else:
    own = {split: getattr(dataset, f"{split}_ids") for split in SPLITS}
  if all(ids is not None for ids in own.values()):
    texts: dict[str, Sequence[str]]
    texts = {split: list(map(str, ids)) for split, ids in own.items()}
    if len({*texts["train"], *texts["test"]}) == sum(map(len, texts.values())):
      return texts
  places: dict[str, Iterable[int]]
  if dataset.is_streamed:
    places = {split: positions(dataset.images(split).source) for split in SPLITS}
  else:
    places = {split: range(len(getattr(dataset, f"{split}_labels"))) for split in SPLITS}
  return {split: [f"{split}/{i}" for i in places[split]] for split in SPLITS}


def ids_for_files(dataset: AnyDataset, name: DatasetName) -> np.ndarray | None:
  """The ids by which files of labels or weights may name the training examples.

  Where examples of a set without ids were left out, `select` has numbered the others. In
  TFDS, which shuffles its records, a file means other numbers.

  Args:
    dataset: the set in memory, of which examples may have been left out; or a stream.
    name: its name.

  Returns:
    str[n]; None where there are no ids, or only numbers of records of TFDS.
  """
  ids = dataset.train_ids
  if ids is None or name.source != "tfds":
    return ids
  numbers = [int(id_) for id_ in ids if id_.isdecimal()]
  are_positions = len(numbers) == len(ids) and numbers == sorted(numbers)
  return None if are_positions else ids

"""The ids by which files name the examples of a data set."""

from collections.abc import Sequence

import numpy as np

from noisy_jax.data.streamed import AnyDataset

SPLITS = ("train", "test")


def example_ids(dataset: AnyDataset) -> dict[str, Sequence[str]]:
  """The id of each example, different from all others in the set.

  It is the id in the set, such as a path in a folder or the id in TFDS. In a set without
  ids it is SPLIT/POSITION, such as train/0. Where both splits have an id, all ids have the
  name of the split in front, SPLIT/ID.

  Args:
    dataset: the set before anything is left out of it. Of a streamed TFDS set all records
      are read, which takes a while.

  Returns:
    The ids of each split, train and test, in the order of its examples.

  Raises:
    ValueError: if an id names two examples of a split.
  """
  ids = {split: _of_split(dataset, split) for split in SPLITS}
  for split, of_split in ids.items():
    values, counts = np.unique(np.asarray(of_split), return_counts=True)
    if len(values) < len(of_split):
      twice = str(values[counts > 1][0])
      raise ValueError(f"{split}_ids: {twice!r} names two examples, must name one")
  if set(ids["train"]).isdisjoint(ids["test"]):
    return ids
  return {split: [f"{split}/{id_}" for id_ in ids[split]] for split in SPLITS}


def _of_split(dataset, split):
  if dataset.is_streamed:
    return dataset.images(split).ids()
  ids, size = getattr(dataset, f"{split}_ids"), len(getattr(dataset, f"{split}_labels"))
  return [f"{split}/{i}" for i in range(size)] if ids is None else ids.tolist()

"""Data sets by name, to be streamed."""

import os
from typing import Literal, NamedTuple

import numpy as np

from noisy_jax.data import stream_sources
from noisy_jax.data.dataset import Dataset
from noisy_jax.data.folder import ON_BAD_IMAGE, bad_notes
from noisy_jax.data.names import DatasetName, SplitName, parse_name
from noisy_jax.data.stream import CHANNEL_MEAN, CHANNEL_STD, Stream


class StreamedDataset(NamedTuple):
  """Images that are read when they are needed, and their labels.

  Attributes:
    train: to train on.
    test: to measure on.
    num_classes: K.
    class_names: one a class.
    notes: as in `Dataset`.
    labels_trusted: as in `Dataset`.
  """

  train: Stream
  test: Stream
  num_classes: int
  class_names: tuple[str, ...]
  notes: tuple[str, ...] = ()
  labels_trusted: bool = False

  @property
  def image_shape(self) -> tuple[int, ...]:
    """Height, width and channels of every image."""
    return self.train.image_shape

  @property
  def train_ids(self) -> None:
    """Not kept; `Stream.ids` asks for them."""

  @property
  def train_labels(self) -> np.ndarray:
    """The labels to train on, int32[n]."""
    return self.train.labels

  @property
  def test_labels(self) -> np.ndarray:
    """The labels to measure with, int32[n]."""
    return self.test.labels

  @property
  def is_streamed(self) -> Literal[True]:
    """As in `Dataset`."""
    return True

  def images(self, split: str) -> Stream:
    """As in `Dataset`."""
    return {"train": self.train, "test": self.test}[split]

  def channel_statistics(self) -> tuple[np.ndarray, np.ndarray]:
    """As in `Dataset`, of ImageNet: nobody has seen all images before."""
    return CHANNEL_MEAN, CHANNEL_STD


# What both have stands in `Dataset`.
AnyDataset = Dataset | StreamedDataset


def open_stream(
  name: str | DatasetName,
  data_dir: str | os.PathLike | None = None,
  *,
  on_bad_image: str = "fail",
) -> StreamedDataset:
  """The data set of that name, to be streamed; `load` reads the same into memory.

  Args:
    name: `folder:PATH`, or a prepared set of TFDS, such as `webvision/mini`.
    data_dir: where TFDS finds prepared sets.
    on_bad_image: what to do about images that cannot be read: `fail`, when their turn
      comes; or `skip`, which decodes all images once up front, leaves the bad ones out and
      says so in `notes`. Which are bad is kept in the user's cache.

  Returns:
    `StreamedDataset`.

  Raises:
    OSError: if the set is missing, with what to run, if it is damaged, or if no image of a
      split can be read.
    ValueError: if the name or `on_bad_image` is unknown, if the set is one that is in
      memory anyway, or if it is not what it must be.
  """
  name = parse_name(name)
  if on_bad_image not in ON_BAD_IMAGE:
    raise ValueError(f"on_bad_image: {on_bad_image!r}, must be {' or '.join(ON_BAD_IMAGE)}")
  if name.has_one_size:
    raise ValueError(
      f"dataset: {str(name)!r}, must be folder:PATH or a set of TFDS to stream"
    )
  if name.source == "folder":
    sources = stream_sources.open_folder(name.detail)
  else:
    sources = stream_sources.open_tfds(name.detail, data_dir)
  train, test, notes = Stream(sources.train), Stream(sources.test), sources.notes
  if on_bad_image == "skip":
    (train, bad), (test, bad_test) = train.readable(), test.readable()
    notes = (*notes, *bad_notes([*bad, *bad_test]))
  return StreamedDataset(
    train, test, len(train.class_names), train.class_names, notes, sources.labels_trusted
  )


def open_test_stream(name: SplitName, data_dir: str | os.PathLike | None = None) -> Stream:
  """One split of a set of TFDS, to be measured on besides the test set.

  Args:
    name: of a prepared set and its split, from `parse_extra_test`.
    data_dir: where TFDS finds prepared sets.

  Returns:
    `Stream`.

  Raises:
    OSError: if the set is missing, with what to run, or if it is damaged.
    ValueError: if the set has no such split.
  """
  source = stream_sources.open_tfds_split(name.dataset.detail, name.split, data_dir)
  return Stream(source)

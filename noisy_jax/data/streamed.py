"""Streamed data sets, by name."""

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
    train: the split to train on.
    test: the split to measure on.
    num_classes: K.
    class_names: one name a class.
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
    """None, as ids are not in memory; `Stream.ids` reads them."""

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
    """ImageNet's mean and standard deviation, as reading all images would take long."""
    return CHANNEL_MEAN, CHANNEL_STD


# `Dataset` documents the attributes that both have.
AnyDataset = Dataset | StreamedDataset


def open_stream(
  name: str | DatasetName,
  data_dir: str | os.PathLike | None = None,
  *,
  on_bad_image: str = "fail",
) -> StreamedDataset:
  """Opens a data set by name as a stream; `load` reads the same into memory.

  Args:
    name: `folder:PATH`, or a prepared TFDS set, such as `webvision/mini`.
    data_dir: directory of prepared TFDS sets.
    on_bad_image: response to images that cannot be read: `fail` raises when their turn
      comes; `skip` decodes all images once up front, leaves the bad ones out and names them
      in `notes`. The list of bad images is kept in the user's cache.

  Returns:
    `StreamedDataset`.

  Raises:
    OSError: if the set is missing, with the command that prepares it, if it is damaged, or
      if no image of a split can be read.
    ValueError: if the name or `on_bad_image` is unknown, if the set is always in memory
      (digits and npz), or if it has not the form that it must have.
  """
  name = parse_name(name)
  if on_bad_image not in ON_BAD_IMAGE:
    raise ValueError(f"on_bad_image: {on_bad_image!r}, must be {' or '.join(ON_BAD_IMAGE)}")
  if name.has_one_size:
    raise ValueError(f"dataset: {str(name)!r}, must be folder:PATH or a TFDS set to stream")
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
  """Opens one split of a TFDS set as a second test set.

  Args:
    name: name of a prepared set and its split, from `parse_extra_test`.
    data_dir: directory of prepared TFDS sets.

  Returns:
    `Stream`.

  Raises:
    OSError: if the set is missing, with the command that prepares it, or damaged.
    ValueError: if the set has no such split.
  """
  source = stream_sources.open_tfds_split(name.dataset.detail, name.split, data_dir)
  return Stream(source)

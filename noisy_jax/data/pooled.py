"""Training on all examples of a set, its test examples among them."""

import functools
import itertools
import os
from collections.abc import Iterator

import numpy as np

from noisy_jax.data import test_share
from noisy_jax.data.example_ids import SPLITS, example_ids
from noisy_jax.data.readable import positions
from noisy_jax.data.stream import Stream
from noisy_jax.data.stream_sources import Source
from noisy_jax.data.streamed import AnyDataset


class Joined:
  """The images of a training source, and after them those of a test source.

  Attributes:
    sources: both sources.
  """

  def __init__(self, train: Source, test: Source):
    """Takes two sources of the same classes."""
    self.sources = train, test
    self.labels = np.concatenate([source.labels for source in self.sources])
    self.class_names = train.class_names
    self.place = f"{train.place} and {test.place}"

  def files(self) -> Iterator[str]:
    """The paths of the files of both."""
    return itertools.chain.from_iterable(source.files() for source in self.sources)

  def read(self, index: int) -> bytes:
    """The encoded image."""
    source, index = self._at(index)
    return source.read(index)

  def id(self, index: int) -> str:
    """The image's id in the pooled set; the first call reads the ids of all images."""
    return os.fsdecode(self._ids[index])

  def name(self, index: int) -> str:
    """The image's name in messages."""
    source, index = self._at(index)
    return source.name(index)

  def _at(self, index):
    train, test = self.sources
    size = len(train.labels)
    return (train, index) if index < size else (test, index - size)

  @functools.cached_property
  def _ids(self):
    sizes = [len(source.labels) for source in self.sources]
    pairs = zip(self.sources, sizes, strict=True)
    # As bytes: millions of str would take several times the memory.
    own = np.array([os.fsencode(s.id(i)) for s, size in pairs for i in range(size)])
    if len(np.unique(own)) == len(own):
      return own
    names = zip(SPLITS, map(positions, self.sources), strict=True)
    return np.array([f"{split}/{i}" for split, at in names for i in at], np.bytes_)


def pooled(dataset: AnyDataset) -> AnyDataset:
  """Adds the test examples of a set to its training examples.

  The training split is the old one and after it the test split, which also stays as it is:
  what a network trained on this set scores there says nothing on new examples. The ids of
  the training split are those of `example_ids`. A set in memory is copied, a memory-mapped
  one into memory; a streamed one is not read.

  Args:
    dataset: any data set.

  Returns:
    The set with both splits to train on.

  Raises:
    ValueError: if the images of one split are uint8 and those of the other float32.

  Example:
    >>> from noisy_jax import data
    >>> dataset = data.pooled(data.digits(10, train_size=300, test_size=100))
    >>> len(dataset.train_labels), len(dataset.test_labels), str(dataset.train_ids[300])
    (400, 100, 'test/0')
  """
  # That a part was held out is no longer true.
  kept = (note for note in dataset.notes if not note.endswith(test_share.NOTE))
  dataset = dataset._replace(notes=tuple(kept))
  if dataset.is_streamed:
    return dataset._replace(train=Stream(Joined(dataset.train.source, dataset.test.source)))
  images = dataset.train_images, dataset.test_images
  if images[0].dtype != images[1].dtype:
    raise ValueError(
      f"test_images: {images[1].dtype}, must be {images[0].dtype} as train_images"
    )
  ids = example_ids(dataset)
  return dataset._replace(
    train_images=np.concatenate(images),
    train_labels=np.concatenate([dataset.train_labels, dataset.test_labels]),
    train_ids=np.array([*ids["train"], *ids["test"]]),
  )

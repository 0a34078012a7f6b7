"""Streams for sets too large for memory: the host decodes images during training.

Only images stream; labels are small and known up front. The crop of an image follows from
the seed, the epoch and its index, and the order of an epoch follows from seed and epoch.
Neither depends on threads, on processes, or on the step at which an epoch begins.

The rest of WebVision's augmentation, the change of colours, works on images of one size.
The devices do it: `color_jitter`.
"""

import copy
import functools
import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from noisy_jax.data import image_transforms, stream_sources
from noisy_jax.data.decode import decode_rgb
from noisy_jax.data.generators import generators
from noisy_jax.data.image_transforms import IMAGE_SIZE
from noisy_jax.data.order import all_rows, epoch_rows
from noisy_jax.data.readable import Part, readable

# The usual statistics of ImageNet's training images, on the scale where white is 1.
CHANNEL_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
CHANNEL_STD = np.array([0.229, 0.224, 0.225], np.float32)

# Keeps the images' generators apart from the order's: numpy pads short seeds with zeros, so
# that (seed, epoch) and (seed, epoch, 0) would be the same.
_IMAGES = 0x696D6773
_GREY = 127


class Batch(NamedTuple):
  """A batch of examples.

  Attributes:
    images: uint8[n, 224, 224, 3].
    indices: indices of these examples in the split, int32[n]; -1 fills up, with a grey
      image.
  """

  images: np.ndarray
  indices: np.ndarray


class Stream:
  """A split whose images are read when they are needed.

  Attributes:
    labels: labels of the set, int32[n].
    class_names: one name a class; empty if the classes have no names.
    image_shape: height, width and channels of every image.
    source: the source of the encoded images.
  """

  image_shape = (IMAGE_SIZE, IMAGE_SIZE, 3)

  def __init__(self, source: stream_sources.Source):
    """Streams from a source of encoded images."""
    self.labels, self.class_names = source.labels, source.class_names
    self.source = source

  def __len__(self) -> int:
    """The number of examples."""
    return len(self.labels)

  def select(self, indices: np.ndarray) -> "Stream":
    """The stream of the examples with these indices, int[n]."""
    return Stream(Part(self.source, indices))

  def relabel(self, labels: np.ndarray) -> "Stream":
    """The stream of the same images with other labels, int32[n]."""
    source = copy.copy(self.source)
    source.labels = labels
    return Stream(source)

  def readable(self, flag: str = "dataset") -> tuple["Stream", tuple[str, ...]]:
    """Leaves out the images that cannot be read; the first call decodes all images.

    Args:
      flag: the flag that named the set, for messages.

    Returns:
      The stream of the readable images, and the names of the bad ones.

    Raises:
      OSError: if no image can be read.
    """
    source, bad = readable(self.source, flag)
    return Stream(source), bad

  def ids(self) -> tuple[str, ...]:
    """The id of each image in its set; reads all of them, which takes a while."""
    return tuple(self.source.id(index) for index in range(len(self)))

  def train_batches(
    self,
    batch_size: int,
    *,
    seed: int,
    epoch: int,
    start: int = 0,
    process_index: int = 0,
    process_count: int = 1,
    num_threads: int | None = None,
  ) -> Iterator[Batch]:
    """The batches of an epoch from a step on, with random crops of the images.

    This is RandomResizedCrop(224) and RandomHorizontalFlip, from the protocol for WebVision
    of Ma et al., ICML 2020. The devices change its colours, as in the training loop:
    `color_jitter(example_keys(epoch_key(seed, epoch), batch.indices), batch.images)`.

    Args:
      batch_size: examples per step over all processes.
      seed: seed of the order and the crops.
      epoch: epoch of the order and the crops.
      start: number of steps of the epoch to skip, at no cost.
      process_index: index of this process.
      process_count: number of processes. Each takes its part of every batch, so that the
        batches do not depend on this number.
      num_threads: number of threads, each of which decodes a batch at a time; None: one for
        each core. The memory holds up to two batches more than threads.

    Yields:
      `Batch` of batch_size / process_count examples; the last examples are left out if they
      do not fill a batch.

    Raises:
      OSError: if an image cannot be read, with its name.
      ValueError: if the batch is larger than the split, or not a multiple of process_count.
    """
    rows = epoch_rows(len(self), batch_size, seed=seed, epoch=epoch)[start:]
    rows = _part(rows, process_index, process_count)

    def of_batch():
      rng_of = generators(_IMAGES, seed, epoch)

      def transform(image, index, out):
        image_transforms.random_resized_crop(image, rng_of(index), out)

      return transform

    return self._batches(rows, of_batch, num_threads)

  def test_batches(
    self,
    batch_size: int,
    *,
    process_index: int = 0,
    process_count: int = 1,
    num_threads: int | None = None,
  ) -> Iterator[Batch]:
    """All examples once, in their order and without augmentation.

    Args:
      batch_size: examples per step over all processes.
      process_index: as in `train_batches`.
      process_count: as in `train_batches`.
      num_threads: as in `train_batches`.

    Yields:
      `Batch` of batch_size / process_count examples; the last is filled up.

    Raises:
      OSError: as `train_batches`.
      ValueError: if the batch is not a multiple of process_count.
    """
    rows = _part(all_rows(len(self), batch_size), process_index, process_count)

    def transform(image, index, out):
      del index
      image_transforms.for_testing(image, out)

    return self._batches(rows, lambda: transform, num_threads)

  def _batches(self, rows, transform_of_batch, num_threads):
    # Only streams need Grain, and it takes a while to import.
    import grain

    threads = num_threads or os.cpu_count() or 1
    options = grain.ReadOptions(num_threads=threads, prefetch_buffer_size=threads + 1)
    load = functools.partial(self._load, transform_of_batch)
    return iter(grain.MapDataset.source(rows).map(load).to_iter_dataset(options))

  def _load(self, transform_of_batch: Callable, row: np.ndarray) -> Batch:
    images = np.empty((len(row), *self.image_shape), np.uint8)
    transform = transform_of_batch()
    for place, index in enumerate(row.tolist()):
      if index < 0:
        images[place] = _GREY
      else:
        transform(self._read(index), index, images[place])
    return Batch(images, row)

  def _read(self, index):
    """uint8[height, width, 3]."""
    try:
      return decode_rgb(self.source.read(index))
    except OSError as error:
      name = self.source.name(index)
      cause = str(error).replace(name, "it")
      raise OSError(
        f"dataset: {name} cannot be read as an image ({cause}); --on_bad_image=skip leaves "
        "such images out"
      ) from error


def _part(rows, process_index, process_count):
  """The columns of one process."""
  if rows.shape[1] % process_count:
    raise ValueError(
      f"batch_size: {rows.shape[1]}, must be a multiple of the {process_count} processes"
    )
  return np.split(rows, process_count, axis=1)[process_index]

"""Sets too large for memory: images decoded and cut out on the host while one trains.

Labels, and whatever else is kept per example, are small and known up front; only images
stream. What becomes of an image follows from the seed, the epoch and its index, and the
order of an epoch from seed and epoch: neither depends on threads, on processes, or on where
in the epoch one begins.

The rest of WebVision's augmentation, the change of colours, is a computation on images of
one size, which the devices do: `color_jitter`.
"""

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
from noisy_jax.data.readable import readable

# Of ImageNet's training images, as everybody standardises with: where white is 1.
CHANNEL_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
CHANNEL_STD = np.array([0.229, 0.224, 0.225], np.float32)

# Makes the generators of images others than that of the order: numpy pads short seeds with
# zeros, so that (seed, epoch) and (seed, epoch, 0) would be the same.
_IMAGES = 0x696D6773
_GREY = 127


class Batch(NamedTuple):
  """Some examples.

  Attributes:
    images: uint8[n, 224, 224, 3].
    indices: of these examples in the split, int32[n]; -1 fills up, with a grey image.
  """

  images: np.ndarray
  indices: np.ndarray


class Stream:
  """A split whose images are read when they are needed.

  Attributes:
    labels: clean, or as the set has them, int32[n].
    class_names: one a class; empty where classes have none.
    image_shape: height, width and channels of every image.
    source: of the encoded images.
  """

  image_shape = (IMAGE_SIZE, IMAGE_SIZE, 3)

  def __init__(self, source: stream_sources.Source):
    """Streams from a source of encoded images."""
    self.labels, self.class_names = source.labels, source.class_names
    self.source = source

  def __len__(self) -> int:
    """How many examples there are."""
    return len(self.labels)

  def readable(self, flag: str = "dataset") -> tuple["Stream", tuple[str, ...]]:
    """Leaves out the images that cannot be read; decodes all to know, but the first time.

    Args:
      flag: what named the set, for messages.

    Returns:
      The stream of the others, and what the bad ones are called.

    Raises:
      OSError: if none can be read.
    """
    source, bad = readable(self.source, flag)
    return Stream(source), bad

  def ids(self) -> tuple[str, ...]:
    """What each image is called in the set; asks for all of them, which takes a while."""
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
    """The batches of an epoch from a step on, each image cut out at random.

    RandomResizedCrop(224) and RandomHorizontalFlip, of the protocol for WebVision of Ma et
    al., ICML 2020. Its colours are left to the devices: `color_jitter(example_keys(
    epoch_key(seed, epoch), batch.indices), batch.images)`, as the training loop does.

    Args:
      batch_size: examples per step over all processes.
      seed: of the order and the crops.
      epoch: likewise.
      start: how many steps of the epoch to pass over; they cost nothing.
      process_index: which process this is.
      process_count: how many there are. Each takes its part of every batch, so that
        batches are the same for any number of them.
      num_threads: how many threads decode, each a batch at a time; None: one for each core.
        Up to two batches more than threads are in memory.

    Yields:
      `Batch` of batch_size / process_count examples; what fills no batch is left out.

    Raises:
      OSError: if an image cannot be read, with its name.
      ValueError: if the batch is larger than the split, or no multiple of process_count.
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
      process_count: likewise.
      num_threads: likewise.

    Yields:
      `Batch` of batch_size / process_count examples; the last is filled up.

    Raises:
      OSError: as `train_batches`.
      ValueError: if the batch is no multiple of process_count.
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

"""A data set in memory, its checks and its statistics."""

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from noisy_jax.checks import check_labels, check_num_classes
from noisy_jax.noise.instance import channel_moments

# Grey, RGB and RGBA.
_NUM_CHANNELS = (1, 3, 4)
_NUMBERS = 2**22


class Dataset(NamedTuple):
  """Images and their labels before any noise, in host memory.

  Images are uint8 in [0, 255] or float32 in [0, 1], [n, height, width, channels]. In their
  place a set may have features, float32[n, d] of any scale, such as embeddings. Labels are
  class ids in [0, num_classes), int32[n].

  Attributes:
    train_images: images to train on.
    train_labels: labels of the training images.
    test_images: images to measure on, of the same height, width and channels.
    test_labels: labels of the test images.
    num_classes: K.
    class_names: one name a class; empty if the classes have no names.
    train_ids: names of the training images in their source, str[n], such as a path inside
      a folder or the id in TFDS; None if images have no names.
    test_ids: names of the test images, str[n], or None.
    notes: sentences for a reader of results, such as on files left out, or another split
      in place of the test split.
    labels_trusted: whether the labels are known to be right, as in a benchmark. For other
      sets nobody knows how many labels are wrong, and results must not claim a number.
  """

  train_images: np.ndarray
  train_labels: np.ndarray
  test_images: np.ndarray
  test_labels: np.ndarray
  num_classes: int
  class_names: tuple[str, ...] = ()
  train_ids: np.ndarray | None = None
  test_ids: np.ndarray | None = None
  notes: tuple[str, ...] = ()
  labels_trusted: bool = False

  @property
  def image_shape(self) -> tuple[int, ...]:
    """Height, width and channels of every image, or the number of features."""
    return self.train_images.shape[1:]

  @property
  def is_streamed(self) -> Literal[False]:
    """Whether images are read when they are needed."""
    return False

  def images(self, split: str) -> np.ndarray:
    """The images of a split, train or test."""
    return {"train": self.train_images, "test": self.test_images}[split]

  def channel_statistics(self) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel or feature; see `channel_statistics`."""
    return channel_statistics(self.train_images)


def check_dataset(dataset: Dataset) -> Dataset:
  """Refuses a set whose parts do not fit together; called once, where data enter.

  Args:
    dataset: the set as it was read, with integer labels of any width.

  Returns:
    The same set with int32 labels.

  Raises:
    ValueError: if a split is empty, images are not uint8 or float32 of rank 4, are float32
      outside [0, 1] or have their channels first, features are not float32 of rank 2 or not
      finite, the splits differ in shape, labels, ids or class names do not fit in number,
      or a label is outside [0, num_classes).
  """
  check_num_classes(dataset.num_classes)
  labels = {}
  for split in ("train", "test"):
    images = getattr(dataset, f"{split}_images")
    has_features = images.ndim == 2 and images.dtype == np.float32
    is_image = images.ndim == 4 and images.dtype in (np.uint8, np.float32)
    if not (has_features or is_image):
      raise ValueError(
        f"{split}_images: {images.dtype}{list(images.shape)}, must be uint8 or float32 of "
        "[n, height, width, channels], or features, float32 of [n, d]"
      )
    if images.size == 0:
      raise ValueError(
        f"{split}_images: shape {list(images.shape)}, must hold at least one number"
      )
    if has_features:
      _check_numbers(f"{split}_features", images, np.isfinite, "finite")
    else:
      _check_channels_last(f"{split}_images", images)
      if images.dtype == np.float32:
        wanted = "in [0, 1], as white is 1 in float32"
        _check_numbers(f"{split}_images", images, _is_share, wanted)
    try:
      labels[split] = check_labels(getattr(dataset, f"{split}_labels"), dataset.num_classes)
    except ValueError as error:
      raise ValueError(f"{split}_{error}") from None
    _check_length(f"{split}_labels", labels[split], len(images), f"{split}_images")
    ids = getattr(dataset, f"{split}_ids")
    if ids is not None:
      _check_length(f"{split}_ids", ids, len(images), f"{split}_images")
  train_shape, test_shape = dataset.train_images.shape[1:], dataset.test_images.shape[1:]
  if train_shape != test_shape:
    raise ValueError(
      f"test_images: {list(test_shape)} each, must be {list(train_shape)} as train_images"
    )
  if dataset.class_names:
    _check_length("class_names", dataset.class_names, dataset.num_classes, "num_classes")
  return dataset._replace(train_labels=labels["train"], test_labels=labels["test"])


def _check_channels_last(name, images):
  """Refuses images in PyTorch's layout, whose rows a network here would take for pixels."""
  if images.shape[1] in _NUM_CHANNELS and images.shape[-1] not in _NUM_CHANNELS:
    shape = ", ".join(map(str, images.shape[1:]))
    raise ValueError(
      f"{name}: {images.dtype}[n, {shape}] has its channels first, must be "
      f"[n, height, width, channels]: np.moveaxis({name}, 1, -1)"
    )


def _is_share(images):
  return (images >= 0) & (images <= 1)


def _check_numbers(name, values, are_right, wanted):
  # In parts: they may lie in a file that does not fit in memory.
  rows = max(1, _NUMBERS // values[0].size)
  for start in range(0, len(values), rows):
    bad = np.argwhere(~are_right(values[start : start + rows]))
    if len(bad):
      first, *rest = bad[0].tolist()
      place = [start + first, *rest]
      raise ValueError(f"{name}: {values[tuple(place)]} at {place}, must be {wanted}")


def _check_length(name, values, length, of):
  if len(values) != length:
    raise ValueError(f"{name}: {len(values)} of them, must be {length} as {of}")


def select(dataset: Dataset, split: str, places: np.ndarray) -> Dataset:
  """Selects some examples of a split, and leaves the other split as it is.

  Args:
    dataset: any data set.
    split: train or test.
    places: the examples to select, as indices int[m] or as a mask bool[n].

  Returns:
    `Dataset` with the images, labels and ids of these examples. In a set without ids, the
    id of an example is its former position.
  """
  images, labels, ids = (
    getattr(dataset, f"{split}_{part}") for part in ("images", "labels", "ids")
  )
  ids = np.arange(len(labels))[places].astype(np.str_) if ids is None else ids[places]
  chosen: dict[str, Any] = {
    f"{split}_images": images[places],
    f"{split}_labels": labels[places],
    f"{split}_ids": ids,
  }
  return dataset._replace(**chosen)


def class_counts(labels: ArrayLike, num_classes: int) -> np.ndarray:
  """The number of examples of each class.

  Args:
    labels: class ids in [0, num_classes), int[n].
    num_classes: K.

  Returns:
    int64[K].
  """
  return np.bincount(np.asarray(labels), minlength=num_classes)


def summary(labels: ArrayLike, num_classes: int) -> str:
  """The number of examples and classes in one short line.

  Args:
    labels: class ids in [0, num_classes), int[n].
    num_classes: K.

  Returns:
    A text such as "50,000 examples, 10 classes of 5,000 each" or "... of 50 to 99 each".
  """
  counts = class_counts(labels, num_classes)
  low, high = counts.min(), counts.max()
  each = f"{low:,}" if low == high else f"{low:,} to {high:,}"
  return f"{counts.sum():,} examples, {num_classes:,} classes of {each} each"


def channel_statistics(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
  """Mean and standard deviation of each channel over all pixels, or of each feature.

  Args:
    images: uint8 in [0, 255] or float32, [n, height, width, channels]; or features, [n, d].

  Returns:
    Two float32[channels], on the scale where white is 1. A constant channel has standard
    deviation 1, so that dividing by it is safe.
  """
  mean, std = channel_moments(images)
  white = 255.0 if images.dtype == np.uint8 else 1.0
  std = np.where(std > 0, std, white)
  return (mean / white).astype(np.float32), (std / white).astype(np.float32)

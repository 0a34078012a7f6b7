"""The data of a run before any noise: in memory, or streamed where they do not fit."""

import os
from typing import NamedTuple

from absl import logging

from noisy_jax import data, methods


class DataSettings(NamedTuple):
  """The data of a run.

  Attributes:
    name: name of the set.
    image_size: height and width to scale images to; None keeps their size.
    on_bad_image: response to an unreadable file in a folder, fail or skip.
    max_memory_gb: memory for decoded images, in GB; larger sets are streamed.
    extra_test: second test set of a streamed run; None without one.
    labels: .csv file of corrected labels; None without one.
    imbalance: long tail to thin the training set to; None without one.
    clean: files with right labels for the method; None without any.
    validation: training examples to choose the best epoch by; None without any.
  """

  name: data.DatasetName
  image_size: int | None
  on_bad_image: str
  max_memory_gb: float
  extra_test: data.SplitName | None
  labels: str | None
  imbalance: data.Imbalance | None
  clean: data.DatasetName | None
  validation: data.ValidationSplit | None


def is_too_large(
  settings: DataSettings,
  data_dir: str | os.PathLike | None = None,
  *,
  download: bool = False,
) -> bool:
  """Whether the decoded images of a set need more memory than `max_memory_gb`.

  Args:
    settings: the data.
    data_dir: directory of prepared TFDS sets.
    download: whether TFDS may download and prepare a set that is not there.

  Returns:
    Whether they have to be streamed.

  Raises:
    ValueError: if the data set has not the form that it must have.
    OSError: if the data set is not prepared, or a file is missing or damaged.
  """
  size = settings.image_size
  needed = data.decoded_bytes(settings.name, data_dir, image_size=size, download=download)
  return needed > 1e9 * settings.max_memory_gb


def load(
  settings: DataSettings,
  data_dir: str | os.PathLike | None = None,
  *,
  download: bool = False,
) -> data.Dataset:
  """Loads the data set of a run into memory.

  Args:
    settings: the data.
    data_dir: directory of prepared TFDS sets.
    download: whether TFDS may download and prepare a set that is not there.

  Returns:
    The set, with clean labels.

  Raises:
    ValueError: as `is_too_large`.
    OSError: as `is_too_large`.
  """
  dataset = data.load(
    settings.name,
    data_dir,
    image_size=settings.image_size,
    on_bad_image=settings.on_bad_image,
    download=download,
  )
  return data.check_dataset(dataset)


def check_streamed(
  settings: DataSettings,
  augmentation: data.Augmentation,
  spec: methods.MethodSpec,
  method: methods.Method,
) -> None:
  """Refuses settings that need all images in memory.

  Args:
    settings: the data, which are streamed.
    augmentation: the transformations of the training images.
    spec: the name and hyperparameters of the method.
    method: this method around the loss.

  Raises:
    ValueError: naming the setting, its value and what would be right.
  """
  is_streamed = f"with {settings.name}, which is streamed (see max_memory_gb)"
  size, _, _ = data.Stream.image_shape
  if settings.image_size not in (None, size):
    raise ValueError(
      f"image_size: {settings.image_size}, must be left out or {size} {is_streamed}"
    )
  if augmentation.names:
    raise ValueError(
      f"augmentation: {str(augmentation)!r}, must be none, mixup or cutmix {is_streamed}: "
      "streaming crops, mirrors and recolours its images by itself"
    )
  if settings.imbalance is not None:
    raise ValueError(f"imbalance: {str(settings.imbalance)!r}, must be none {is_streamed}")
  if method.num_clean:
    raise ValueError(f"method: {spec}, must not take out clean examples {is_streamed}")


def open_extra_test(
  settings: DataSettings,
  dataset: data.AnyDataset,
  data_dir: str | os.PathLike | None = None,
) -> data.Stream | None:
  """Opens the second test set of a run.

  Args:
    settings: the data.
    dataset: the data set that they name.
    data_dir: directory of prepared TFDS sets.

  Returns:
    `Stream`; None where the settings name no second test set.

  Raises:
    ValueError: if the data set is in memory, or the split is unknown or has other classes.
    OSError: if the second test set is not prepared, or damaged.
  """
  name = settings.extra_test
  if name is None:
    return None
  if not dataset.is_streamed:
    raise ValueError(
      f"extra_test: {str(name)!r}, must be none with {settings.name}, which is in memory "
      "(see max_memory_gb)"
    )
  stream = data.open_test_stream(name, data_dir)
  if settings.on_bad_image == "skip":
    stream, bad = stream.readable("extra_test")
    if bad:
      logging.warning("extra_test: left out %d images, such as %s", len(bad), bad[0])
  theirs, ours = stream.class_names, dataset.class_names
  if len(theirs) != len(ours):
    raise ValueError(
      f"extra_test: {str(name)!r} has {len(theirs)} classes, must have the {len(ours)} of "
      f"{settings.name}"
    )
  # TFDS gives classes without names their numbers as names.
  numbers = tuple(map(str, range(len(ours))))
  if theirs != ours and numbers not in (theirs, ours):
    k = next(k for k, of_class in enumerate(theirs) if of_class != ours[k])
    raise ValueError(
      f"extra_test: {str(name)!r} has {theirs[k]!r} as class {k}, must have {ours[k]!r} as "
      f"{settings.name}"
    )
  return stream

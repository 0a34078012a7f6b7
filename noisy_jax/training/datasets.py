"""The data of a config, before any noise: in memory, or streamed where they do not fit."""

import os
from typing import NamedTuple

import jax
import numpy as np
from absl import logging

from noisy_jax import data, methods


class DataSettings(NamedTuple):
  """The data of a run.

  Attributes:
    name: of the set.
    image_size: height and width that images are scaled to; None leaves them as they are.
    on_bad_image: what an unreadable file in a folder does, fail or skip.
    max_memory_gb: how much memory decoded images may take; larger sets are streamed.
    extra_test: a split to measure a streamed run on besides; None without one.
    imbalance: the long tail that the training set is thinned to; None without one.
    clean: files with right labels for the method; None where there are none.
  """

  name: data.DatasetName
  image_size: int | None
  on_bad_image: str
  max_memory_gb: float
  extra_test: data.SplitName | None
  imbalance: data.Imbalance | None
  clean: data.DatasetName | None


def is_too_large(
  settings: DataSettings,
  data_dir: str | os.PathLike | None = None,
  *,
  download: bool = False,
) -> bool:
  """Whether the images of a set would take more memory than they may.

  Args:
    settings: of the data.
    data_dir: where TFDS finds prepared sets.
    download: whether TFDS may download and prepare a set that is not there.

  Returns:
    Whether they have to be streamed.

  Raises:
    ValueError: if the data set is not what it must be.
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
  """The data set of a run, in memory.

  Args:
    settings: of the data.
    data_dir: as `is_too_large` takes it.
    download: likewise.

  Returns:
    The set, with clean labels.

  Raises:
    ValueError: as `is_too_large`.
    OSError: likewise.
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
    settings: of a streamed set.
    augmentation: of its images.
    spec: of the method.
    method: around the loss.

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
      f"augmentation: {str(augmentation)!r}, must be none {is_streamed}: its images are "
      "cut out, mirrored and changed in colour on the way"
    )
  if settings.imbalance is not None:
    raise ValueError(f"imbalance: {str(settings.imbalance)!r}, must be none {is_streamed}")
  if method.num_clean or _remembers_examples(method):
    raise ValueError(
      f"method: {spec}, must neither remember nor take out single examples {is_streamed}"
    )


def _remembers_examples(method):
  """A streamed batch does not bring along what is remembered of its examples."""
  memory = jax.eval_shape(lambda: method.init(np.zeros(1, np.int32), 2))
  return bool(jax.tree.leaves(memory.examples))


def open_extra_test(
  settings: DataSettings,
  dataset: data.AnyDataset,
  data_dir: str | os.PathLike | None = None,
) -> data.Stream | None:
  """The further images that a run is measured on.

  Args:
    settings: of the data.
    dataset: the one that they name.
    data_dir: where TFDS finds prepared sets.

  Returns:
    `Stream`; None if none is asked for.

  Raises:
    ValueError: if the data set is in memory, or the split is unknown or has other classes.
    OSError: if the set is not prepared, or damaged.
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
  # What TFDS calls classes without names.
  numbers = tuple(map(str, range(len(ours))))
  if theirs != ours and numbers not in (theirs, ours):
    k = next(k for k, of_class in enumerate(theirs) if of_class != ours[k])
    raise ValueError(
      f"extra_test: {str(name)!r} has {theirs[k]!r} as class {k}, must have {ours[k]!r} as "
      f"{settings.name}"
    )
  return stream

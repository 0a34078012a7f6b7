"""The data of a config, before any noise: in memory, or streamed where they do not fit."""

import os
from typing import TYPE_CHECKING

import jax
import numpy as np
from absl import logging

from noisy_jax import data, losses, methods

if TYPE_CHECKING:
  # That module checks its settings by this one.
  from noisy_jax.training.config import TrainConfig

_NONE = "none"


def open_dataset(
  config: "TrainConfig",
  data_dir: str | os.PathLike | None = None,
  *,
  download: bool = False,
) -> data.Dataset | data.StreamedDataset:
  """The data set of a config; whether it is streamed follows from the set and the config.

  Args:
    config: names the set, and says how much of it memory may hold.
    data_dir: where TFDS finds prepared sets.
    download: whether TFDS may download and prepare a set that is not there.

  Returns:
    The set, with clean labels.

  Raises:
    ValueError: if the data set is not what it must be, or the config has settings that a
      streamed set cannot have.
    OSError: if the data set is not prepared, or a file is missing or damaged.
  """
  size = config.image_size or None
  needed = data.decoded_bytes(config.dataset, data_dir, image_size=size, download=download)
  if needed > 1e9 * config.max_memory_gb:
    check_streamed(config)
    return data.open_stream(config.dataset, data_dir, on_bad_image=config.on_bad_image)
  dataset = data.load(
    config.dataset,
    data_dir,
    image_size=size,
    on_bad_image=config.on_bad_image,
    download=download,
  )
  return data.check_dataset(dataset)


def check_streamed(config: "TrainConfig") -> None:
  """Refuses settings that need all images in memory.

  Args:
    config: of a run on a streamed set.

  Raises:
    ValueError: naming the setting, its value and what would be right.
  """
  is_streamed = f"with {config.dataset}, which is streamed (see max_memory_gb)"
  size, _, _ = data.Stream.image_shape
  if config.image_size not in (0, size):
    raise ValueError(
      f"image_size: {config.image_size}, must be left out or {size} {is_streamed}"
    )
  if data.parse_augmentation(config.augmentation).names:
    raise ValueError(
      f"augmentation: {config.augmentation!r}, must be none {is_streamed}: its images are "
      "cut out, mirrored and changed in colour on the way"
    )
  if config.imbalance != _NONE:
    raise ValueError(f"imbalance: {config.imbalance!r}, must be none {is_streamed}")
  method = methods.build(config.method, losses.parse(config.loss))
  if method.num_clean or _remembers_examples(method):
    raise ValueError(
      f"method: {config.method}, must neither remember nor take out single examples "
      f"{is_streamed}"
    )


def _remembers_examples(method):
  """A streamed batch does not bring along what is remembered of its examples."""
  memory = jax.eval_shape(lambda: method.init(np.zeros(1, np.int32), 2))
  return bool(jax.tree.leaves(memory.examples))


def check_extra_test(text: str) -> None:
  """Refuses what names no split of a set of TFDS, without reading anything.

  Args:
    text: none, or as `open_extra_test` takes it.

  Raises:
    ValueError: naming the value and what would be right.
  """
  if text == _NONE:
    return
  name, _, split = text.rpartition(":")
  if not (name and split) or name.startswith(("digits", "folder", "npz")):
    raise ValueError(
      f"extra_test: {text!r}, must be none or NAME:SPLIT, a split of a set of TFDS, such "
      "as webvision_imagenet/mini:validation"
    )
  try:
    data.check_name(name)
  except ValueError as error:
    raise ValueError(f"extra_test: {text!r}: {error}") from None


def open_extra_test(
  config: "TrainConfig",
  dataset: data.Dataset | data.StreamedDataset,
  data_dir: str | os.PathLike | None = None,
) -> data.Stream | None:
  """The further images that a run is measured on.

  Args:
    config: whose extra_test is none, or NAME:SPLIT.
    dataset: the one that the config names.
    data_dir: where TFDS finds prepared sets.

  Returns:
    `Stream`; None if the config asks for none.

  Raises:
    ValueError: if the data set is in memory, or the split is unknown or has other classes.
    OSError: if the set is not prepared, or damaged.
  """
  if config.extra_test == _NONE:
    return None
  if isinstance(dataset, data.Dataset):
    raise ValueError(
      f"extra_test: {config.extra_test!r}, must be none with {config.dataset}, which is in "
      "memory (see max_memory_gb)"
    )
  name, _, split = config.extra_test.rpartition(":")
  stream = data.open_test_stream(name, split, data_dir)
  if config.on_bad_image == "skip":
    stream, bad = stream.readable("extra_test")
    if bad:
      logging.warning("extra_test: left out %d images, such as %s", len(bad), bad[0])
  theirs, ours = stream.class_names, dataset.class_names
  if len(theirs) != len(ours):
    raise ValueError(
      f"extra_test: {config.extra_test!r} has {len(theirs)} classes, must have the "
      f"{len(ours)} of {config.dataset}"
    )
  # What TFDS calls classes without names.
  numbers = tuple(map(str, range(len(ours))))
  if theirs != ours and numbers not in (theirs, ours):
    k = next(k for k, name in enumerate(theirs) if name != ours[k])
    raise ValueError(
      f"extra_test: {config.extra_test!r} has {theirs[k]!r} as class {k}, must have "
      f"{ours[k]!r} as {config.dataset}"
    )
  return stream

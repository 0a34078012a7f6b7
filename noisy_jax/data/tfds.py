"""Image sets from TensorFlow Datasets, read without TensorFlow."""

import os
from typing import Any, NamedTuple

import numpy as np

from noisy_jax.data.dataset import Dataset, check_dataset
from noisy_jax.data.resize import check_image_size, resize
from noisy_jax.data.tfds_builder import damage_in_one_line, open_builder, prepared_builder

_CHUNK = 1000
# Sets whose labels come from the web; nobody cleaned the training labels of Food-101.
_WEB_LABELS = ("webvision", "controlled_noisy_web_labels", "food101")


class Choice(NamedTuple):
  """The features and splits of a set that are used.

  Attributes:
    image_key: the feature that is the image.
    label_key: the feature that is the label.
    train: the split to train on.
    test: the split to measure on.
    notes: as in `Dataset`.
  """

  image_key: str
  label_key: str
  train: str
  test: str
  notes: tuple[str, ...]


def from_tfds(
  name: str,
  data_dir: str | os.PathLike | None = None,
  *,
  image_size: int | None = None,
  download: bool = False,
) -> Dataset:
  """Reads an image classification set of TFDS into memory.

  The training split is `train`. The test split is `test`, or `validation` in a set without
  `test`, which `notes` then says. The image and the label are the supervised keys of the
  set, or else the features `image` and `label`; ids are the feature `id`.

  Args:
    name: name in TFDS: NAME, NAME/CONFIG, NAME:VERSION or NAME/CONFIG:VERSION.
    data_dir: directory of prepared TFDS sets; None is TFDS's own default.
    image_size: height and width to scale all images to; None keeps their size.
    download: whether to download and prepare the set if it is not there.

  Returns:
    `Dataset` with uint8 images, of one channel if the set is grey.

  Raises:
    FileNotFoundError: if the set is not prepared there as array_record, with the command
      that prepares it.
    OSError: if the set is there and cannot be read, or if preparing it fails.
    ValueError: if the name is unknown, if the set has no such features or splits, if
      images differ in size and `image_size` is None, or if a label is out of range.
  """
  check_image_size(image_size)
  # Checked before any download.
  feature_names(name, open_builder(name, data_dir).info)
  builder = prepared_builder(name, data_dir, download=download)
  choice = choose(name, builder)
  keys, read = (choice.image_key, choice.label_key), {}
  for split in (choice.train, choice.test):
    with damage_in_one_line(name, data_dir):
      source = builder.as_data_source(split)
    read[split] = _read(source, keys, image_size, (name, data_dir))
  labels = builder.info.features[choice.label_key]
  train, test = read[choice.train], read[choice.test]
  return check_dataset(
    Dataset(
      train[0],
      train[1],
      test[0],
      test[1],
      labels.num_classes,
      tuple(labels.names),
      train[2],
      test[2],
      choice.notes,
      labels_trusted(builder),
    )
  )


def choose(name: str, builder: Any) -> Choice:
  """Chooses the splits and features of a prepared set.

  Args:
    name: name of the set, for messages.
    builder: builder of the prepared set.

  Returns:
    `Choice`.

  Raises:
    ValueError: if the set has no such features or splits.
  """
  image_key, label_key = feature_names(name, builder.info)
  train, test = _splits(name, builder.info.splits)
  notes = []
  if test != "test":
    notes.append(f"{name} has no split test; tested on {test}")
  config = builder.builder_config
  if config and "/" not in name:
    notes.append(f"{name} has configurations; this is the first, {name}/{config.name}")
  return Choice(image_key, label_key, train, test, tuple(notes))


def labels_trusted(builder: Any) -> bool:
  """Whether the labels of a set count as right, as in TFDS sets other than web ones."""
  return builder.name not in _WEB_LABELS


def feature_names(name: str, info: Any) -> tuple[str, str]:
  """The names of the image and the label feature.

  Args:
    name: name of the set, for messages.
    info: `tfds.core.DatasetInfo`.

  Returns:
    The supervised keys, or else image and label.

  Raises:
    ValueError: if the features are not images with 8 bits a channel and class labels.
  """
  import tensorflow_datasets as tfds

  features, keys = dict(info.features.items()), info.supervised_keys
  if not (isinstance(keys, tuple) and len(keys) == 2):
    keys = ("image", "label")
  image, label = (features.get(key) for key in keys)
  if (
    not isinstance(image, tfds.features.Image)
    or image.np_dtype != np.uint8
    or not isinstance(label, tfds.features.ClassLabel)
    or not label.num_classes
  ):
    raise ValueError(
      f"dataset: {name}, must be an image classification set; its features are "
      f"{', '.join(features)}"
    )
  return keys


def _splits(name, splits):
  """The names of the splits to train and to test on."""
  test = next((split for split in ("test", "validation") if split in splits), None)
  if "train" not in splits or test is None:
    raise ValueError(
      f"dataset: {name}, must have the splits train and test or validation; it has "
      f"{', '.join(splits)}"
    )
  return "train", test


def _read(source, keys, image_size, place):
  """Images [n, h, w, c], labels [n] and ids [n] or None of a split."""
  image_key, label_key = keys
  images, labels, ids = None, [], []
  for start in range(0, len(source), _CHUNK):
    stop = min(start + _CHUNK, len(source))
    with damage_in_one_line(*place):
      examples: list[dict[str, Any]] = source.__getitems__(list(range(start, stop)))
    read = [example[image_key] for example in examples]
    if image_size is not None:
      read = [resize(image, image_size) for image in read]
    if images is None:
      images = np.empty((len(source), *read[0].shape), np.uint8)
    for position, image in enumerate(read, start):
      if image.shape != images.shape[1:]:
        raise ValueError(
          f"dataset: {place[0]} has images of shape {list(images.shape[1:])} and of "
          f"{list(image.shape)}; --image_size=N makes all of them N by N, "
          "--max_memory_gb=0 streams them"
        )
      images[position] = image
    labels += [example[label_key] for example in examples]
    ids += [example["id"] for example in examples if "id" in example]
  if images is None:
    images = np.empty((0, 0, 0, 0), np.uint8)
  texts = [id_.decode() if isinstance(id_, bytes) else str(id_) for id_ in ids]
  return images, np.asarray(labels, np.int64), np.array(texts) if texts else None

"""Image sets from TensorFlow Datasets, read without TensorFlow."""

import contextlib
import os

import numpy as np
from absl import logging

from noisy_jax.data.dataset import Dataset
from noisy_jax.noise import check_labels

_CHUNK = 1000


def from_tfds(name: str, data_dir: str | os.PathLike | None) -> Dataset:
  """A prepared TFDS image classification set, read into memory once.

  Args:
    name: the name TFDS knows it by; it needs features `image` and `label`, splits `train`
      and `test`, and images of one size.
    data_dir: the directory that holds it; None is TFDS's own default.

  Returns:
    `Dataset` with uint8 images.

  Raises:
    FileNotFoundError: if it is not prepared there as array_record, with what to run.
    OSError: if it is there and cannot be read.
    ValueError: if a label is outside the classes the set declares.
  """
  import tensorflow_datasets as tfds

  place = f"{name} in {data_dir or 'the default directory of TFDS'}"
  with _damage_in_one_line(place), _silence():
    builder = tfds.builder(name, data_dir=data_dir)
    readable = builder.is_prepared() and builder.info.file_format.value == "array_record"
  if not readable:
    command = f"tfds build {name} --file_format=array_record"
    raise FileNotFoundError(
      f"data_dir: no {place} as array_record; where TensorFlow is installed (only this "
      f"step needs it), run: {command}" + (f" --data_dir={data_dir}" if data_dir else "")
    )
  with _damage_in_one_line(place):
    sources = builder.as_data_source()
    train_images, train_labels = _read(sources["train"])
    test_images, test_labels = _read(sources["test"])
  num_classes = builder.info.features["label"].num_classes
  return Dataset(
    train_images,
    check_labels(train_labels, num_classes),
    test_images,
    check_labels(test_labels, num_classes),
    num_classes,
  )


@contextlib.contextmanager
def _damage_in_one_line(place):
  try:
    yield
  except Exception as error:
    # The readers fail in many ways, from JSON to protocol buffers.
    cause = str(error).strip().partition("\n")[0]
    raise OSError(f"data_dir: {place} is damaged ({cause}); prepare it anew") from error


@contextlib.contextmanager
def _silence():
  """Keeps TFDS from warning about what we are about to say ourselves."""
  verbosity = logging.get_verbosity()
  logging.set_verbosity(logging.ERROR)
  try:
    yield
  finally:
    logging.set_verbosity(verbosity)


def _read(source):
  images, labels = [], []
  for start in range(0, len(source), _CHUNK):
    stop = min(start + _CHUNK, len(source))
    examples = source.__getitems__(list(range(start, stop)))
    images += [example["image"] for example in examples]
    labels += [example["label"] for example in examples]
  return np.stack(images), np.asarray(labels)

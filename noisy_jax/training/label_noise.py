"""The noise that a config names, made on the data set that it names."""

import os
from typing import TYPE_CHECKING, NamedTuple

import jax
import numpy as np

from noisy_jax import data, noise
from noisy_jax.data import Dataset
from noisy_jax.noise import NoisyLabels

if TYPE_CHECKING:
  # That module checks its settings by this one.
  from noisy_jax.training.config import TrainConfig

SAMPLINGS = ("published", "exact", "exact_pairs", "iid")
# Name -> what follows it: nothing, something, or, in brackets, either.
_KINDS = {
  "symmetric": "",
  "symmetric_including_true": "",
  "pairflip": "",
  "asymmetric": "[:MAP]",
  "instance": "",
  "matrix": ":FILE",
  "human": ":KIND",
  "open_set": ":OTHERS",
}
KINDS = ", ".join(name + detail for name, detail in _KINDS.items())
# By the name of the data set; a set that is not here has no map of its own.
_MAPS = {
  "mnist": "mnist",
  "fashion_mnist": "fashion_mnist",
  "cifar10": "cifar10",
  "cifar10_n": "cifar10",
  "cifar100": "cifar100_block5",
  "cifar100_n": "cifar100_block5",
}


class NoisySet(NamedTuple):
  """A data set as training sees it, beside the truth.

  Attributes:
    dataset: its training labels are the clean ones; under open-set noise, foreign images
      stand in place of some training images, and classes may have been held out.
    labels: the labels to train on, with the clean ones.
    foreign: bool[n], where the training image is of no class in the set; None where no
      such images were put in.
  """

  dataset: Dataset
  labels: NoisyLabels
  foreign: np.ndarray | None = None


def check(kind: str, rate: float, sampling: str, dataset_name: str) -> None:
  """Refuses noise that does not exist or does not fit the data set, by the names alone.

  Args:
    kind: one of `KINDS`; see `make`.
    rate: share of wrong labels, or of foreign images.
    sampling: one of `SAMPLINGS`.
    dataset_name: of the data set.

  Raises:
    ValueError: naming the setting, its value and what would be right.
  """
  name, colon, detail = kind.partition(":")
  form = _KINDS.get(name)
  if form is None or (colon and not form) or (form[:1] == ":" and not detail):
    raise ValueError(f"noise: unknown {kind!r}; known: {KINDS}")
  if sampling not in SAMPLINGS:
    raise ValueError(f"noise_sampling: {sampling!r}, must be {', '.join(SAMPLINGS)}")
  if name in ("matrix", "human") and rate:
    raise ValueError(f"noise_rate: {rate:g}, must be left out with noise {kind}")
  if name in ("instance", "human", "open_set") and sampling != "published":
    raise ValueError(f"noise_sampling: {sampling}, must be left out with noise {kind}")
  if name == "asymmetric":
    _class_map(detail, dataset_name)
  elif name == "human":
    data.check_human(kind, dataset_name)
  elif name == "open_set" and not detail.isdecimal():
    data.check_name(detail)


def make(
  config: "TrainConfig", dataset: Dataset, data_dir: str | os.PathLike | None = None
) -> NoisySet:
  """The noise of a config, from a seed of its own.

  Its kind is one of

  * `symmetric`: a wrong label is any other class; `symmetric_including_true`: or the true
    one again; `pairflip`: the next class;
  * `asymmetric`: by the class map of the data set, or `asymmetric:MAP`, by that one of
    `noise.CLASS_MAPS`; `matrix:FILE`: by any transition matrix;
  * `instance`: depending on the image; `human:KIND`: given by people, see `human_labels`;
  * `open_set:OTHERS`: the label stays and the image is foreign, from the data set OTHERS,
    or, if that is a number, from as many last classes, which the set loses.

  Args:
    config: its noise, noise_rate, noise_sampling and noise_seed count. With sampling as
      published, labels are drawn as in the code of APL and ALFs: iid by the class maps of
      MNIST and CIFAR-100, with exact counts otherwise.
    dataset: the one the config names, with clean labels.
    data_dir: where TFDS finds prepared sets.

  Returns:
    `NoisySet`.

  Raises:
    ValueError: as `check`, or if the data set and the noise do not fit.
    OSError: if a file of a matrix, of human labels or of foreign images cannot be read.
  """
  kind, rate = config.noise, config.noise_rate
  name, _, detail = kind.partition(":")
  labels, num_classes = dataset.train_labels, dataset.num_classes
  key = jax.random.key(config.noise_seed)
  if name == "open_set":
    return _open_set(config, dataset, detail, data_dir, key)
  if name == "human":
    given = data.human_labels(kind, config.dataset, dataset.train_ids, data_dir)
    return NoisySet(dataset, NoisyLabels(given, labels, num_classes))
  if name == "instance":
    images = dataset.train_images
    drawn = noise.instance_dependent(images, labels, num_classes, rate, key=key)
    return NoisySet(dataset, drawn)
  sampling = config.noise_sampling
  if sampling == "published":
    by_map = name == "asymmetric"
    sampling = _class_map(detail, config.dataset).sampling if by_map else "exact"
  if (name, sampling) == ("symmetric", "exact"):
    # The law of its matrix, in less memory.
    return NoisySet(dataset, noise.symmetric(labels, num_classes, rate, key=key))
  matrix = _matrix(name, detail, num_classes, rate, config.dataset)
  return NoisySet(dataset, noise.from_matrix(labels, matrix, key=key, sampling=sampling))


def _matrix(name, detail, num_classes, rate, dataset_name):
  match name:
    case "symmetric":
      return noise.symmetric_matrix(num_classes, rate)
    case "symmetric_including_true":
      return noise.symmetric_matrix(num_classes, rate, including_true=True)
    case "pairflip":
      return noise.pairflip_matrix(num_classes, rate)
    case "asymmetric":
      class_map = _class_map(detail, dataset_name)
      if class_map.num_classes != num_classes:
        raise ValueError(
          f"noise: asymmetric:{detail} maps {class_map.num_classes} classes, and "
          f"{dataset_name} has {num_classes}"
        )
      return noise.class_map_matrix(class_map.pairs, num_classes, rate)
  return noise.load_matrix(detail, num_classes)


def _class_map(detail, dataset_name):
  name = detail or _MAPS.get(dataset_name.partition(":")[0], "")
  if name not in noise.CLASS_MAPS:
    problem = f"unknown map {detail!r}" if detail else f"{dataset_name} has no map"
    known = ", ".join(noise.CLASS_MAPS)
    raise ValueError(
      f"noise: {problem}; choose asymmetric:MAP with one of {known}; or pairflip, which "
      "any set has"
    )
  return noise.CLASS_MAPS[name]


def _open_set(config, dataset, others, data_dir, key):
  if others.isdecimal():
    dataset, foreign = _hold_out(dataset, int(others))
  else:
    foreign = data.load(others, data_dir, image_size=config.image_size or None).train_images
  try:
    mixed = noise.open_set(dataset.train_images, config.noise_rate, foreign, key=key)
  except ValueError as error:
    raise ValueError(f"noise: {config.noise}: {error}") from None
  clean = dataset.train_labels
  labels = NoisyLabels(clean.copy(), clean, dataset.num_classes)
  return NoisySet(dataset._replace(train_images=mixed.images), labels, mixed.replaced)


def _hold_out(dataset, count):
  """The set without its last classes, and the training images of these."""
  kept = dataset.num_classes - count
  if count < 1 or kept < 2:
    raise ValueError(
      f"noise: open_set:{count}, must be a data set, or a number of classes from 1 to "
      f"{dataset.num_classes - 2} to hold out"
    )
  train, test = dataset.train_labels < kept, dataset.test_labels < kept
  if not (train.any() and test.any()):
    raise ValueError(f"noise: open_set:{count} leaves no images, must leave some")
  others = dataset.train_images[~train]

  def of(values, places):
    return None if values is None else values[places]

  left = dataset._replace(
    train_images=dataset.train_images[train],
    train_labels=dataset.train_labels[train],
    train_ids=of(dataset.train_ids, train),
    test_images=dataset.test_images[test],
    test_labels=dataset.test_labels[test],
    test_ids=of(dataset.test_ids, test),
    num_classes=kept,
    class_names=dataset.class_names[:kept],
  )
  return left, others

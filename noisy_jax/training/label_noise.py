"""The noise of a run, put into the labels of its data set."""

import contextlib
import functools
import os
from typing import NamedTuple

import jax
import numpy as np

from noisy_jax import data, noise
from noisy_jax.data import AnyDataset
from noisy_jax.data.example_ids import ids_for_files
from noisy_jax.noise import NoisyLabels
from noisy_jax.training.datasets import DataSettings

SAMPLINGS = ("published", "exact", "exact_pairs", "iid")
# Class maps of data sets by name; other sets have no map of their own.
_MAPS = {
  "mnist": "mnist",
  "fashion_mnist": "fashion_mnist",
  "cifar10": "cifar10",
  "cifar10_n": "cifar10",
  "cifar100": "cifar100_block5",
  "cifar100_n": "cifar100_block5",
}
# The TFDS sets whose ids end in the image's position in the files of the set.
_PLACES_IN_IDS = ("cifar10", "cifar10_n", "cifar100", "cifar100_n")


class NoiseSettings(NamedTuple):
  """The noise of a run.

  Attributes:
    kind: kind of noise, from `noise.parse`.
    rate: share of wrong labels, or of foreign images.
    sampling: one of `SAMPLINGS`. published draws labels as the code of APL and ALFs does:
      iid by the class maps of MNIST and CIFAR-100, with exact counts otherwise.
    seed: seed of the noise.
  """

  kind: noise.NoiseKind
  rate: float
  sampling: str
  seed: int


class NoisySet(NamedTuple):
  """A data set with its noisy labels.

  Attributes:
    dataset: the set, whose training labels are clean. Under open-set noise, foreign images
      replace some of its training images, and some classes may be held out.
    labels: the noisy labels to train on, beside the clean ones.
    foreign: bool[n], true where the training image belongs to no class of the set; None
      without open-set noise.
    clean: examples outside the training set with right labels, for the method; None where
      it needs none.
    weights: weights of the training examples from a file, float64[n]; None without one.
    validation: examples outside the training set to choose the best epoch by; None without
      a validation split.
  """

  dataset: AnyDataset
  labels: NoisyLabels
  foreign: np.ndarray | None = None
  clean: data.LabeledExamples | None = None
  validation: data.LabeledExamples | None = None
  weights: np.ndarray | None = None

  def select(self, places: np.ndarray) -> "NoisySet":
    """The set with the training examples at these places alone, int[n].

    Examples keep their ids; in a set without ids, the id is the former position.
    """
    dataset, labels = self.dataset, self.labels
    if dataset.is_streamed:
      dataset = dataset._replace(train=dataset.train.select(places))
    else:
      dataset = data.select(dataset, "train", places)
    return self._replace(
      dataset=dataset,
      labels=labels.select(places),
      foreign=None if self.foreign is None else self.foreign[places],
      weights=None if self.weights is None else self.weights[places],
    )


def check(settings: NoiseSettings, dataset: data.DatasetName) -> None:
  """Refuses noise that does not fit the data set, as far as their names tell.

  Args:
    settings: the noise.
    dataset: name of the data set.

  Raises:
    ValueError: naming the setting, its value and what would be right.
  """
  kind, rate, sampling, _ = settings
  if sampling not in SAMPLINGS:
    known = ", ".join(SAMPLINGS)
    raise ValueError(f"noise_sampling: {sampling!r}, must be one of {known}")
  if rate and not kind.has_rate:
    raise ValueError(f"noise_rate: {rate:g}, must be left out with noise {kind}")
  if sampling != "published" and not kind.has_sampling:
    raise ValueError(f"noise_sampling: {sampling}, must be left out with noise {kind}")
  if kind.name == "asymmetric":
    _class_map(kind, dataset)
  elif kind.name == "human":
    data.check_human(str(kind), dataset)
  elif kind.name == "open_set" and kind.num_held_out is None:
    with _as_noise(kind):
      foreign = data.parse_name(kind.detail)
    if foreign == dataset:
      raise ValueError(f"noise: {kind}, must be another data set than the one to learn")


def make(
  settings: NoiseSettings,
  dataset: AnyDataset,
  source: DataSettings,
  data_dir: str | os.PathLike | None = None,
  *,
  download: bool = False,
) -> NoisySet:
  """Puts noise into the labels of a data set, from the noise's own seed.

  The kinds of noise:

  * `symmetric`: a wrong label is any other class. `symmetric_including_true`: it is any
    class, the true one included. `pairflip`: it is the next class.
  * `asymmetric`: wrong labels follow the class map of the data set; `asymmetric:MAP`: the
    map of that name in `noise.CLASS_MAPS`, such as `asymmetric:cifar10_in_turn`, which most
    codes use. `matrix:FILE`: they follow any transition matrix.
  * `instance`: wrong labels depend on the standardised image or features; `instance:raw` on
    pixels from 0 to 255, as in the published code; `instance:unit` on pixels from 0 to 1.
  * `human:KIND`: people gave the labels; see `human_labels`.
  * `file:PATH`: the labels are those of a .npy, .csv, .json or .pt file;
    `file:PATH::COLUMN` names one of its columns. See `labels_from_file`.
  * `open_set:DATASET`: the label stays, and the image is foreign, from that data set;
    `open_set:COUNT`: it is from the last COUNT classes, which the set loses.

  Args:
    settings: the noise.
    dataset: the data set, with clean labels.
    source: the settings of the data set, by which foreign images are read too.
    data_dir: directory of prepared TFDS sets.
    download: whether TFDS may download and prepare a set of foreign images.

  Returns:
    `NoisySet`.

  Raises:
    ValueError: as `check`, or if the data set and the noise do not fit.
    OSError: if a file of a matrix, of labels or of foreign images cannot be read.
  """
  kind, rate, sampling, seed = settings
  # Called late: it compiles, and bad files should be refused before that.
  new_key = functools.partial(jax.random.key, seed)
  if kind.needs_images:
    if dataset.is_streamed:
      raise ValueError(
        f"noise: {kind}, must follow from the labels alone with {source.name}, which is "
        "streamed (see max_memory_gb)"
      )
    return _by_image(settings, dataset, source, data_dir, download, new_key)
  labels, num_classes = dataset.train_labels, dataset.num_classes
  if kind.name == "file":
    with _as_noise(kind):
      return NoisySet(dataset, _from_file(kind, dataset, source.name))
  if kind.name == "asymmetric":
    return NoisySet(dataset, _by_class_map(settings, dataset, source.name, new_key()))
  if sampling == "published":
    sampling = "exact"
  if (kind.name, sampling) == ("symmetric", "exact"):
    # The same distribution as by its matrix, in less memory.
    return NoisySet(dataset, noise.symmetric(labels, num_classes, rate, key=new_key()))
  matrix = _matrix(settings, num_classes)
  return NoisySet(
    dataset, noise.from_matrix(labels, matrix, key=new_key(), sampling=sampling)
  )


def _by_image(settings, dataset, source, data_dir, download, new_key):
  kind, rate = settings.kind, settings.rate
  labels, num_classes = dataset.train_labels, dataset.num_classes
  if kind.name == "instance" and kind.detail and len(dataset.image_shape) == 1:
    raise ValueError(f"noise: {kind}, must be instance with features, which have no pixels")
  match kind.name:
    case "open_set":
      with _as_noise(kind):
        own, others = _foreign_images(kind, dataset, source, data_dir, download)
        mixed = noise.open_set(own.train_images, others, rate, key=new_key())
      clean = own.train_labels
      kept = NoisyLabels(clean.copy(), clean, own.num_classes)
      return NoisySet(own._replace(train_images=mixed.images), kept, mixed.replaced)
    case "human":
      of_kind = functools.partial(
        data.human_labels, dataset=source.name, ids=dataset.train_ids, data_dir=data_dir
      )
      if not kind.has_votes:
        return NoisySet(dataset, NoisyLabels(of_kind(str(kind)), labels, num_classes))
      majority, votes = of_kind("human:aggre"), of_kind("human:votes")
      return NoisySet(dataset, NoisyLabels(majority, labels, num_classes, votes))
  drawn = noise.instance_dependent(
    labels,
    dataset.train_images,
    num_classes,
    rate,
    key=new_key(),
    pixels=kind.detail or "standardized",
  )
  return NoisySet(dataset, drawn)


def _from_file(kind, dataset, name):
  path, column = kind.file_and_column
  ids, places = ids_for_files(dataset, name), None
  if name.tfds_set in _PLACES_IN_IDS and ids is not None:
    numbers = [str(id_).rpartition("_")[2] for id_ in ids]
    if all(number.isdecimal() for number in numbers):
      places = np.array([int(number) for number in numbers])
  return noise.labels_from_file(
    dataset.train_labels,
    path,
    dataset.num_classes,
    column=column,
    ids=ids,
    places=places,
    is_ordered=name.source != "tfds" or places is not None,
  )


def _by_class_map(settings, dataset, name, key):
  kind, rate, sampling, _ = settings
  class_map, num_classes = _class_map(kind, name), dataset.num_classes
  if class_map.num_classes != num_classes:
    raise ValueError(
      f"noise: {kind}, must map the {num_classes} classes of {name}; it maps "
      f"{class_map.num_classes}"
    )
  if sampling == "published":
    sampling = class_map.sampling
  labels, pairs = dataset.train_labels, class_map.pairs
  if class_map.in_turn:
    return noise.flip_in_turn(labels, pairs, num_classes, rate, key=key, sampling=sampling)
  matrix = noise.class_map_matrix(pairs, num_classes, rate)
  return noise.from_matrix(labels, matrix, key=key, sampling=sampling)


def _matrix(settings, num_classes):
  kind, rate = settings.kind, settings.rate
  match kind.name:
    case "symmetric":
      return noise.symmetric_matrix(num_classes, rate)
    case "symmetric_including_true":
      return noise.symmetric_matrix(num_classes, rate, including_true=True)
    case "pairflip":
      return noise.pairflip_matrix(num_classes, rate)
  with _as_noise(kind):
    return noise.load_matrix(kind.detail, num_classes)


def _class_map(kind, dataset):
  name = kind.detail or _MAPS.get(dataset.tfds_set)
  if name is None:
    raise ValueError(
      f"noise: {dataset} has no map; choose asymmetric:MAP with one of "
      f"{', '.join(noise.CLASS_MAPS)}; or pairflip, which any set has"
    )
  return noise.CLASS_MAPS[name]


def _foreign_images(kind, dataset, source, data_dir, download):
  """The set without foreign images, and the foreign images."""
  if kind.num_held_out is not None:
    return data.hold_out(dataset, kind.num_held_out)
  foreign = data.load(
    kind.detail,
    data_dir,
    image_size=source.image_size,
    on_bad_image=source.on_bad_image,
    download=download,
  )
  return dataset, foreign.train_images


@contextlib.contextmanager
def _as_noise(kind):
  """Names the noise in errors about its files, which are not the data set's."""
  try:
    yield
  except ValueError as error:
    raise ValueError(f"noise: {kind}: {error}") from error
  except OSError as error:
    raise OSError(f"noise: {kind}: {error.strerror or error}") from error

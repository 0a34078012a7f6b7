"""The noise that a config names, made on the data set that it names."""

import contextlib
import functools
import os
import re
from typing import TYPE_CHECKING, NamedTuple

import jax
import numpy as np

from noisy_jax import data, noise
from noisy_jax.data import Dataset, StreamedDataset
from noisy_jax.noise import NoisyLabels

if TYPE_CHECKING:
  # That module checks its settings by this one.
  from noisy_jax.training.config import TrainConfig

# Kinds of noise that need the images, or what these are called.
_BY_IMAGE = ("instance", "human", "open_set")
# Those that say by themselves how many labels are wrong.
_WITHOUT_RATE = ("matrix", "human", "file")
SAMPLINGS = ("published", "exact", "exact_pairs", "iid")
# A word in capitals stands for any text.
_FORMS = (
  "symmetric",
  "symmetric_including_true",
  "pairflip",
  "asymmetric",
  "asymmetric:MAP",
  "instance",
  "instance:PIXELS",
  "matrix:FILE",
  "file:PATH",
  "human:KIND",
  "open_set:DATASET",
  "open_set:COUNT",
)
KINDS = ", ".join(_FORMS)
# By the name of the data set; a set that is not here has no map of its own.
_MAPS = {
  "mnist": "mnist",
  "fashion_mnist": "fashion_mnist",
  "cifar10": "cifar10",
  "cifar10_n": "cifar10",
  "cifar100": "cifar100_block5",
  "cifar100_n": "cifar100_block5",
}
# The TFDS sets whose ids end in the place that an image has in the files of the set.
_PLACES_IN_IDS = ("cifar10", "cifar10_n", "cifar100", "cifar100_n")


class CleanSet(NamedTuple):
  """Images with their clean labels.

  Attributes:
    images: as those of the data set, [n, height, width, channels].
    labels: class ids, int32[n].
  """

  images: np.ndarray
  labels: np.ndarray


class NoisySet(NamedTuple):
  """A data set as training sees it, beside the truth.

  Attributes:
    dataset: its training labels are the clean ones; under open-set noise, foreign images
      stand in place of some training images, and classes may have been held out.
    labels: the labels to train on, with the clean ones.
    foreign: bool[n], where the training image is of no class in the set; None where no
      such images were put in.
    clean: examples that are not in the training set, and serve a method with their right
      labels; None where it needs none.
  """

  dataset: Dataset | StreamedDataset
  labels: NoisyLabels
  foreign: np.ndarray | None = None
  clean: CleanSet | None = None


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
  known_forms = {(form.partition(":")[0], ":" in form) for form in _FORMS}
  if (name, bool(colon)) not in known_forms or (colon and not detail):
    raise ValueError(f"noise: unknown {kind!r}; known: {KINDS}")
  if sampling not in SAMPLINGS:
    known = ", ".join(SAMPLINGS)
    raise ValueError(f"noise_sampling: {sampling!r}, must be one of {known}")
  if name in _WITHOUT_RATE and rate:
    raise ValueError(f"noise_rate: {rate:g}, must be left out with noise {kind}")
  if name in (*_BY_IMAGE, "file") and sampling != "published":
    raise ValueError(f"noise_sampling: {sampling}, must be left out with noise {kind}")
  if name == "asymmetric":
    _class_map(detail, dataset_name)
  elif name == "human":
    data.check_human(kind, dataset_name)
  elif name == "instance" and detail not in ("", *noise.PIXELS):
    known = ", ".join(noise.PIXELS)
    raise ValueError(f"noise: unknown pixels {detail!r}; known: {known}")
  elif name == "file":
    with _as_noise(kind):
      noise.check_label_path(_path_and_column(detail)[0])
  elif name == "open_set" and not detail.isdecimal():
    with _as_noise(kind):
      data.check_name(detail)
    if detail == dataset_name:
      raise ValueError(f"noise: {kind}, must be another data set than the one to learn")


def make(
  config: "TrainConfig",
  dataset: Dataset | StreamedDataset,
  data_dir: str | os.PathLike | None = None,
  *,
  download: bool = False,
) -> NoisySet:
  """The noise of a config, from a seed of its own.

  Its kind is one of

  * `symmetric`: a wrong label is any other class; `symmetric_including_true`: or the true
    one again; `pairflip`: the next class;
  * `asymmetric`: by the class map of the data set, or `asymmetric:MAP`, by that one of
    `noise.CLASS_MAPS`, such as `asymmetric:cifar10_in_turn` of most codes; `matrix:FILE`:
    by any transition matrix;
  * `instance`: depending on the image, standardised; `instance:raw` or `instance:unit`: on
    its pixels from 0 to 255, as in the published code, or from 0 to 1; `human:KIND`: given
    by people, see `human_labels`;
  * `file:PATH`: the labels of a .npy, .csv, .json or .pt file, and `file:PATH::COLUMN`
    those of one of its columns: see `labels_from_file`;
  * `open_set:DATASET`: the label stays and the image is foreign, from that data set, or,
    with `open_set:COUNT`, from so many last classes, which the set loses.

  Args:
    config: its noise, noise_rate, noise_sampling and noise_seed count; image_size and
      on_bad_image do for foreign images. With sampling as published, labels are drawn as
      in the code of APL and ALFs: iid by the class maps of MNIST and CIFAR-100, with exact
      counts otherwise.
    dataset: the one the config names, with clean labels.
    data_dir: where TFDS finds prepared sets.
    download: whether TFDS may download and prepare a set of foreign images.

  Returns:
    `NoisySet`.

  Raises:
    ValueError: as `check`, or if the data set and the noise do not fit.
    OSError: if a file of a matrix, of labels or of foreign images cannot be read.
  """
  kind, rate = config.noise, config.noise_rate
  name = kind.partition(":")[0]
  # Called late: it compiles, and bad files are told before that.
  new_key = functools.partial(jax.random.key, config.noise_seed)
  if name in _BY_IMAGE:
    if not isinstance(dataset, Dataset):
      raise ValueError(
        f"noise: {kind}, must follow from the labels alone with {config.dataset}, which is "
        "streamed (see max_memory_gb)"
      )
    return _by_image(config, dataset, data_dir, download, new_key)
  labels, num_classes = dataset.train_labels, dataset.num_classes
  sampling = config.noise_sampling
  if name == "file":
    with _as_noise(kind):
      return NoisySet(dataset, _from_file(config, dataset))
  if name == "asymmetric":
    return NoisySet(dataset, _by_class_map(config, labels, num_classes, new_key()))
  if sampling == "published":
    sampling = "exact"
  if (name, sampling) == ("symmetric", "exact"):
    # The law of its matrix, in less memory.
    return NoisySet(dataset, noise.symmetric(labels, num_classes, rate, key=new_key()))
  matrix = _matrix(config, num_classes)
  return NoisySet(
    dataset, noise.from_matrix(labels, matrix, key=new_key(), sampling=sampling)
  )


def _by_image(config, dataset, data_dir, download, new_key):
  kind, rate = config.noise, config.noise_rate
  name, _, detail = kind.partition(":")
  labels, num_classes = dataset.train_labels, dataset.num_classes
  match name:
    case "open_set":
      with _as_noise(kind):
        own, others = _foreign_images(config, dataset, detail, data_dir, download)
        mixed = noise.open_set(own.train_images, rate, others, key=new_key())
      clean = own.train_labels
      kept = NoisyLabels(clean.copy(), clean, own.num_classes)
      return NoisySet(own._replace(train_images=mixed.images), kept, mixed.replaced)
    case "human":
      given = data.human_labels(kind, config.dataset, dataset.train_ids, data_dir)
      return NoisySet(dataset, NoisyLabels(given, labels, num_classes))
  drawn = noise.instance_dependent(
    dataset.train_images,
    labels,
    num_classes,
    rate,
    key=new_key(),
    pixels=detail or "standardized",
  )
  return NoisySet(dataset, drawn)


def describe(labels: NoisyLabels, *, labels_trusted: bool) -> str:
  """How many labels are wrong, in words, or that nobody knows.

  Args:
    labels: to train on.
    labels_trusted: whether they were right before the noise was made.

  Returns:
    Such as "40.0% wrong labels", or "labels as given, 40.0% of them made wrong".
  """
  if labels_trusted:
    return f"{labels.rate:.1%} wrong labels"
  made = f", {labels.rate:.1%} of them made wrong" if labels.flipped.any() else ""
  return f"labels as given{made}"


def without_held_out(kind: str, dataset: Dataset) -> Dataset:
  """The set without the classes that noise of this kind holds out.

  Args:
    kind: one of `KINDS`; all but `open_set:COUNT` hold none out.
    dataset: the one that the noise is made on.

  Returns:
    The set with the classes that are left.

  Raises:
    ValueError: if no classes or no images would be left.
  """
  name, _, detail = kind.partition(":")
  if name == "open_set" and detail.isdecimal():
    return data.hold_out(dataset, int(detail))[0]
  return dataset


def _path_and_column(detail):
  path, colons, column = detail.rpartition("::")
  return (path, column) if colons else (column, "")


def _from_file(config, dataset):
  path, column = _path_and_column(config.noise.partition(":")[2])
  name, ids = re.split("[:/]", config.dataset)[0], dataset.train_ids
  places = None
  if name in _PLACES_IN_IDS and ids is not None:
    numbers = [str(id_).rpartition("_")[2] for id_ in ids]
    if all(number.isdecimal() for number in numbers):
      places = np.array([int(number) for number in numbers])
  is_own = name in ("folder", "npz") or name.startswith("digits")
  return noise.labels_from_file(
    path,
    dataset.train_labels,
    dataset.num_classes,
    column=column,
    ids=ids,
    places=places,
    is_ordered=is_own or places is not None,
  )


def _by_class_map(config, labels, num_classes, key):
  kind, rate = config.noise, config.noise_rate
  class_map = _class_map(kind.partition(":")[2], config.dataset)
  if class_map.num_classes != num_classes:
    raise ValueError(
      f"noise: {kind}, must map the {num_classes} classes of {config.dataset}; it maps "
      f"{class_map.num_classes}"
    )
  sampling = config.noise_sampling
  if sampling == "published":
    sampling = class_map.sampling
  pairs = class_map.pairs
  if class_map.in_turn:
    return noise.flip_in_turn(labels, pairs, num_classes, rate, key=key, sampling=sampling)
  matrix = noise.class_map_matrix(pairs, num_classes, rate)
  return noise.from_matrix(labels, matrix, key=key, sampling=sampling)


def _matrix(config, num_classes):
  kind, rate = config.noise, config.noise_rate
  name, _, detail = kind.partition(":")
  match name:
    case "symmetric":
      return noise.symmetric_matrix(num_classes, rate)
    case "symmetric_including_true":
      return noise.symmetric_matrix(num_classes, rate, including_true=True)
    case "pairflip":
      return noise.pairflip_matrix(num_classes, rate)
  with _as_noise(kind):
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


def _foreign_images(config, dataset, others, data_dir, download):
  """The set without what is foreign to it, and the images that are."""
  if others.isdecimal():
    return data.hold_out(dataset, int(others))
  foreign = data.load(
    others,
    data_dir,
    image_size=config.image_size or None,
    on_bad_image=config.on_bad_image,
    download=download,
  )
  return dataset, foreign.train_images


@contextlib.contextmanager
def _as_noise(kind):
  """Names the noise in what is said of its files, which are not the data set's."""
  try:
    yield
  except ValueError as error:
    raise ValueError(f"noise: {kind}: {error}") from error
  except OSError as error:
    raise OSError(f"noise: {kind}: {error.strerror or error}") from error

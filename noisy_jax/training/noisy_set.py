"""The data set of a config, before and after its noise."""

import os

from noisy_jax import data
from noisy_jax.data.example_ids import ids_for_files
from noisy_jax.training import clean_examples, datasets, label_noise, validation, weights
from noisy_jax.training.config import TrainConfig


def open_dataset(
  config: TrainConfig,
  data_dir: str | os.PathLike | None = None,
  *,
  download: bool = False,
) -> data.AnyDataset:
  """Opens the data set of a config as it is, streamed where it is too large.

  Args:
    config: its settings of the data count.
    data_dir: directory of prepared TFDS sets.
    download: whether TFDS may download and prepare a set that is not there.

  Returns:
    The set, with its own labels, before those of a file and before any noise.

  Raises:
    ValueError: if the data set has not the form that it must have, or the config has
      settings that a streamed set cannot have.
    OSError: if the data set is not prepared, or a file is missing or damaged.
  """
  parts = config.parts
  if not datasets.is_too_large(parts.data, data_dir, download=download):
    return datasets.load(parts.data, data_dir, download=download)
  datasets.check_streamed(parts.data, parts.augmentation, parts.method_spec, parts.method)
  on_bad_image = parts.data.on_bad_image
  return data.open_stream(parts.data.name, data_dir, on_bad_image=on_bad_image)


def noisy_set(
  config: TrainConfig,
  *,
  data_dir: str | os.PathLike | None = None,
  dataset: data.AnyDataset | None = None,
  download: bool = False,
) -> label_noise.NoisySet:
  """Loads the data set of a config, and puts in the noise.

  Before the noise, `labels` corrects the set, and `imbalance` thins it. After it, a
  validation split is taken out. If the method needs clean examples, they are read from
  files or taken out of the set.

  Args:
    config: its settings of data, noise and method count.
    data_dir: directory of prepared TFDS sets.
    dataset: the data set that the config names, if it is already loaded.
    download: whether TFDS may download and prepare a set that is not there.

  Returns:
    `NoisySet`.

  Raises:
    ValueError: if the data set has not the form that it must have, or the corrected labels,
      the noise or the validation split do not fit it.
    OSError: if the data set is not prepared, or a file is missing or damaged.

  Example:
    >>> from noisy_jax import data, training
    >>> config = training.TrainConfig("digits10", noise_rate=0.4)
    >>> dataset = data.digits(10, train_size=100, test_size=10)
    >>> noisy = training.noisy_set(config, dataset=dataset)
    >>> float(noisy.labels.flipped.mean())
    0.4
  """
  parts = config.parts
  if dataset is None:
    dataset = open_dataset(config, data_dir, download=download)
  if dataset.is_streamed:
    datasets.check_streamed(parts.data, parts.augmentation, parts.method_spec, parts.method)
  else:
    dataset = data.check_dataset(dataset)
  dataset = data.correct_labels(dataset, parts.data.labels)
  if not dataset.is_streamed:
    dataset = data.imbalance(dataset, parts.data.imbalance, seed=parts.noise.seed)
  noisy = label_noise.make(parts.noise, dataset, parts.data, data_dir, download=download)
  ids = ids_for_files(noisy.dataset, parts.data.name)
  size = len(noisy.labels.noisy)
  noisy = noisy._replace(weights=weights.of_file(parts.weights, ids, size))
  if parts.data.validation is not None:
    noisy = validation.take_out(noisy, parts.data.validation, parts.noise.seed)
  if not parts.method.num_clean:
    return noisy
  return clean_examples.add(parts.data, noisy, parts.method.num_clean, parts.noise.seed)

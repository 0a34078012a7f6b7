"""The setup of a run, new or resumed, from its config."""

import os
from collections.abc import Sequence

import jax

from noisy_jax import data, training
from noisy_jax.runs import labels_file, warm_start
from noisy_jax.training import placement
from noisy_jax.training.config import TrainConfig
from noisy_jax.training.setup import Setup


def prepare(
  config: TrainConfig,
  *,
  data_dir: str | os.PathLike | None = None,
  devices: Sequence[jax.Device] | None = None,
  dataset: data.AnyDataset | None = None,
  download: bool = False,
  workdirs: Sequence[str | os.PathLike] = (),
) -> Setup:
  """Loads the data, puts in the noise, and builds the objective and the network.

  Args:
    config: the settings of the run.
    data_dir: directory of prepared TFDS sets.
    devices: the devices to train on; all local ones by default.
    dataset: the data set that the config names, if it is already loaded.
    download: whether TFDS may download and prepare a set that is not there.
    workdirs: the run's directory, or one for each seed. A run that has begun there keeps
      its labels, as other versions of the libraries may draw other labels.

  Returns:
    `Setup`.

  Raises:
    ValueError: if the batch does not fit the devices or the data; if the data set has not
      the form that it must have, or the noise or a correction does not fit it; if no logit
      bias or hyperparameter repairs the loss; or if the run of init_from has another
      network or other classes.
    ApartError: if runs in the workdirs began with different labels.
    OSError: if the data set is not prepared, or a file is missing or damaged.

  Example:
    >>> from noisy_jax import data, runs, training
    >>> config = training.TrainConfig("digits10", noise_rate=0.4, widths=(16,))
    >>> dataset = data.digits(10, train_size=200, test_size=10)
    >>> setup = runs.prepare(config, dataset=dataset)
    >>> setup.labels_in_words
    '40.0% wrong labels'
  """
  devices, parts = devices or jax.local_devices(), config.parts
  # Before the data are loaded, which may take long.
  in_pairs = parts.augmentation.mixing is not None
  placement.check_batch_size(
    config.batch_size, config.accumulation, devices, in_pairs=in_pairs
  )
  noisy = training.noisy_set(config, data_dir=data_dir, dataset=dataset, download=download)
  initial = None
  if parts.network.init_from is not None:
    num_extra_outputs = parts.method.num_extra_outputs
    initial = warm_start.variables(
      parts.network, parts.data.name, noisy.dataset, num_extra_outputs
    )
  labels = labels_file.settled(workdirs, noisy.labels)
  return training.setup(
    config,
    noisy._replace(labels=labels),
    devices=devices,
    initial=initial,
    data_dir=data_dir,
  )

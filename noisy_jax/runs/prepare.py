"""From a config to all that a run needs, checked before anything is compiled."""

import os
from collections.abc import Sequence

import jax
import numpy as np

from noisy_jax import data, methods
from noisy_jax.runs import labels_file, warm_start
from noisy_jax.training import clean_examples, datasets, label_noise, network, objective
from noisy_jax.training.config import TrainConfig
from noisy_jax.training.setup import Task

_MAX_STEPS = 2**31 - 1


def open_dataset(
  config: TrainConfig,
  data_dir: str | os.PathLike | None = None,
  *,
  download: bool = False,
) -> data.Dataset | data.StreamedDataset:
  """The data set of a config before any noise, streamed where it is too large.

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
  dataset: data.Dataset | data.StreamedDataset | None = None,
  download: bool = False,
) -> label_noise.NoisySet:
  """Loads the data of a config, thins them where it says so, and makes its noise.

  The clean examples that its method needs are read, or taken out.

  Args:
    config: what else it says of training does not count.
    data_dir: where TFDS finds prepared sets.
    dataset: the one the config names, if it is already loaded.
    download: whether TFDS may download and prepare a set that is not there.

  Returns:
    `NoisySet`.

  Raises:
    ValueError: if the data set is not what it must be, or the noise does not fit it.
    OSError: if the data set is not prepared, or a file is missing or damaged.
  """
  parts = config.parts
  if dataset is None:
    dataset = open_dataset(config, data_dir, download=download)
  if isinstance(dataset, data.Dataset):
    dataset = data.check_dataset(dataset)
    dataset = data.imbalance(dataset, parts.data.imbalance, seed=parts.noise.seed)
  else:
    datasets.check_streamed(parts.data, parts.augmentation, parts.method_spec, parts.method)
  noisy = label_noise.make(parts.noise, dataset, parts.data, data_dir, download=download)
  if not parts.method.num_clean:
    return noisy
  return clean_examples.add(parts.data, noisy, parts.method.num_clean, parts.noise.seed)


def prepare(
  config: TrainConfig,
  *,
  data_dir: str | os.PathLike | None = None,
  devices: Sequence[jax.Device] | None = None,
  dataset: data.Dataset | data.StreamedDataset | None = None,
  download: bool = False,
  workdirs: Sequence[str | os.PathLike] = (),
) -> Task:
  """Loads the data, makes the noise, and puts together what is minimised.

  Args:
    config: the run.
    data_dir: where TFDS finds prepared sets.
    devices: the devices to train on; all local ones by default.
    dataset: the one the config names, if it is already loaded.
    download: whether TFDS may download and prepare a set that is not there.
    workdirs: of the run, or of one for each seed. Where a run has begun there, it goes on
      with its labels: other versions of the libraries may draw others.

  Returns:
    `Task`.

  Raises:
    ValueError: if the batch does not fit the devices or the data, if the data set is not
      what it must be or the noise or a correction does not fit it, if no logit bias or
      hyperparameter repairs the loss, or if the run to begin with has another network or
      other classes.
    ApartError: if runs in the workdirs began with different labels.
    OSError: if the data set is not prepared, or a file is missing or damaged.
  """
  devices = devices or jax.local_devices()
  num_devices = len(devices) * jax.process_count()
  if config.batch_size % (num_devices * config.accumulation):
    in_parts = f" in {config.accumulation} parts" if config.accumulation > 1 else ""
    raise ValueError(
      f"batch_size: {config.batch_size}, must be a multiple of "
      f"{num_devices * config.accumulation}, for the {num_devices} devices{in_parts}"
    )
  parts = config.parts
  noisy = noisy_set(config, data_dir=data_dir, dataset=dataset, download=download)
  dataset, num_classes = noisy.dataset, noisy.dataset.num_classes
  train_size = len(dataset.train_labels)
  if config.batch_size > train_size:
    raise ValueError(
      f"batch_size: {config.batch_size}, must be at most the {train_size} training examples"
    )
  most_epochs = _MAX_STEPS // (train_size // config.batch_size)
  if config.epochs > most_epochs:
    raise ValueError(
      f"epochs: {config.epochs}, must be at most {most_epochs}: 32 bits count the steps"
    )
  if isinstance(dataset, data.Dataset):
    mean, std = data.channel_statistics(dataset.train_images)
  else:
    mean, std = data.CHANNEL_MEAN, data.CHANNEL_STD
  num_steps = config.epochs * (train_size // config.batch_size)
  minimised = objective.build(parts.objective, num_classes, num_steps)
  if minimised.num_views > 1 and config.method != methods.NONE:
    raise ValueError(
      f"method: {config.method}, must be none with loss {config.loss}, which compares "
      "several views of an image"
    )
  method = parts.method_spec.around(minimised.loss)
  _check_schedules(config, method, minimised)
  if method.adapt is not None and config.accumulation > 1:
    raise ValueError(
      f"accumulation: {config.accumulation}, must be 1 with method {config.method}"
    )
  model = network.build(
    parts.network, num_classes, dataset.image_shape, method.num_extra_outputs
  )
  initial = None
  if parts.network.init_from is not None:
    initial = warm_start.variables(parts.network, parts.data.name, model, dataset)
  return Task(
    config=config,
    dataset=dataset,
    extra_test=datasets.open_extra_test(parts.data, dataset, data_dir),
    train_labels=labels_file.settled(workdirs, noisy.labels),
    foreign=noisy.foreign,
    mean=mean,
    std=std,
    objective=minimised,
    method=method,
    clean=noisy.clean,
    model=model,
    devices=devices,
    initial=initial,
    data_dir=None if data_dir is None else os.path.abspath(data_dir),
  )


def _check_schedules(config, method, minimised):
  """Refuses to schedule a number that the method learns."""
  if method.learned is None:
    return
  state = jax.eval_shape(lambda: method.init(np.zeros(1, np.int32), 2))
  for name in minimised.schedules.keys() & method.learned(state).keys():
    setting = {objective.BIAS: "bias_schedule", objective.Q: "q_schedule"}[name]
    raise ValueError(
      f"{setting}: {getattr(config, setting)}, must be constant with method "
      f"{config.method}, which learns {name}"
    )

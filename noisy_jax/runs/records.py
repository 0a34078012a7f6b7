"""What a run leaves in its workdir, for a person to read.

config.json     the config, which the workdir belongs to, and what it left to be chosen
versions.json   of Python and the libraries, the settings of JAX that change numbers, and
                the devices
dataset.json    of the set: number and names of the classes, shape of an image, mean and
                standard deviation of each channel of the training images, where white is 1,
                whether they were streamed, and how many of these there are; with it the
                network can be used without the training data. Digests of the data, by which
                a run knows them again; one more tells whether this file or config.json has
                changed
continued.json  after which epochs the run had ended before, where it was given more
places.json     where sets of TensorFlow Datasets lay, which is no part of the run
labels.npz      noisy and clean labels of the training images, and their ids, where there
                are any; which are foreign; the matrix that corrects the loss
metrics.jsonl   one line an epoch
examples.csv    what a method that judges labels says of each, likeliest wrong first; those
                of which it has no opinion yet come last, and have no score
summary.json    the outcome; its presence means that the run is finished
curves.png      the metrics against the epoch, drawn at the end

Beside them lie the checkpoints, and with --tensorboard its event files.
"""

import csv
import dataclasses
import importlib.metadata
import json
import os
import pathlib
import platform
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

import noisy_jax
from noisy_jax.noise import NoisyLabels
from noisy_jax.paths import expanded_path
from noisy_jax.runs import chosen, content, labels_file
from noisy_jax.runs.files import (
  digest,
  read_json,
  whole,
  write_json,
)
from noisy_jax.training.config import TrainConfig
from noisy_jax.training.setup import Task

if TYPE_CHECKING:
  from matplotlib.figure import Figure

_FILES = (
  "config.json",
  "versions.json",
  "dataset.json",
  "labels.npz",
  "metrics.jsonl",
  "examples.csv",
  "summary.json",
)
_CONTINUED, _PLACES = "continued.json", "places.json"
_DATASET_FACTS = {"num_classes", "class_names", "image_shape", "mean", "std"}
_DATASET_FACTS |= {"train_examples", "streamed", "content"}
# What a summary must have; the others are for the report.
_OUTCOME = {"test_accuracy", "best_test_accuracy", "best_epoch", "seconds"}
_LIBRARIES = ("jax", "jaxlib", "flax", "optax", "numpy")
# With another one of these the same seed gives other numbers.
_JAX_SETTINGS = (
  "jax_default_prng_impl",
  "jax_enable_x64",
  "jax_threefry_partitionable",
)


def check_workdir(
  workdir: str | os.PathLike, config: TrainConfig, *, more_epochs: bool = False
) -> dict | None:
  """Tells whether a run may start in a workdir; changes nothing.

  Args:
    workdir: a directory; it may not exist yet.
    config: of the run that is to start.
    more_epochs: whether this run, finished with fewer epochs, may go on to those here.

  Returns:
    None if the workdir is free, or holds this very run unfinished; its summary if it is
    finished.

  Raises:
    OSError: if the workdir cannot be written to, or holds another config (the fields that
      differ are named), or files of ours that are no record of a run.
  """
  workdir = pathlib.Path(expanded_path("workdir", workdir))
  try:
    str(workdir.absolute()).encode()
    every = (workdir, *workdir.absolute().parents)
    nearest = next(path for path in every if path.exists())
  except UnicodeEncodeError:
    # The checkpoints are written by a library that takes no other names.
    raise OSError(f"workdir: {workdir}, must have a name in UTF-8") from None
  except OSError as error:
    raise OSError(f"workdir: {workdir} cannot be used ({error.strerror})") from error
  if not nearest.is_dir():
    raise NotADirectoryError(f"workdir: {nearest} is a file, must be a directory")
  if not os.access(nearest, os.W_OK):
    raise PermissionError(f"workdir: {nearest} cannot be written to, choose another")

  present = [name for name in _FILES if (workdir / name).exists()]
  if not present:
    return None
  if "config.json" not in present:
    raise FileExistsError(
      f"workdir: {workdir} holds {present[0]} without config.json; choose another"
    )
  held, asked = read_json(workdir / "config.json"), _as_json(config)
  held.pop("chosen", None)
  # Runs older than a setting did what its default does.
  held = _as_json(TrainConfig()) | held
  differences = {
    name: f"{name} {held.get(name)} there, {asked.get(name)} here"
    for name in sorted(held.keys() | asked.keys())
    if held.get(name) != asked.get(name)
  }
  is_finished = "summary.json" in present
  if differences.keys() == {"epochs"} and is_finished and more_epochs:
    done = held.get("epochs")
    if isinstance(done, int) and done < config.epochs:
      return None
  if differences:
    told = "; ".join(differences.values())
    raise FileExistsError(
      f"workdir: {workdir} holds another config ({told}); choose another"
    )
  if not is_finished:
    return None
  summary = read_json(workdir / "summary.json")
  if missing := _OUTCOME - summary.keys():
    raise OSError(
      f"workdir: {workdir}/summary.json lacks {', '.join(sorted(missing))}; without the "
      "file, the run goes on"
    )
  # It may be that of the epochs before, of a run that was killed as it got more.
  return summary if summary.get("epochs", config.epochs) == config.epochs else None


def read_run(workdir: str | os.PathLike) -> tuple[TrainConfig, dict[str, Any]]:
  """What a workdir says of its run, finished or not; changes nothing.

  Args:
    workdir: of the run.

  Returns:
    The config, and the content of dataset.json.

  Raises:
    OSError: if it is no such directory, or a file there is missing or damaged.
    ValueError: if this version does not know a setting of the config.
  """
  workdir = pathlib.Path(expanded_path("workdir", workdir))
  if not workdir.is_dir():
    raise FileNotFoundError(f"workdir: {workdir}, there is no such directory")
  for name in ("config.json", "dataset.json"):
    if not (workdir / name).is_file():
      seeds = sorted(path.parent.name for path in workdir.glob("seed*/config.json"))
      hint = f"; it holds the runs {', '.join(seeds)}: choose one" if seeds else ""
      raise FileNotFoundError(f"workdir: {workdir} has no {name}, must be of a run{hint}")
  config, facts = (read_json(workdir / name) for name in ("config.json", "dataset.json"))
  noted = facts.pop("digest", None)
  written = _digest(config, facts)
  if missing := _DATASET_FACTS - facts.keys():
    raise OSError(f"workdir: {workdir}/dataset.json lacks {', '.join(sorted(missing))}")
  _check_known(workdir / "dataset.json", facts, _DATASET_FACTS)
  config.pop("chosen", None)
  # An older version has written fewer of them: the defaults are what it did.
  fields = {field.name for field in dataclasses.fields(TrainConfig)}
  _check_known(workdir / "config.json", config, fields)
  # There is none in the workdirs of a first version.
  if noted not in (None, written):
    raise OSError(f"workdir: {workdir}/config.json or dataset.json is not what was written")
  values: dict[str, Any] = {
    name: tuple(value) if isinstance(value, list) else value
    for name, value in config.items()
  }
  try:
    return TrainConfig(**values), facts
  except ValueError as error:
    raise ValueError(f"workdir: {workdir}/config.json: {error}") from None


def read_labels(workdir: str | os.PathLike) -> NoisyLabels:
  """The labels that a run trains on, with the clean ones.

  Args:
    workdir: of the run, finished or not.

  Returns:
    `noise.NoisyLabels`.

  Raises:
    OSError: if they are missing or damaged, or the workdir is that of no run.
    ValueError: as `read_run`.
  """
  _, facts = read_run(workdir)
  workdir = pathlib.Path(expanded_path("workdir", workdir))
  return labels_file.read(workdir, facts["num_classes"])


def continued_after(workdir: str | os.PathLike) -> list[int]:
  """After which epochs a run had ended before it was given more, rising.

  Args:
    workdir: of the run.

  Returns:
    Numbers of epochs; none of a run that was trained in one go.

  Raises:
    OSError: if the file that says so is damaged.
  """
  path = pathlib.Path(workdir) / _CONTINUED
  if not path.exists():
    return []
  epochs = read_json(path).get("after_epochs")
  if not (isinstance(epochs, list) and all(type(count) is int for count in epochs)):
    raise OSError(f"workdir: {path} is damaged, must have after_epochs")
  return epochs


def read_data_dir(workdir: str | os.PathLike) -> str | None:
  """Where a run found sets of TensorFlow Datasets the last time that it was started.

  Args:
    workdir: of the run.

  Returns:
    An absolute path; None where it was told none.

  Raises:
    OSError: if the file that says so is damaged.
  """
  path = pathlib.Path(workdir) / _PLACES
  if not path.exists():
    return None
  data_dir = read_json(path).get("data_dir")
  if not isinstance(data_dir, str):
    raise OSError(f"workdir: {path} is damaged, must have a data_dir, or not be there")
  return data_dir


def begin(workdir: pathlib.Path, task: Task, found: Mapping[str, str]) -> None:
  """Writes what is known before the training, as far as it is not there.

  Args:
    workdir: an existing directory that `check_workdir` found free or unfinished.
    task: the run.
    found: digests of its data, from `content.of_task`.

  Raises:
    OSError: if a file cannot be written, or the run there has begun with other data, labels
      or settings of JAX, with another matrix, or with other numbers than would be chosen
      for the config now.
  """
  if (workdir / "config.json").exists():
    chosen.check(workdir, read_json(workdir / "config.json"), task.objective)
  else:
    own = {"chosen": chosen.of_objective(task.objective)}
    write_json(workdir / "config.json", _as_json(task.config) | own)
  if (workdir / "versions.json").exists():
    _check_jax_settings(workdir / "versions.json")
  else:
    write_json(workdir / "versions.json", versions())
  if (workdir / "dataset.json").exists():
    held = read_json(workdir / "dataset.json").get("content", {})
    content.check(workdir, held, found)
  else:
    # As it will be read: JSON has no tuples.
    facts = json.loads(json.dumps(_dataset_facts(task, found)))
    written = _digest(read_json(workdir / "config.json"), facts)
    write_json(workdir / "dataset.json", facts | {"digest": written})
  labels_file.write_or_check(workdir, task)
  if read_json(workdir / "config.json").get("epochs") != task.config.epochs:
    _give_more_epochs(workdir, task.config.epochs)
  if task.data_dir is not None:
    write_json(workdir / _PLACES, {"data_dir": task.data_dir})


def _give_more_epochs(workdir, epochs):
  """Makes the finished run there an unfinished one of more epochs.

  Whenever this is killed, the same command does it again, or the rest of it.
  """
  config, facts, summary = (
    read_json(workdir / f"{name}.json") for name in ("config", "dataset", "summary")
  )
  done, longer = config["epochs"], config | {"epochs": epochs}
  noted = facts.pop("digest", None)
  if noted not in (None, _digest(config, facts), _digest(longer, facts)):
    raise OSError(f"workdir: {workdir}/config.json or dataset.json is not what was written")
  write_json(workdir / "summary.json", summary | {"epochs": done})
  ends = sorted({*continued_after(workdir), done})
  write_json(workdir / _CONTINUED, {"after_epochs": ends})
  write_json(workdir / "dataset.json", facts | {"digest": _digest(longer, facts)})
  write_json(workdir / "config.json", longer)
  (workdir / "summary.json").unlink()


def write_examples(workdir: pathlib.Path, table: Mapping[str, np.ndarray]) -> None:
  """Writes examples.csv, from columns of one length; what is NaN has an empty cell."""
  # A file may have a name that is no text.
  errors = "surrogateescape"
  with (
    whole(workdir / "examples.csv") as partial,
    partial.open("w", newline="", encoding="utf-8", errors=errors) as file,
  ):
    writer = csv.writer(file)
    writer.writerow(table)
    for row in zip(*(column.tolist() for column in table.values()), strict=True):
      writer.writerow("" if cell != cell else cell for cell in row)


def finish(workdir: pathlib.Path, summary: Mapping[str, Any]) -> None:
  """Writes summary.json, which marks the run as finished."""
  write_json(workdir / "summary.json", summary)


def write_curves(workdir: pathlib.Path, figure: "Figure") -> None:
  """Writes curves.png."""
  with whole(workdir / "curves.png") as partial:
    figure.savefig(partial, dpi=200)


def versions() -> dict[str, str]:
  """What shapes a result: Python, the libraries, settings of JAX, and the devices."""
  # A checkout that is not installed has no metadata of its own.
  found = {"noisy_jax": noisy_jax.__version__}
  found |= {name: importlib.metadata.version(name) for name in _LIBRARIES}
  devices = jax.local_devices()
  kind = f"{len(devices)} x {devices[0].device_kind}"
  found |= _jax_settings()
  return {"python": platform.python_version(), **found, "devices": kind}


def _jax_settings():
  return {name: str(getattr(jax.config, name)) for name in _JAX_SETTINGS}


def _check_jax_settings(path):
  held = read_json(path)
  for name, here in _jax_settings().items():
    if held.get(name) != here:
      raise OSError(
        f"workdir: {path} tells that the run began with {name} {held.get(name)}, and it is "
        f"{here} now; set it back, or choose another workdir"
      )


def _as_json(config):
  return json.loads(json.dumps(dataclasses.asdict(config)))


def _check_known(path, content, known):
  if unknown := content.keys() - known:
    raise ValueError(
      f"workdir: {path} has {', '.join(sorted(unknown))}, which this version does not know"
    )


def _digest(*contents):
  return digest(json.dumps(contents, sort_keys=True).encode())


def _dataset_facts(task, found):
  dataset = task.dataset
  return {
    "num_classes": dataset.num_classes,
    "class_names": dataset.class_names,
    "image_shape": dataset.image_shape,
    "streamed": dataset.is_streamed,
    "mean": task.mean.tolist(),
    "std": task.std.tolist(),
    "train_examples": len(dataset.train_labels),
    "content": dict(found),
  }

"""Reading the records of a run in its workdir, without changing anything."""

import dataclasses
import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any

from noisy_jax.noise import NoisyLabels
from noisy_jax.paths import expanded_path
from noisy_jax.runs import labels_file, named_files
from noisy_jax.runs.files import digest, read_json
from noisy_jax.training.config import TrainConfig

_FILES = (
  "config.json",
  "versions.json",
  "dataset.json",
  "labels.npz",
  "metrics.jsonl",
  "examples.csv",
  "summary.json",
)
CONTINUED, PLACES = "continued.json", "places.json"
_DATASET_FACTS = {"num_classes", "class_names", "image_shape", "mean", "std"}
_DATASET_FACTS |= {"train_examples", "streamed", "content"}
# Only where the settings name files, and not in a run of an older version.
NAMED_FILES = "named_files"
# The fields that a summary must have; the others are for the report.
_OUTCOME = {"test_accuracy", "best_test_accuracy", "best_epoch", "seconds"}


def check_workdir(
  workdir: str | os.PathLike, config: TrainConfig, *, more_epochs: bool = False
) -> dict | None:
  """Checks that a run may start in a workdir; changes nothing.

  Args:
    workdir: a directory, which need not exist yet.
    config: the settings of the run that is to start.
    more_epochs: whether this run may have finished there with fewer epochs, to go on.

  Returns:
    None if the workdir is free, or holds this very run unfinished; its summary if it holds
    the run finished.

  Raises:
    OSError: if the workdir cannot be written to, or holds another config (naming the fields
      that differ), or files of ours that do not form the record of a run; or if it holds
      the run finished, and a file of labels, weights or a matrix has changed since.
  """
  workdir = pathlib.Path(expanded_path("workdir", workdir))
  try:
    str(workdir.absolute()).encode()
    every = (workdir, *workdir.absolute().parents)
    nearest = next(path for path in every if path.exists())
  except UnicodeEncodeError:
    # Orbax takes no other names.
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
  there, here = read_json(workdir / "config.json"), config_as_json(config)
  there.pop("chosen", None)
  # A run older than a setting did what the setting's default does.
  there = config_as_json(TrainConfig()) | there
  differences = {
    name: f"{name} {there.get(name)} there, {here.get(name)} here"
    for name in sorted(there.keys() | here.keys())
    if there.get(name) != here.get(name)
  }
  is_finished = "summary.json" in present
  if differences.keys() == {"epochs"} and is_finished and more_epochs:
    done = there.get("epochs")
    if isinstance(done, int) and done < config.epochs:
      return None
  if differences:
    text = "; ".join(differences.values())
    raise FileExistsError(
      f"workdir: {workdir} holds another config ({text}); choose another"
    )
  if not is_finished:
    return None
  summary = read_json(workdir / "summary.json")
  if missing := _OUTCOME - summary.keys():
    raise OSError(
      f"workdir: {workdir}/summary.json lacks {', '.join(sorted(missing))}; without the "
      "file, the run goes on"
    )
  # A run killed while it got more epochs has the summary of its former end.
  if summary.get("epochs", config.epochs) != config.epochs:
    return None
  if (workdir / "dataset.json").exists():
    held = read_json(workdir / "dataset.json").get(NAMED_FILES, {})
    named_files.check(workdir, held, config)
  return summary


def read_run(workdir: str | os.PathLike) -> tuple[TrainConfig, dict[str, Any]]:
  """Reads the config and the data of a run, finished or not.

  Args:
    workdir: directory of the run.

  Returns:
    The config, and the content of dataset.json.

  Raises:
    OSError: if the workdir holds no run, or a file there is missing or damaged.
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
  written = record_digest(config, facts)
  if missing := _DATASET_FACTS - facts.keys():
    raise OSError(f"workdir: {workdir}/dataset.json lacks {', '.join(sorted(missing))}")
  _check_known(workdir / "dataset.json", facts, _DATASET_FACTS | {NAMED_FILES})
  config.pop("chosen", None)
  # An older version wrote fewer settings, and did what their defaults do.
  fields = {field.name for field in dataclasses.fields(TrainConfig)}
  _check_known(workdir / "config.json", config, fields)
  # A first version wrote no digest.
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
  """Reads the labels that a run trains on, and the clean ones.

  Args:
    workdir: directory of the run, finished or not.

  Returns:
    `noise.NoisyLabels`.

  Raises:
    OSError: if the labels are missing or damaged, or the workdir holds no run.
    ValueError: if this version does not know a setting of the config.
  """
  _, facts = read_run(workdir)
  workdir = pathlib.Path(expanded_path("workdir", workdir))
  return labels_file.read(workdir, facts["num_classes"])


def ended_after(workdir: str | os.PathLike, config: TrainConfig) -> int | None:
  """The epochs of a finished run that is to get those of a config.

  Args:
    workdir: directory of the run, which `check_workdir` has let pass.
    config: its settings, perhaps with more epochs.

  Returns:
    Its number of epochs; None if the config has no other.

  Raises:
    OSError: if config.json is damaged.
  """
  epochs = read_json(pathlib.Path(workdir) / "config.json").get("epochs")
  return epochs if epochs != config.epochs else None


def continued_after(workdir: str | os.PathLike) -> list[int]:
  """The epochs after which a run had ended before it got more epochs.

  Args:
    workdir: directory of the run.

  Returns:
    Numbers of epochs, rising; empty for a run that was trained in one go.

  Raises:
    OSError: if the file with these numbers is damaged.
  """
  path = pathlib.Path(workdir) / CONTINUED
  if not path.exists():
    return []
  epochs = read_json(path).get("after_epochs")
  if not (isinstance(epochs, list) and all(type(count) is int for count in epochs)):
    raise OSError(f"workdir: {path} is damaged, must have after_epochs")
  return epochs


def read_data_dir(workdir: str | os.PathLike) -> str | None:
  """The directory of prepared TFDS sets at the last start of a run.

  Args:
    workdir: directory of the run.

  Returns:
    An absolute path; None if the run was started without one.

  Raises:
    OSError: if the file with this path is damaged.
  """
  path = pathlib.Path(workdir) / PLACES
  if not path.exists():
    return None
  data_dir = read_json(path).get("data_dir")
  if not isinstance(data_dir, str):
    raise OSError(f"workdir: {path} is damaged, must have a data_dir, or not be there")
  return data_dir


def config_as_json(config: TrainConfig) -> dict[str, Any]:
  """The settings as JSON has them, with lists in place of tuples."""
  return json.loads(json.dumps(dataclasses.asdict(config)))


def record_digest(*contents: Mapping[str, Any]) -> str:
  """A digest of the contents of config.json and dataset.json."""
  return digest(json.dumps(contents, sort_keys=True).encode())


def _check_known(path, content, known):
  if unknown := content.keys() - known:
    raise ValueError(
      f"workdir: {path} has {', '.join(sorted(unknown))}, which this version does not know"
    )

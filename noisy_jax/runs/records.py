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
import json
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from noisy_jax.runs import chosen, content, labels_file
from noisy_jax.runs.files import (
  read_json,
  whole,
  write_json,
)
from noisy_jax.runs.record_reader import (
  CONTINUED,
  PLACES,
  config_as_json,
  continued_after,
  record_digest,
)
from noisy_jax.runs.versions import check_jax_settings, versions
from noisy_jax.training.setup import Setup

if TYPE_CHECKING:
  from matplotlib.figure import Figure


def begin(workdir: pathlib.Path, setup: Setup, found: Mapping[str, str]) -> None:
  """Writes what is known before the training, as far as it is not there.

  Args:
    workdir: an existing directory that `check_workdir` found free or unfinished.
    setup: the run.
    found: digests of its data, from `content.of_setup`.

  Raises:
    OSError: if a file cannot be written, or the run there has begun with other data, labels
      or settings of JAX, with another matrix, or with other numbers than would be chosen
      for the config now.
  """
  if (workdir / "config.json").exists():
    chosen.check(workdir, read_json(workdir / "config.json"), setup.objective)
  else:
    own = {"chosen": chosen.of_objective(setup.objective)}
    write_json(workdir / "config.json", config_as_json(setup.config) | own)
  if (workdir / "versions.json").exists():
    check_jax_settings(workdir / "versions.json")
  else:
    write_json(workdir / "versions.json", versions())
  if (workdir / "dataset.json").exists():
    held = read_json(workdir / "dataset.json").get("content", {})
    content.check(workdir, held, found)
  else:
    # As it will be read: JSON has no tuples.
    facts = json.loads(json.dumps(_dataset_facts(setup, found)))
    written = record_digest(read_json(workdir / "config.json"), facts)
    write_json(workdir / "dataset.json", facts | {"digest": written})
  labels_file.write_or_check(workdir, setup)
  if read_json(workdir / "config.json").get("epochs") != setup.config.epochs:
    _give_more_epochs(workdir, setup.config.epochs)
  if setup.data_dir is not None:
    write_json(workdir / PLACES, {"data_dir": setup.data_dir})


def _give_more_epochs(workdir, epochs):
  """Makes the finished run there an unfinished one of more epochs.

  Whenever this is killed, the same command does it again, or the rest of it.
  """
  config, facts, summary = (
    read_json(workdir / f"{name}.json") for name in ("config", "dataset", "summary")
  )
  done, longer = config["epochs"], config | {"epochs": epochs}
  noted = facts.pop("digest", None)
  if noted not in (None, record_digest(config, facts), record_digest(longer, facts)):
    raise OSError(f"workdir: {workdir}/config.json or dataset.json is not what was written")
  write_json(workdir / "summary.json", summary | {"epochs": done})
  ends = sorted({*continued_after(workdir), done})
  write_json(workdir / CONTINUED, {"after_epochs": ends})
  write_json(workdir / "dataset.json", facts | {"digest": record_digest(longer, facts)})
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


def _dataset_facts(setup, found):
  dataset = setup.dataset
  return {
    "num_classes": dataset.num_classes,
    "class_names": dataset.class_names,
    "image_shape": dataset.image_shape,
    "streamed": dataset.is_streamed,
    "mean": setup.mean.tolist(),
    "std": setup.std.tolist(),
    "train_examples": len(dataset.train_labels),
    "content": dict(found),
  }

"""The records of a run in its workdir, for a person to read.

config.json     the config, and the numbers that replace auto in it
versions.json   the versions of Python and the libraries, the settings of JAX that change
                numbers, and the devices
dataset.json    number and names of the classes, shape of an image, mean and standard
                deviation of each channel of the training images, where white is 1, their
                number, and whether they were streamed. With this file the network can be
                used without the training data. It has digests of the data, and of files
                that the config names, by which a run recognises them, and a digest of
                this file and config.json
continued.json  the epochs after which the run had ended, if it got more epochs later
places.json     the directory of the TFDS sets, which may change between starts
labels.npz      noisy and clean labels of the training images; and where there are any,
                their ids, the labels of several people, a mask of foreign images, and the
                matrix that corrects the loss
metrics.jsonl   one line an epoch
examples.csv    the scores of a method that judges labels, the likeliest wrong label first;
                examples without a score yet come last. Label and predicted class are
                names, as in the predictions of `evaluate`, or numbers without names
summary.json    the outcome; its presence means that the run is finished
curves.png      the metrics against the epoch, drawn at the end

Beside them lie the checkpoints, and with --tensorboard its event files.

A higher score in examples.csv is a cleaner label. Scores compare the examples of one run,
and none is a probability. The score of an example is

aum                  the mean, over its visits, of the margin between the logit of its
                     label and the largest other logit; any number
marvel, marvel_plus  the mean, over its last visits, of the margin between the probability
                     of its label and the largest other one; in [-1, 1]
elr                  the share of its label in a moving mean of the network's outputs, which
                     begins at 0; in [0, 1], and small after few visits
car, selc, nal       the share of its label in a target, which begins as the label and moves
                     towards the network's outputs; in [0, 1]
"""

import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from noisy_jax.runs import chosen, content, labels_file, named_files
from noisy_jax.runs.files import (
  read_json,
  whole,
  write_csv,
  write_json,
)
from noisy_jax.runs.record_reader import (
  CONTINUED,
  NAMED_FILES,
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
  """Writes the records that are known before the training, or checks those there.

  Args:
    workdir: an existing directory, free or with this run unfinished (see `check_workdir`).
    setup: the run.
    found: digests of its data, from `content.of_setup`.

  Raises:
    OSError: if a file cannot be written, or the run there has begun with other data, labels
      or settings of JAX, with another matrix, or with other numbers in place of auto.
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
    recorded = read_json(workdir / "dataset.json").get("content", {})
    content.check(workdir, recorded, found)
  else:
    # As a reader will find it: JSON has no tuples.
    facts = json.loads(json.dumps(_dataset_facts(setup, found)))
    written = record_digest(read_json(workdir / "config.json"), facts)
    write_json(workdir / "dataset.json", facts | {"digest": written})
  labels_file.write_or_check(workdir, setup)
  if setup.data_dir is not None:
    write_json(workdir / PLACES, {"data_dir": setup.data_dir})


def lengthen(workdir: pathlib.Path, epochs: int) -> None:
  """Makes a finished run an unfinished one of more epochs; a killed call is repeated.

  Args:
    workdir: directory of the run.
    epochs: its new number of epochs; with the former one, nothing changes.

  Raises:
    OSError: if a file is damaged or cannot be written.
  """
  if read_json(workdir / "config.json").get("epochs") == epochs:
    return
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


def write_examples(
  workdir: pathlib.Path, table: Mapping[str, np.ndarray], class_names: Sequence[str] = ()
) -> None:
  """Writes examples.csv, from the columns of `label_quality.table`.

  The cell of a NaN is empty. Where classes have names, these stand for the class ids.
  """
  if class_names:
    names = np.array(class_names)
    table = {**table, **{name: names[table[name]] for name in ("label", "predicted")}}
  rows = zip(*(column.tolist() for column in table.values()), strict=True)
  cells = (["" if cell != cell else cell for cell in row] for row in rows)
  write_csv(workdir / "examples.csv", table, cells)


def finish(workdir: pathlib.Path, summary: Mapping[str, Any]) -> None:
  """Writes summary.json, which marks the run as finished."""
  write_json(workdir / "summary.json", summary)


def write_curves(workdir: pathlib.Path, figure: "Figure") -> None:
  """Writes curves.png."""
  with whole(workdir / "curves.png") as partial:
    figure.savefig(partial, dpi=200)


def _dataset_facts(setup, found):
  dataset, files = setup.dataset, named_files.digests(setup.config)
  return {
    "num_classes": dataset.num_classes,
    "class_names": dataset.class_names,
    "image_shape": dataset.image_shape,
    "streamed": dataset.is_streamed,
    "mean": setup.mean.tolist(),
    "std": setup.std.tolist(),
    "train_examples": len(dataset.train_labels),
    "content": dict(found),
    **({NAMED_FILES: files} if files else {}),
  }

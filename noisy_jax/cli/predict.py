r"""Predicts the classes of images by the network of an audit or of a run, as CSV.

  noisy-jax predict WHERE --images=FOLDER --out=predictions.csv
  noisy-jax predict WHERE --dataset=cifar10 --split=test --top=5 > predictions.csv

WHERE is the out_dir of noisy-jax audit, or the workdir of any run. Each row has the id of
an image, such as its path in the folder, and its likeliest classes with their
probabilities: id, class1, probability1, class2, probability2, ...
"""

import csv
import io
import pathlib
import sys

import numpy as np
from absl import flags

from noisy_jax import runs
from noisy_jax.cli import csv_output, messages, path_flags
from noisy_jax.paths import expanded_path

_IMAGES = path_flags.define(
  "images", None, "Any folder of images to judge.", allow_override=True
)
_DATASET = flags.DEFINE_string(
  "dataset",
  None,
  "Data set to judge in place of a folder, named as for train.",
  allow_override=True,
)
_SPLIT = flags.DEFINE_string(
  "split", None, "Split of the data set: test, the default, or train.", allow_override=True
)
_TOP = flags.DEFINE_integer(
  "top", 3, "Number of classes to name for each image.", 1, allow_override=True
)
_OUT = path_flags.define(
  "out",
  None,
  "CSV file to write, standard output by default; a file of an earlier call is replaced.",
  allow_override=True,
)


def main(argv):
  where = messages.one_argument(argv, "WHERE", "directory of an audit or of a run")
  with messages.ending_in_one_line(ValueError, OSError):
    _check_flags()
    trained = runs.load_trained(_workdir(where))
    if _IMAGES.value is not None:
      given = runs.given_by_folder(trained, _IMAGES.value)
    else:
      given = runs.given_by_dataset(trained, _DATASET.value, _SPLIT.value or "test")
    top = min(_TOP.value, trained.num_classes)
    probabilities = runs.probabilities(trained, given.images)
    heading = ["id"]
    for place in range(1, top + 1):
      heading += [f"class{place}", f"probability{place}"]
    rows = _rows(given.ids, probabilities, trained.names, top)
    if _OUT.value is not None:
      runs.write_csv(pathlib.Path(_OUT.value), heading, rows, "out")
    else:
      text = io.StringIO(newline="")
      csv.writer(text).writerows([heading, *rows])
      # As bytes: names of files may be undecodable.
      sys.stdout.buffer.write(text.getvalue().encode(errors="surrogateescape"))
  for note in given.notes:
    print(messages.one_line(note), file=sys.stderr)


def _check_flags():
  if (_IMAGES.value is None) == (_DATASET.value is None):
    raise ValueError(
      f"images: {_IMAGES.value}, must be a folder, or left out with --dataset"
    )
  if _SPLIT.value is not None and _DATASET.value is None:
    raise ValueError(f"split: {_SPLIT.value}, must be left out without --dataset")
  if _OUT.value is not None:
    csv_output.check("out", _OUT.value, "id,class1,probability1")


def _workdir(where):
  """The workdir of the run: that of an audit is inside its directory."""
  place = pathlib.Path(expanded_path("WHERE", where))
  return place / "run" if (place / "run" / "config.json").is_file() else place


def _rows(ids, probabilities, names, top):
  """The cells of each image, the likeliest class first."""
  order = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
  for id_, row, classes in zip(ids, probabilities, order, strict=True):
    cells = [id_]
    for class_id in classes:
      cells += [names[class_id], f"{row[class_id]:.6g}"]
    yield cells

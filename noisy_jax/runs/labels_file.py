"""labels.npz: the noisy labels that a run trains on, and the clean ones."""

import os
import pathlib
from collections.abc import Sequence

import numpy as np

from noisy_jax.noise import NoisyLabels, check_labels
from noisy_jax.paths import expanded_path
from noisy_jax.runs import multihost
from noisy_jax.runs.files import REMEDY, ApartError, read_arrays, whole
from noisy_jax.training.setup import Setup

_NAME = "labels.npz"


def settled(workdirs: Sequence[str | os.PathLike], drawn: NoisyLabels) -> NoisyLabels:
  """The labels to train on: a run that has begun keeps its labels.

  Drawing them anew may give other labels, with other versions of the libraries.

  Args:
    workdirs: a directory for each seed, with a run or without; the ones of the first
      process count.
    drawn: the labels of a new run.

  Returns:
    The labels of the runs that have begun; or `drawn` if none has, or if the labels there
    have another shape, which `write_or_check` then refuses.

  Raises:
    ApartError: if runs have begun with different labels.
    OSError: if a file is damaged.
  """
  noisy = drawn.noisy

  def read_first():
    nonlocal noisy
    noisy = _recorded(workdirs, drawn)

  multihost.called_by_first(read_first)
  return drawn._replace(noisy=multihost.arrays_of_first(noisy))


def _recorded(workdirs, drawn):
  first, noisy = None, drawn.noisy
  for workdir in workdirs:
    path = pathlib.Path(expanded_path("workdir", workdir)) / _NAME
    if not path.exists():
      continue
    labels = _class_ids(read_arrays(path), "noisy", drawn.num_classes, path)
    if labels.shape != drawn.noisy.shape:
      continue
    if first is None:
      first, noisy = path, labels
    elif not np.array_equal(labels, noisy):
      raise ApartError(f"workdir: {path} has other noisy labels than {first}; {REMEDY}")
  return noisy


def write_or_check(workdir: pathlib.Path, setup: Setup) -> None:
  """Writes the labels of a run, or compares them with the file that is there.

  Args:
    workdir: directory of the run.
    setup: the run.

  Raises:
    OSError: if the file cannot be written, or has other labels, images or another matrix.
  """
  path, arrays = workdir / _NAME, _arrays(setup)
  if not path.exists():
    with whole(path) as partial:
      np.savez_compressed(partial, **arrays)
    return
  recorded = read_arrays(path)
  _class_ids(recorded, "noisy", setup.dataset.num_classes, path)
  for name in sorted(recorded.keys() | arrays.keys()):
    there, here = (np.asarray(table.get(name, ())) for table in (recorded, arrays))
    # An older version left examples out without noting the positions of the others.
    if np.array_equal(there, here) or (name == "ids" and name not in recorded):
      continue
    if name == "noisy" and there.shape == here.shape:
      raise OSError(
        f"workdir: {path} has other noisy labels than this setup; prepare it with this "
        "workdir to go on with those there"
      )
    raise OSError(
      f"workdir: {path} has other {name} than data and files now give; they have changed"
    )


def read(workdir: pathlib.Path, num_classes: int) -> NoisyLabels:
  """Reads the labels of a run.

  Args:
    workdir: directory of the run.
    num_classes: number of classes of its data set.

  Returns:
    `NoisyLabels`.

  Raises:
    OSError: if the file is missing or damaged.
  """
  path = workdir / _NAME
  arrays = read_arrays(path)
  noisy, clean = (
    _class_ids(arrays, name, num_classes, path) for name in ("noisy", "clean")
  )
  return NoisyLabels(noisy, clean, num_classes, arrays.get("votes"))


def _arrays(setup):
  arrays = {"noisy": setup.train_labels.noisy, "clean": setup.train_labels.clean}
  if setup.train_labels.votes is not None:
    arrays["votes"] = setup.train_labels.votes
  if setup.foreign is not None:
    arrays["foreign"] = setup.foreign
  if setup.objective.matrix is not None:
    arrays["matrix"] = setup.objective.matrix
  if setup.dataset.train_ids is not None:
    arrays["ids"] = setup.dataset.train_ids.astype(np.str_)
  return arrays


def _class_ids(arrays, name, num_classes, path):
  try:
    return check_labels(arrays[name], num_classes)
  except (KeyError, ValueError) as error:
    raise OSError(f"workdir: {path} is damaged ({error})") from error

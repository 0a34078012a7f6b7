"""labels.npz: what a run trains on, and what the truth is."""

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
  """The labels to train on, which are those that runs in the workdirs began with.

  Other versions of the libraries may draw others.

  Args:
    workdirs: of one run for each seed, new or not; those of the first process count.
    drawn: what a new run is to train on.

  Returns:
    The labels drawn where no run has begun, or where those of a run cannot be theirs,
    which `check` then refuses.

  Raises:
    ApartError: if runs have begun with different labels.
    OSError: if a file is damaged.
  """
  noisy = drawn.noisy

  def read_first():
    nonlocal noisy
    noisy = _held(workdirs, drawn)

  multihost.called_by_first(read_first)
  return drawn._replace(noisy=multihost.arrays_of_first(noisy))


def _held(workdirs, drawn):
  first, noisy = None, drawn.noisy
  for workdir in workdirs:
    path = pathlib.Path(expanded_path("workdir", workdir)) / _NAME
    if not path.exists():
      continue
    held = _class_ids(read_arrays(path), "noisy", drawn.num_classes, path)
    if held.shape != drawn.noisy.shape:
      continue
    if first is None:
      first, noisy = path, held
    elif not np.array_equal(held, noisy):
      raise ApartError(f"workdir: {path} has other noisy labels than {first}; {REMEDY}")
  return noisy


def write_or_check(workdir: pathlib.Path, setup: Setup) -> None:
  """Writes the labels of a run, or compares them with those that are there.

  Args:
    workdir: of the run.
    setup: the run.

  Raises:
    OSError: if the file cannot be written, or is of other labels, images or another matrix.
  """
  path, asked = workdir / _NAME, _arrays(setup)
  if not path.exists():
    with whole(path) as partial:
      np.savez_compressed(partial, **asked)
    return
  held = read_arrays(path)
  _class_ids(held, "noisy", setup.dataset.num_classes, path)
  for name in sorted(held.keys() | asked.keys()):
    there, here = (np.asarray(arrays.get(name, ())) for arrays in (held, asked))
    if np.array_equal(there, here):
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
  """The labels that are there.

  Args:
    workdir: of a run.
    num_classes: of its data set.

  Returns:
    `NoisyLabels`.

  Raises:
    OSError: if they are missing or damaged.
  """
  path = workdir / _NAME
  held = read_arrays(path)
  noisy, clean = (_class_ids(held, name, num_classes, path) for name in ("noisy", "clean"))
  return NoisyLabels(noisy, clean, num_classes)


def _arrays(setup):
  arrays = {"noisy": setup.train_labels.noisy, "clean": setup.train_labels.clean}
  if setup.foreign is not None:
    arrays["foreign"] = setup.foreign
  if setup.objective.matrix is not None:
    arrays["matrix"] = setup.objective.matrix
  if setup.dataset.train_ids is not None:
    arrays["ids"] = setup.dataset.train_ids.astype(np.str_)
  return arrays


def _class_ids(held, name, num_classes, path):
  try:
    return check_labels(held[name], num_classes)
  except (KeyError, ValueError) as error:
    raise OSError(f"workdir: {path} is damaged ({error})") from error

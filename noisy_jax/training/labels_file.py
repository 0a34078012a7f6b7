"""labels.npz: what a run trains on, and what the truth is."""

import pathlib

import numpy as np

from noisy_jax.noise import NoisyLabels, check_labels
from noisy_jax.training.task import Task
from noisy_jax.training.workdir_files import read_arrays, whole

_NAME = "labels.npz"


def write_or_check(workdir: pathlib.Path, task: Task) -> Task:
  """Writes the labels of a run, or takes those that are there.

  Args:
    workdir: of the run.
    task: the run.

  Returns:
    The task with the labels that the workdir has: other versions of the libraries may draw
    others.

  Raises:
    OSError: if the file cannot be written, or is of other images or another matrix.
  """
  path, asked = workdir / _NAME, _arrays(task)
  if not path.exists():
    with whole(path) as partial:
      np.savez_compressed(partial, **asked)
    return task
  held = read_arrays(path)
  noisy = _class_ids(held, "noisy", task.dataset.num_classes, path)
  for name in sorted(held.keys() | asked.keys()):
    there, here = (np.asarray(arrays.get(name, ())) for arrays in (held, asked))
    same = there.shape == here.shape if name == "noisy" else np.array_equal(there, here)
    if not same:
      raise OSError(
        f"workdir: {path} has other {name} than data and files now give; they have changed"
      )
  return task._replace(train_labels=task.train_labels._replace(noisy=noisy))


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


def _arrays(task):
  arrays = {"noisy": task.train_labels.noisy, "clean": task.train_labels.clean}
  if task.foreign is not None:
    arrays["foreign"] = task.foreign
  if task.objective.matrix is not None:
    arrays["matrix"] = task.objective.matrix
  if task.dataset.train_ids is not None:
    arrays["ids"] = task.dataset.train_ids.astype(np.str_)
  return arrays


def _class_ids(held, name, num_classes, path):
  try:
    return check_labels(held[name], num_classes)
  except (KeyError, ValueError) as error:
    raise OSError(f"workdir: {path} is damaged ({error})") from error

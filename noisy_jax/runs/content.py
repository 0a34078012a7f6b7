"""Digests of a run's data, by which it refuses to go on with other data."""

import os
from collections.abc import Mapping

import jax

from noisy_jax import data
from noisy_jax.runs import multihost, named_arrays
from noisy_jax.training.setup import Setup


def of_setup(setup: Setup) -> dict[str, str]:
  """Digests of all examples that a run trains on, or is measured on.

  Args:
    setup: the run.

  Returns:
    The entry "content" of dataset.json: the digests of `data.content`, and a digest each
    of the clean examples, the validation split, the weights of examples, the second test
    set and the initial weights from another run, if there are any. Noisy labels are in
    labels.npz.

  Raises:
    OSError: if a file of a streamed set cannot be read, or this process has other data than
      process 0.
  """
  parts = data.content(setup.dataset)
  for name, examples in (("clean", setup.clean), ("validation", setup.validation)):
    if examples is not None:
      parts[f"{name} images"] = data.digest(examples.images)
      parts[f"{name} labels"] = data.digest(examples.labels)
  if setup.weights is not None:
    parts["weights"] = data.digest(setup.weights)
  if setup.extra_test is not None:
    parts["extra test images"] = data.digest(setup.extra_test)
    parts["extra test labels"] = data.digest(setup.extra_test.labels)
  if setup.initial is not None:
    parts["initial weights"] = named_arrays.digest(named_arrays.by_name(setup.initial))
  first = multihost.called_by_first(lambda: parts)
  if other := different(first, parts):
    raise OSError(
      f"dataset: process {jax.process_index()} has other {other} than process 0"
    )
  return parts


def different(held: Mapping[str, str], found: Mapping[str, str]) -> str:
  """The names of the parts whose digests differ, in words; empty where none do."""
  names = (name for name in {**held, **found} if held.get(name) != found.get(name))
  return ", ".join(names)


def check(
  workdir: str | os.PathLike, held: Mapping[str, str], found: Mapping[str, str]
) -> None:
  """Refuses data that have changed since a run began.

  Args:
    workdir: directory of the run.
    held: the digests in its dataset.json.
    found: the digests of the data now.

  Raises:
    OSError: if parts of the data differ, naming them.
  """
  if changed := different(held, found):
    raise OSError(
      f"workdir: {workdir} holds another run: the data set has changed ({changed}); bring "
      "the former data back, or choose another workdir"
    )

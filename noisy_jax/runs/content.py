"""What the data of a run are, so that it goes on with the same or not at all."""

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
    What dataset.json holds as "content": the digests of `data.content`, and those of the
    clean examples, of the extra test set and of the weights of another run to begin with,
    where there are any. Noisy labels are in labels.npz.

  Raises:
    OSError: if a file of a streamed set cannot be read, or this process has other data than
      process 0.
  """
  parts = data.content(setup.dataset)
  if setup.clean is not None:
    parts["clean images"] = data.digest(setup.clean.images)
    parts["clean labels"] = data.digest(setup.clean.labels)
  if setup.extra_test is not None:
    parts["extra test images"] = data.stream_digest(setup.extra_test)
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
  """Refuses data other than those that a run began with.

  Args:
    workdir: of the run.
    held: the digests in its dataset.json.
    found: those of the data now.

  Raises:
    OSError: if a part differs, with the names of all that do.
  """
  if changed := different(held, found):
    raise OSError(
      f"workdir: {workdir} holds another run: the data set has changed ({changed}); bring "
      "the former data back, or choose another workdir"
    )

"""Data sets by the names that flags use."""

import os
import re

from noisy_jax.data.dataset import Dataset
from noisy_jax.data.digits import digits
from noisy_jax.data.tfds import from_tfds

_TFDS_NAMES = ("cifar10",)
_DIGITS = re.compile(r"digits([1-9][0-9]*)")


def check_name(name: str) -> None:
  """Refuses a name that `load` does not know, without loading anything.

  Args:
    name: of a data set.

  Raises:
    ValueError: if the name is unknown, with the known ones.
  """
  match = _DIGITS.fullmatch(name)
  if match and 2 <= int(match[1]) <= 1000:
    return
  if name not in _TFDS_NAMES:
    known = ", ".join(("digits2 ... digits1000", *_TFDS_NAMES))
    raise ValueError(f"dataset: unknown {name!r}; known: {known}")


def load(name: str, data_dir: str | os.PathLike | None = None) -> Dataset:
  """The data set of that name, in memory.

  Args:
    name: `digitsK` with 2 <= K <= 1000 (needs no files), or `cifar10` (through TFDS).
    data_dir: where TFDS finds prepared sets.

  Returns:
    `Dataset`.

  Raises:
    ValueError: if the name is unknown, with the known ones.
    OSError: if the set is not prepared, with what to run, or if it is damaged.
  """
  check_name(name)
  if match := _DIGITS.fullmatch(name):
    return digits(int(match[1]))
  return from_tfds(name, data_dir)

"""Transition matrices: T[i, j] is the probability of label j for clean class i."""

import os
import pathlib
import warnings
from collections.abc import Mapping

import numpy as np

from noisy_jax import checks
from noisy_jax.checks import check_matrix, check_num_classes
from noisy_jax.paths import expanded_path


def symmetric_matrix(
  num_classes: int, rate: float, *, including_true: bool = False
) -> np.ndarray:
  """The matrix of symmetric noise, which turns any class into any other.

  T[i, i] = 1 - rate and T[i, j] = rate / (K - 1); with the true class among the targets
  T[i, i] = 1 - rate + rate / K and T[i, j] = rate / K, so that only rate * (K - 1) / K of
  the labels are wrong.

  Args:
    num_classes: K, at least 2.
    rate: share of labels that are drawn anew, in [0, 1).
    including_true: whether the true class is among the targets.

  Returns:
    float64[K, K].

  Raises:
    ValueError: if the rate or the number of classes is out of range.

  Example:
    >>> from noisy_jax import noise
    >>> noise.symmetric_matrix(3, 0.5).tolist()
    [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5]]

  Source: without the true class: the code of APL (Ma et al., ICML 2020) and ALFs (Zhou et
    al., ICML 2021); with it: the code of ELR (Liu et al., NeurIPS 2020), DivideMix (Li et
    al., ICLR 2020) and GJS (Englesson and Azizpour, NeurIPS 2021).
  """
  check_num_classes(num_classes)
  checks.number("rate", rate, "[0, 1)")
  each = rate / (num_classes if including_true else num_classes - 1)
  matrix = np.full((num_classes, num_classes), each)
  np.fill_diagonal(matrix, 1 - rate + (each if including_true else 0))
  return matrix


def class_map_matrix(
  class_map: Mapping[int, int], num_classes: int, rate: float, *, in_turn: bool = False
) -> np.ndarray:
  """The matrix of a class map; classes outside the map stay clean.

  T[i, map(i)] = rate and T[i, i] = 1 - rate, so that a map of m of the K classes makes
  rate * m / K of the labels wrong if all classes are equally large. In turn, T is the
  product of such matrices, one for each pair, in their order, as in `flip_in_turn`.

  Args:
    class_map: class id of each class that changes to its target.
    num_classes: K, at least 2.
    rate: share of each class of the map to flip, in [0, 1).
    in_turn: whether each pair applies to the labels after the pairs before it.

  Returns:
    float64[K, K].

  Raises:
    ValueError: if the rate, the number of classes or a class id is out of range, or if a
      class is mapped to itself.

  Example:
    >>> from noisy_jax import noise
    >>> noise.class_map_matrix({0: 1}, 3, 0.25).tolist()
    [[0.75, 0.25, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
  """
  check_num_classes(num_classes)
  checks.number("rate", rate, "[0, 1)")
  matrix = np.eye(num_classes)
  classes = range(num_classes)
  for source, target in class_map.items():
    if source == target or source not in classes or target not in classes:
      raise ValueError(
        f"class_map: {source} -> {target}, must be two different classes in "
        f"[0, {num_classes})"
      )
    rows = slice(None) if in_turn else source
    flow = rate * matrix[rows, source]
    matrix[rows, source] -= flow
    matrix[rows, target] += flow
  return matrix


def pairflip_matrix(num_classes: int, rate: float) -> np.ndarray:
  """The matrix of pair flips: each class turns into the next, the last into the first.

  T[i, (i + 1) mod K] = rate and T[i, i] = 1 - rate.

  Args:
    num_classes: K, at least 2.
    rate: share of wrong labels, in [0, 1); from 1/2 on the true class is not the likeliest.

  Returns:
    float64[K, K].

  Raises:
    ValueError: if the rate or the number of classes is out of range.

  Example:
    >>> from noisy_jax import noise
    >>> noise.pairflip_matrix(3, 0.25).tolist()
    [[0.75, 0.25, 0.0], [0.0, 0.75, 0.25], [0.25, 0.0, 0.75]]

  Source: Han et al., Co-teaching, NeurIPS 2018.
  """
  following = {i: (i + 1) % num_classes for i in range(num_classes)}
  return class_map_matrix(following, num_classes, rate)


def load_matrix(path: str | os.PathLike, num_classes: int) -> np.ndarray:
  """Reads a transition matrix from a file.

  Args:
    path: path of a .npy file, or of a .csv file with one row a line and no header; ~ is the
      home directory.
    num_classes: K, at least 2.

  Returns:
    float64[K, K], each row divided by its sum.

  Raises:
    OSError: if the file cannot be read.
    ValueError: if the file is of another kind, damaged, has pickled objects, or is not a
      transition matrix over K classes.
  """
  path = expanded_path("path", path)
  suffix = pathlib.Path(path).suffix
  if suffix not in (".npy", ".csv"):
    raise ValueError(f"path: {path}, must end in .npy or .csv")
  try:
    if suffix == ".npy":
      with open(path, "rb") as file:
        matrix = np.lib.format.read_array(file, allow_pickle=False)
    else:
      with warnings.catch_warnings():
        warnings.simplefilter("error")  # for an empty file
        matrix = np.loadtxt(path, delimiter=",", ndmin=2)
  except OSError:
    raise
  except Exception as error:
    # A damaged header fails in many ways.
    cause = str(error).partition("\n")[0]
    raise ValueError(f"path: {path}, must hold a table of numbers ({cause})") from error
  return check_matrix(matrix, num_classes)

"""Malformed transition matrices over four classes.

Accepted means that each row is a distribution.
"""

import pathlib
import random
from collections.abc import Iterator

import numpy as np

from experiments.fuzz.cases import ODD_FILES, Case, damage_file, mutated
from experiments.fuzz.texts import PROBE, accepted


def matrix_cases(rng: random.Random, count: int, place: pathlib.Path) -> Iterator[Case]:
  """Matrices over four classes, of other numbers, shapes, types and damaged files."""
  good = np.full((4, 4), 0.1) + 0.6 * np.eye(4)
  for _ in range(count):
    suffix = rng.choice(["npy", "csv"])
    file = place / f"matrix.{suffix}"
    matrix, shown = _changed_matrix(rng, good)
    if suffix == "npy":
      np.save(file, matrix, allow_pickle=True)
    else:
      text = rng.choice([",", ";", " ", ","]).join
      rows = np.atleast_2d(matrix) if np.ndim(matrix) < 3 else matrix[0]
      file.write_text("\n".join(text(map(str, row)) for row in rows))
    match rng.randrange(4):
      case 0:
        shown += f", {damage_file(rng, file)}"
      case 1 if suffix == "csv":
        file.write_bytes(mutated(rng, file.read_text()).encode("utf-8", "surrogateescape"))
        shown += ", text mutated"
      case 1:
        content = rng.choice(ODD_FILES)
        file.write_bytes(content)
        shown = f"the file {content[:20]!r}"
    names = ("matrix", "path")
    yield Case(PROBE, ["--", "matrix", str(file)], f"{suffix}: {shown}", names, accepted)


def _changed_matrix(rng, good):
  matrix, row, column = good.copy(), rng.randrange(4), rng.randrange(4)
  changes = {
    "one NaN": np.nan,
    "one infinite": np.inf,
    "one negative": -0.1,
    "one above 1": 1.1,
    "one off by 1e-4": matrix[row, column] + 1e-4,
    "one off by 1e-7": matrix[row, column] + 1e-7,
    "one 1e300": 1e300,
  }
  shapes = {
    "unchanged": good,
    "transposed shape": good[:, :3],
    "of 5 classes": np.eye(5),
    "one row": good[0],
    "one number": np.array(1.0),
    "of rank 3": good[None],
    "empty": np.zeros((0, 0)),
    "integers": np.eye(4, dtype=int),
    "booleans": np.eye(4, dtype=bool),
    "text": good.astype(str),
    "objects": good.astype(object),
    "complex": good + 0j,
    "float16": good.astype(np.float16),
    "all zero": 0 * good,
  }
  shown = rng.choice([*changes, *shapes])
  if shown in shapes:
    return shapes[shown], shown
  matrix[row, column] = changes[shown]
  return matrix, shown

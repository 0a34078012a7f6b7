"""grid.json: the runs that a directory is meant to have, beside those that it has."""

import json
import pathlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from experiments import json_files

_FILE = "grid.json"
# What a failed run leaves in its directory.
FAILED = "failed.json"


class Planned(NamedTuple):
  """Runs that differ in nothing but their seed.

  Attributes:
    slug: the name of their directory.
    dataset: as the grid names it; likewise noise and loss.
    noise: such as "symmetric 0.4".
    loss: such as "MAE*".
    seeds: of the runs.
  """

  slug: str
  dataset: str
  noise: str
  loss: str
  seeds: tuple[int, ...]


class Plan(NamedTuple):
  """The runs of a grid.

  Attributes:
    grid: the grid's name, or the path of its YAML file.
    cells: in the order of the grid.
    failed: the message of each run that failed, by its name SLUG/seedN.
  """

  grid: str
  cells: Sequence[Planned]
  failed: dict[str, str]

  @property
  def num_runs(self) -> int:
    return sum(len(cell.seeds) for cell in self.cells)


def write(plan: Plan, directory: pathlib.Path) -> None:
  """Writes the plan to a directory, over an older one.

  Args:
    plan: to write.
    directory: of runs, or of a report.
  """
  content = plan._asdict() | {"cells": [cell._asdict() for cell in plan.cells]}
  (directory / _FILE).write_text(json.dumps(content, indent=1) + "\n")


def read(directory: pathlib.Path) -> Plan:
  """The plan of a directory.

  Args:
    directory: of runs, or of a report.

  Returns:
    `Plan`, with what the directories of failed runs say.

  Raises:
    OSError: if there is none, or it is damaged.
  """
  path = directory / _FILE
  if not path.exists():
    raise OSError(
      f"runs: {directory} has no {_FILE}, must be the out_dir of a sweep or a report"
    )
  content = json_files.read(path)
  if problem := _problem(content):
    raise json_files.damaged(path, problem)
  cells = [Planned(**cell | {"seeds": tuple(cell["seeds"])}) for cell in content["cells"]]
  return Plan(content["grid"], cells, content["failed"] | failures(directory, cells))


def failures(directory: pathlib.Path, cells: Sequence[Planned]) -> dict[str, str]:
  """The messages of failed runs among those of these cells, by their names."""
  found = {}
  for cell in cells:
    for seed in cell.seeds:
      name = f"{cell.slug}/seed{seed}"
      path = directory / name / FAILED
      if not path.exists():
        continue
      try:
        found[name] = str(json.loads(path.read_text())["message"])
      except (ValueError, TypeError, KeyError, RecursionError):
        found[name] = f"{path} is damaged"
  return found


def _problem(content: Any) -> str | None:
  """What is wrong with the content of the file; None if nothing is."""
  if not (isinstance(content, dict) and content.keys() == set(Plan._fields)):
    return f"it must have {', '.join(Plan._fields)}, as the sweep writes it"
  cells, failed = content["cells"], content["failed"]
  if not (isinstance(content["grid"], str) and isinstance(cells, list)):
    return "it must have the name and the cells of a grid"
  if not (isinstance(failed, dict) and all(isinstance(x, str) for x in failed.values())):
    return "failed must have messages"
  if not all(map(_is_cell, cells)):
    return f"each cell must have {', '.join(Planned._fields)}"
  return None


def _is_cell(cell):
  if not (isinstance(cell, dict) and cell.keys() == set(Planned._fields)):
    return False
  names = [cell[name] for name in Planned._fields if name != "seeds"]
  seeds = cell["seeds"]
  return (
    all(isinstance(name, str) for name in names)
    and isinstance(seeds, list)
    and all(type(seed) is int for seed in seeds)
  )

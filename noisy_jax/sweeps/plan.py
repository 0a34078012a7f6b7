"""grid.json: the runs that a grid plans, to compare with the runs that exist."""

import json
import pathlib
from collections.abc import Sequence

import msgspec

from noisy_jax.sweeps import json_files

_FILE = "grid.json"
# The file that a failed run leaves in its directory.
FAILED = "failed.json"


class Planned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
  """Runs that differ only in their seed.

  Attributes:
    slug: the name of their directory.
    dataset: the data set by its name in the grid.
    noise: the noise by its name in the grid, such as "symmetric 0.4".
    loss: the loss by its name in the grid, such as "MAE*".
    seeds: the seeds of the runs.
  """

  slug: str
  dataset: str
  noise: str
  loss: str
  seeds: tuple[int, ...]


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
  """The runs of a grid.

  Attributes:
    grid: the grid's name, or the path of its YAML file.
    cells: the planned runs, in the order of the grid.
    failed: the messages of failed runs, by their names SLUG/seedN.
  """

  grid: str
  cells: list[Planned]
  failed: dict[str, str]

  @property
  def num_runs(self) -> int:
    return sum(len(cell.seeds) for cell in self.cells)


class _Failure(msgspec.Struct):
  message: str


def write(plan: Plan, directory: pathlib.Path) -> None:
  """Writes the plan to a directory, over an older one.

  Args:
    plan: the plan.
    directory: directory of runs, or of a report.
  """
  content = json.dumps(msgspec.to_builtins(plan), indent=1)
  (directory / _FILE).write_text(content + "\n")


def read(directory: pathlib.Path) -> Plan:
  """Reads the plan of a directory.

  Args:
    directory: directory of runs, or of a report.

  Returns:
    `Plan`, with the messages in the directories of failed runs.

  Raises:
    OSError: if the plan is missing or damaged.
  """
  path = directory / _FILE
  if not path.exists():
    raise OSError(
      f"runs: {directory} has no {_FILE}, must be the out_dir of a sweep or a report"
    )
  plan = json_files.read(path, Plan)
  return msgspec.structs.replace(plan, failed=plan.failed | failures(directory, plan.cells))


def failures(directory: pathlib.Path, cells: Sequence[Planned]) -> dict[str, str]:
  """The messages of the failed runs of these cells, by their names."""
  messages = {}
  for cell in cells:
    for seed in cell.seeds:
      name = f"{cell.slug}/seed{seed}"
      path = directory / name / FAILED
      if path.exists():
        try:
          messages[name] = json_files.read(path, _Failure).message
        except OSError as error:
          messages[name] = str(error)
  return messages

"""The finished runs of a grid: from their directories, or from one file made of these."""

import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Run(NamedTuple):
  """A finished run, as a line of runs.jsonl has it.

  Attributes:
    dataset: as the grid names it; likewise the next two.
    noise: such as "symmetric 0.4".
    loss: such as "MAE*".
    seed: of the training.
    config: all settings, and under "chosen" the numbers that stood for auto.
    versions: of the libraries, and the devices.
    summary: as in summary.json.
    test_accuracy: after each epoch, a fraction.
    memorised: the share of wrong training labels that are predicted, likewise; None
      where no label is wrong.
  """

  dataset: str
  noise: str
  loss: str
  seed: int
  config: Mapping[str, Any]
  versions: Mapping[str, str]
  summary: Mapping[str, Any]
  test_accuracy: Sequence[float]
  memorised: Sequence[float | None]


def read(place: pathlib.Path) -> list[Run]:
  """The finished runs that a sweep left, or that `write` wrote.

  Args:
    place: the out_dir of a sweep, or a file of `write`.

  Returns:
    Runs in the order of the grid, at least one.

  Raises:
    OSError: if there are none, or a file is missing or damaged.
  """
  if place.is_dir():
    runs = list(_of_sweep(place))
  else:
    lines = place.read_text().splitlines()
    runs = [Run(**_json(line, place)) for line in lines]
  if not runs:
    raise OSError(f"runs: {place} has no finished run")
  return runs


def write(runs: Sequence[Run], path: pathlib.Path) -> None:
  """Writes runs to a file, one JSON object a line.

  Args:
    runs: to write.
    path: of the file, replaced.
  """
  path.write_text("".join(json.dumps(run._asdict()) + "\n" for run in runs))


def _of_sweep(out_dir):
  grid = out_dir / "grid.json"
  if not grid.exists():
    raise OSError(f"runs: {out_dir} has no grid.json, must be the out_dir of a sweep")
  for cell in _json(grid.read_text(), grid):
    found = (out_dir / cell.pop("slug")).glob("seed*/summary.json")
    for path in sorted(found, key=lambda path: int(path.parent.name.removeprefix("seed"))):
      yield _run(path.parent, cell)


def _run(workdir, names):
  config, versions, summary = (
    _json((workdir / f"{name}.json").read_text(), workdir / f"{name}.json")
    for name in ("config", "versions", "summary")
  )
  path = workdir / "metrics.jsonl"
  rows = [_json(line, path) for line in path.read_text().splitlines()]
  return Run(
    **names,
    seed=config["seed"],
    config=config,
    versions=versions,
    summary=summary,
    # All digits that a test set of 10,000 has.
    test_accuracy=[round(row["test_accuracy"], 4) for row in rows],
    memorised=[row["memorised"] and round(row["memorised"], 4) for row in rows],
  )


def _json(text, path):
  try:
    return json.loads(text)
  except ValueError as error:
    raise OSError(f"runs: {path} is damaged ({error})") from None

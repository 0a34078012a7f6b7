"""Results of trainings of this repository: the rows that `recommend` rests on.

evidence.txt has them. `python -m experiments.pages.evidence` writes it from
experiments/results, which is not part of an installed package.
"""

import functools
import pathlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

PATH = pathlib.Path(__file__).with_name("evidence.txt")
"""The rows: grid, data set, classes, network, noise, noise rate, epochs; below loss,
schedule of the bias, method, accuracy, its deviation, seeds, training accuracy."""
UNBIASED, CONSTANT, FADING, RISING = "none", "constant", "fading", "q rising"
"""Values of `Setting.schedule`."""
CLEAN = "clean"
"""Value of `Cell.noise` without noise."""

_SEPARATOR, _INDENT = " | ", "  "


class Setting(NamedTuple):
  """Settings of a training.

  Attributes:
    loss: text for `losses.parse`.
    schedule: schedule of the calibrated logit bias: `UNBIASED`, `CONSTANT` or `FADING`; or
      `RISING`, without a bias, where the q of GCE rises.
    method: name for `methods.build`, or none.
  """

  loss: str
  schedule: str = UNBIASED
  method: str = "none"

  def __str__(self) -> str:
    by = "" if self.method == "none" else f" by {self.method}"
    bias = {CONSTANT: " with a bias", FADING: ", fading bias", RISING: ", q rising"}
    return f"{self.loss}{bias.get(self.schedule, '')}{by}"


class Cell(NamedTuple):
  """Trainings that can be compared: the same images, wrong labels, network and epochs.

  Attributes:
    dataset: name in `TrainConfig`.
    num_classes: K.
    network: name of the network, with the widths of an MLP.
    noise: name in `TrainConfig`, or `CLEAN`.
    noise_rate: rate of the noise; for human labels the share of wrong labels.
    epochs: passes over the training set.
  """

  dataset: str
  num_classes: int
  network: str
  noise: str
  noise_rate: float
  epochs: int

  def __str__(self) -> str:
    rate = f" {self.noise_rate:g}" if self.noise_rate else ""
    return f"{self.dataset}, {self.network}, {self.noise}{rate}, {self.epochs} epochs"


class Row(NamedTuple):
  """The result of one setting in one cell.

  Attributes:
    grid: folder of experiments/results.
    cell: the cell.
    setting: the setting.
    accuracy: test accuracy on clean images after the last epoch, mean over the seeds, in
      [0, 1].
    std: standard deviation of the accuracy over the seeds; 0 for one seed.
    seeds: number of seeds.
    train_accuracy: accuracy on the training labels as given, of the last epoch, mean over
      the seeds; None if it was not kept.
  """

  grid: str
  cell: Cell
  setting: Setting
  accuracy: float
  std: float
  seeds: int
  train_accuracy: float | None


class Comparison(NamedTuple):
  """A row beside the other rows of its cell.

  Attributes:
    row: the row.
    cross_entropy: accuracy of cross-entropy in the cell, in [0, 1]; None if it was not run.
    best: the most accurate row of the cell, except `meta`, which sees right labels.
  """

  row: Row
  cross_entropy: float | None
  best: Row

  def __str__(self) -> str:
    row, ce = self.row, "not run"
    if self.cross_entropy is not None:
      ce = f"{100 * self.cross_entropy:.1f}"
    best = f"{100 * self.best.accuracy:.1f}, {self.best.setting}"
    seeds = f"{row.seeds} seed{'s' * (row.seeds > 1)}"
    return (
      f"{row.cell}: {100 * row.accuracy:.1f} (cross-entropy {ce}; best {best}; {seeds}; "
      f"{row.grid})"
    )


def by_setting(cell: Cell) -> dict[Setting, Row]:
  """The row of each setting in a cell; of several rows the one with most seeds."""
  found: dict[Setting, Row] = {}
  for row in rows():
    if row.cell == cell and row.seeds > getattr(found.get(row.setting), "seeds", 0):
      found[row.setting] = row
  return found


def comparison(row: Row) -> Comparison:
  """The comparison of a row with the other rows of its cell, from all grids."""
  here = by_setting(row.cell)
  plain = here.get(Setting("ce"))
  best = max(
    (other for other in here.values() if other.setting.method != "meta"),
    key=lambda other: other.accuracy,
  )
  return Comparison(row, plain.accuracy if plain else None, best)


def to_text(rows: Iterable[Row]) -> str:
  """The text of rows: a line for each grid and cell, its settings below, as in `PATH`."""
  blocks: dict[tuple, list[Row]] = {}
  for row in rows:
    blocks.setdefault((row.grid, *row.cell), []).append(row)
  lines = []
  for place, found in blocks.items():
    lines.append(_SEPARATOR.join(map(str, place)))
    for row in found:
      # Six digits: pages show three, and rounding twice may change the third.
      numbers = [f"{row.accuracy:.6g}", f"{row.std:.6g}", str(row.seeds)]
      on_train = row.train_accuracy
      numbers.append("none" if on_train is None else f"{on_train:.4f}")
      lines.append(_INDENT + _SEPARATOR.join([*row.setting, *numbers]))
  return "".join(f"{line}\n" for line in lines)


def from_text(text: str) -> Iterator[Row]:
  """The rows of a text that `to_text` wrote."""
  for line in text.splitlines():
    values = line.strip().split(_SEPARATOR)
    if not line.startswith(_INDENT):
      grid, dataset, classes, network, noise, rate, epochs = values
      cell = Cell(dataset, int(classes), network, noise, float(rate), int(epochs))
      continue
    loss, schedule, method, accuracy, std, seeds, on_train = values
    setting, numbers = Setting(loss, schedule, method), (float(accuracy), float(std))
    train_accuracy = None if on_train == "none" else float(on_train)
    yield Row(grid, cell, setting, *numbers, int(seeds), train_accuracy)


@functools.cache
def rows() -> tuple[Row, ...]:
  """All rows: grids in the order of their names, then other trainings."""
  return tuple(from_text(PATH.read_text()))

"""What a rule of choice loses in every cell that was run, beside the best row there."""

from collections.abc import Callable
from typing import NamedTuple

from noisy_jax import analysis
from noisy_jax.analysis import evidence
from noisy_jax.analysis.evidence import Cell, Row, Setting

Rule = Callable[[Cell], Setting]


class Regret(NamedTuple):
  """A rule's choice in one cell.

  Attributes:
    setting: what it takes.
    row: how that ended; None if it was not run there.
    points: of accuracy in % that the best row of the cell is ahead; None likewise.
  """

  setting: Setting
  row: Row | None
  points: float | None


def cells() -> tuple[Cell, ...]:
  """Every cell that has rows, by number of classes, noise and epochs."""
  found = {row.cell for row in evidence.rows()}
  return tuple(
    sorted(found, key=lambda cell: (cell.num_classes, cell.dataset, *cell[3:], cell))
  )


def regret(rule: Rule, cell: Cell) -> Regret:
  """What a rule takes in a cell, and what it loses."""
  setting = rule(cell)
  row = evidence.by_setting(cell).get(setting)
  if row is None:
    return Regret(setting, None, None)
  return Regret(setting, row, 100 * (best(cell).accuracy - row.accuracy))


def best(cell: Cell) -> Row:
  """The most accurate row of a cell, but of `meta`, which sees right labels."""
  return evidence.compared(next(iter(evidence.by_setting(cell).values()))).best


def recommended(cell: Cell) -> Setting:
  """What is recommended to those who know the noise."""
  noise = None if cell.noise == evidence.CLEAN else cell.noise
  return setting(analysis.recommend(cell.num_classes, noise, cell.noise_rate, cell.epochs))


def recommended_blindly(cell: Cell) -> Setting:
  """What is recommended to those who know nothing of the noise."""
  return setting(analysis.recommend(cell.num_classes, epochs=cell.epochs))


def always(loss: str, schedule: str = evidence.UNBIASED, method: str = "none") -> Rule:
  """One setting in all cells; without a bias where few classes need none."""

  def rule(cell: Cell) -> Setting:
    is_biased = cell.num_classes > 10
    return Setting(loss, schedule if is_biased else evidence.UNBIASED, method)

  return rule


def setting(found: analysis.Recommendation) -> Setting:
  """A recommendation as rows have it."""
  schedule = found.bias_schedule if found.logit_bias else evidence.UNBIASED
  return Setting(found.loss, schedule, found.method)

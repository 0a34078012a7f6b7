"""The regret of a rule of choice: its loss in accuracy against the best row of a cell."""

from collections.abc import Callable
from typing import NamedTuple

from noisy_jax import analysis
from noisy_jax.analysis import choice, evidence
from noisy_jax.analysis.evidence import Cell, Row, Setting

Rule = Callable[[Cell], Setting]


class Regret(NamedTuple):
  """A rule's choice in one cell.

  Attributes:
    setting: the setting that the rule takes.
    row: the result of this setting; None if it was not run in the cell.
    points: lead of the cell's best row, in points of accuracy; None if there is no row.
  """

  setting: Setting
  row: Row | None
  points: float | None


def cells() -> tuple[Cell, ...]:
  """Every cell that has rows, by number of classes, noise and epochs."""
  cells = {row.cell for row in evidence.rows()}
  return tuple(
    sorted(cells, key=lambda cell: (cell.num_classes, cell.dataset, *cell[3:], cell))
  )


def regret(rule: Rule, cell: Cell) -> Regret:
  """A rule's choice in a cell, and its regret."""
  setting = rule(cell)
  row = evidence.by_setting(cell).get(setting)
  if row is None:
    return Regret(setting, None, None)
  return Regret(setting, row, 100 * (best(cell).accuracy - row.accuracy))


def best(cell: Cell) -> Row:
  """The most accurate row of a cell, without `meta`, which sees right labels."""
  return evidence.comparison(next(iter(evidence.by_setting(cell).values()))).best


def recommendation(cell: Cell) -> Setting:
  """The recommendation for a known noise."""
  noise = None if cell.noise == evidence.CLEAN else cell.noise
  arguments = cell.num_classes, noise, cell.noise_rate, cell.epochs
  return setting(analysis.recommend(*arguments, memorises=choice.memorises(cell)))


def blind_recommendation(cell: Cell) -> Setting:
  """The recommendation for an unknown noise."""
  return setting(
    analysis.recommend(
      cell.num_classes, epochs=cell.epochs, memorises=choice.memorises(cell)
    )
  )


def always(loss: str, schedule: str = evidence.UNBIASED, method: str = "none") -> Rule:
  """A rule that takes one setting in all cells, without a bias up to 10 classes."""

  def rule(cell: Cell) -> Setting:
    is_biased = cell.num_classes > 10
    return Setting(loss, schedule if is_biased else evidence.UNBIASED, method)

  return rule


def setting(found: analysis.Recommendation) -> Setting:
  """The setting of a recommendation, in the form of rows."""
  schedule = found.bias_schedule if found.logit_bias else evidence.UNBIASED
  return Setting(found.loss, schedule, found.method)

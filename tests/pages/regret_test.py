import pytest

from experiments.pages import choosing, regret
from noisy_jax.analysis import evidence

CELLS = regret.cells()
PLAIN = regret.always("ce")


@pytest.mark.parametrize("rule", [regret.recommendation, regret.blind_recommendation])
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_recommendation_is_nowhere_worse_than_cross_entropy(cell, rule):
  # If a new result says otherwise, the rule must change, not this test.
  found, plain = regret.regret(rule, cell), regret.regret(PLAIN, cell)
  if found.row is not None and plain.row is not None:
    assert found.points < plain.points + 0.5


def test_a_recommendation_is_near_the_best_of_every_cell():
  def points(rule):
    found = [regret.regret(rule, cell).points for cell in CELLS]
    return [each for each in found if each is not None]

  assert len(points(regret.recommendation)) > len(CELLS) / 2
  assert max(points(regret.recommendation)) < 2
  # Pair flips, where nobody says so.
  assert max(points(regret.blind_recommendation)) < 10


def test_a_rule_loses_what_the_best_row_is_ahead():
  (cell,) = [c for c in CELLS if c.num_classes == 100 and c.noise == "pairflip"]
  elr = evidence.Setting("ce", method="elr")
  assert regret.best(cell).setting == elr
  found = regret.regret(regret.always("gce", evidence.FADING), cell)
  assert found.setting == evidence.Setting("gce", evidence.FADING)
  rows = evidence.by_setting(cell)
  expected = 100 * (rows[elr].accuracy - rows[found.setting].accuracy)
  assert found.points == pytest.approx(expected)
  none = regret.regret(regret.always("polysoft"), cell)
  assert none == (evidence.Setting("polysoft"), None, None)


def test_the_best_sees_no_right_labels_and_few_classes_need_no_bias():
  bests = [regret.best(cell).setting.method for cell in CELLS]
  assert "meta" in {row.setting.method for row in evidence.rows()}
  assert "meta" not in bests
  for cell in CELLS:
    setting = regret.always("mae", evidence.CONSTANT)(cell)
    assert (setting.schedule == evidence.UNBIASED) == (cell.num_classes <= 10)


def test_the_page_is_what_the_command_writes():
  # After new results: python -m experiments.pages.evidence, then .choosing.
  assert choosing.PATH.read_text() == choosing.page()

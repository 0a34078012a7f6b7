import numpy as np
import pytest

from experiments.paper import figures as command, pulls
from noisy_jax import analysis, losses, per_logit_gradient
from noisy_jax.analysis import figures


@pytest.mark.parametrize("name", ["ce", "ls", "nce", "gce", "nfl", "bi_tempered"])
def test_at_equal_logits_it_is_the_gradient_there(name):
  loss = losses.parse(name)
  logits = np.zeros((1, 30), np.float32)
  expected = abs(per_logit_gradient(loss, logits, np.array([4]))[0, 4])
  assert pulls.at_equal_logits(loss, 30) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize("num_classes", [2, 1_000_000])
def test_equal_logits_of_mae_and_cross_entropy_have_closed_forms(num_classes):
  p = 1 / num_classes
  found = pulls.at_equal_logits(losses.parse("mae"), num_classes)
  assert found == pytest.approx(2 * p * (1 - p), rel=1e-4)
  assert pulls.at_equal_logits(losses.parse("ce"), num_classes) == pytest.approx(1 - p)


def test_pulls_are_those_of_verdicts():
  found = pulls.pulls("mae", (5, 50))
  verdict = analysis.verdict(losses.mae, 50)
  assert found.initial[50] == pytest.approx(verdict.before.pull, rel=1e-6)
  assert found.with_bias == {50: pytest.approx(verdict.after.pull, rel=1e-6)}
  assert found.equal.keys() == found.initial.keys() == {5, 50}
  assert found.no_bias == ()


def test_what_no_bias_helps_and_what_is_not_computed(monkeypatch):
  assert pulls.pulls("nce", (10, 100)).no_bias == (100,)
  monkeypatch.setattr(pulls, "MOST_UNREDUCED", 3)
  found = pulls.pulls("amse", (2, 5))
  assert (list(found.initial), list(found.equal)) == ([2], [2, 5])
  # A loss that is reduced goes on.
  assert list(pulls.pulls("gce", (2, 5)).initial) == [2, 5]


def test_each_loss_has_a_panel_with_its_curves():
  drawn = {
    "mae": figures.Pulls({2: 0.4, 100: 0.02}, {2: 0.5, 100: 0.02}, {100: 0.16}),
    "nce": figures.Pulls({2: 0.2}, {2: 0.5, 100: 1e-12}, {}, (100,)),
  }
  figure = figures.pull_of_every_loss(drawn, learns=0.03, stalls=0.01)
  first, second = figure.axes
  assert [axes.get_title("left") for axes in (first, second)] == ["mae", "nce"]
  lines = {line.get_label(): line for line in first.get_lines()}
  np.testing.assert_allclose(lines["fresh network"].get_ydata(), [0.4, 0.02])
  np.testing.assert_array_equal(lines["with the logit bias"].get_xdata(), [100])
  assert first.get_xscale() == first.get_yscale() == "log"
  # Beyond the axis, a pull lies on it.
  (equal,) = [line for line in second.get_lines() if line.get_label() == "equal logits"]
  np.testing.assert_allclose(equal.get_ydata(), [0.5, 1e-8])
  assert [text.get_text() for text in second.texts] == ["no bias\nhelps from\n100 on"]
  assert not first.texts


def test_the_command_has_the_figure():
  figure = command.figure_pulls(names=("ce", "mae"), classes=(2, 20))
  panels = [axes for axes in figure.axes if axes.axison]
  assert [axes.get_title("left") for axes in panels] == ["ce", "mae"]

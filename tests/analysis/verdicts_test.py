import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import analysis, losses, per_logit_gradient
from noisy_jax.analysis import bias_worth, evidence, verdicts


def test_overlap_and_pull_are_those_of_an_integral_over_two_classes():
  # Both logits are N(0, 1), so their difference is N(0, 2); MAE pulls with 2 p (1 - p).
  nodes, weights = np.polynomial.hermite_e.hermegauss(80)
  p = 1 / (1 + np.exp(-np.sqrt(2) * nodes))
  pull = 2 * (p * (1 - p)) @ weights / weights.sum()
  result = analysis.overlap(losses.mae, 2)
  assert result.pull == pytest.approx(pull, rel=0.02)
  # The largest average error is at z_k = 0.
  p = 1 / (1 + np.exp(-nodes))
  largest = 2 * (p * (1 - p)) @ weights / weights.sum()
  assert result.overlap == pytest.approx(pull / largest, rel=0.02)
  assert result.peak == pytest.approx(0, abs=0.2)


def test_overlap_does_not_depend_on_the_scale_of_a_loss_but_the_pull_does():
  once, twice = (analysis.overlap(losses.parse(text), 50) for text in ("agce", "2*agce"))
  assert twice.overlap == pytest.approx(once.overlap, rel=1e-5)
  assert twice.pull == pytest.approx(2 * once.pull, rel=1e-5)
  assert twice.gradient_norm == pytest.approx(2 * once.gradient_norm, rel=1e-5)


@pytest.mark.parametrize(
  "name", ["ce", "ls", "nce", "nfl", "ael", "nnfl", "ece", "ldr_kl", "amse"]
)
def test_overlap_is_a_share(name):
  result = analysis.overlap(losses.parse(name), 20)
  assert 0 < result.overlap <= 1


def test_a_loss_whose_softmax_rounds_to_zero_has_its_overlap_or_is_refused():
  def rounding(logits, labels):
    p = jax.nn.softmax(logits)
    return -jnp.log(jnp.take_along_axis(p, labels[..., None], axis=-1)[..., 0])

  # Its gradient is NaN far below the initial logits.
  found, exact = (analysis.overlap(f, 10, logit_std=10.0) for f in (rounding, losses.ce))
  assert found.overlap == pytest.approx(exact.overlap, rel=1e-3)
  with pytest.raises(ValueError, match="initial logits is nan, must be finite"):
    analysis.verdict(rounding, 10, logit_std=40.0)


def test_the_bias_of_mae_brings_back_the_overlap_of_ten_classes():
  few, many = analysis.overlap(losses.mae, 10), analysis.overlap(losses.mae, 500)
  result = analysis.verdict(losses.mae, 500)
  assert result.before == many
  assert many.overlap < 0.02
  assert result.after.overlap == pytest.approx(few.overlap, rel=0.1)


def test_narrower_logits_of_a_network_take_the_place_of_drawn_ones():
  rng = np.random.default_rng(0)
  logits = 0.5 * rng.standard_normal((2000, 50)).astype(np.float32)
  given = analysis.overlap(losses.mae, 50, logits=logits)
  drawn = analysis.overlap(losses.mae, 50, logit_std=0.5)
  assert given.pull == pytest.approx(drawn.pull, rel=0.03)
  assert given.gradient_norm == pytest.approx(drawn.gradient_norm, rel=0.1)
  assert given.peak == pytest.approx(drawn.peak, abs=0.2)
  # A constant on all logits changes no loss of the softmax.
  for constant in (-20, 20):
    moved = analysis.overlap(losses.mae, 50, logits=logits + constant)
    assert moved.overlap == pytest.approx(given.overlap, rel=0.01)
    assert moved.peak == pytest.approx(given.peak + constant, abs=0.2)


@pytest.mark.parametrize(
  "text, num_classes, answer, advice",
  [
    ("ce", 1000, "learns", "Use it as it is."),
    ("mae", 10, "learns", "Use it as it is."),
    ("mae", 1000, "stalls", "A logit bias of 4.8"),
    ("nce", 1000, "stalls", "No bias helps: at 1000 classes"),
    ("1000*nce", 1000, "learns", "Use it as it is."),
    ("taylor_ce(t=6)", 1000, "stalls", "A logit bias of 4.8"),
    ("nnce", 100, "stalls", "A logit bias of 11."),
    ("ece", 100, "learns", "Use it as it is."),
    ("0.001*ce", 100, "stalls", "It pulls as hard as on few classes, but weakly"),
    ("mae", 32, "learns", "It learns, but a logit bias of 1.3"),
    ("gce", 60, "learns", "It learns, but a logit bias of 1.9"),
    ("gce", 12, "learns", "Use it as it is: a logit bias of 0.2"),
  ],
)
def test_verdicts_say_what_to_do(text, num_classes, answer, advice):
  result = analysis.verdict(losses.parse(text), num_classes)
  assert result.answer == answer
  assert result.advice.startswith(advice)


@pytest.mark.parametrize("text", ["mae", "nce + agce", "ls", "2*gce"])
def test_the_norm_by_statistics_is_that_of_all_logits(text):
  loss = losses.parse(text)
  biased = losses.with_logit_bias(loss, 1.5)
  rng = np.random.default_rng(0)
  logits = rng.standard_normal((2000, 30)).astype(np.float32)
  labels = rng.integers(30, size=2000)
  for judged in (loss, biased):
    norms = np.linalg.norm(per_logit_gradient(judged, logits, labels), axis=-1)
    found = analysis.overlap(judged, 30).gradient_norm
    assert found == pytest.approx(norms.mean(), rel=0.05)


def test_strength_is_beside_the_reference_and_cross_entropy():
  result = analysis.verdict(losses.mae, 100)
  pulls = [analysis.overlap(*of).pull for of in ((losses.mae, 10), (losses.ce, 100))]
  assert result.strength == pytest.approx(result.before.pull / pulls[0], rel=1e-5)
  assert result.of_cross_entropy == pytest.approx(result.before.pull / pulls[1], rel=1e-5)
  assert analysis.verdict(losses.mae, 10).strength == pytest.approx(1)
  # A factor changes what it pulls beside cross-entropy, and not what a bias is worth.
  twice = analysis.verdict(losses.parse("2*mae"), 100)
  assert twice.of_cross_entropy == pytest.approx(2 * result.of_cross_entropy, rel=1e-4)
  assert twice.gain == pytest.approx(result.gain, rel=1e-3)


@pytest.mark.parametrize("text", ["mae", "gce", "agce", "nce + agce"])
def test_nobody_is_told_as_it_is_where_a_bias_gains_more_than_three_points(text):
  for num_classes in (10, 16, 32, 64):
    result = analysis.verdict(losses.parse(text), num_classes)
    as_it_is = result.advice.startswith("Use it as it is")
    assert as_it_is == (result.answer == "learns" and result.worth == bias_worth.UNDER_3)
    assert (result.worth == bias_worth.UNDER_3) == (result.gain < 3)


def runs_with_and_without_a_bias():
  """Points of accuracy that the bias gained, by loss, number of classes and epochs."""
  gains = {}
  for row in evidence.rows():
    if row.setting.schedule == evidence.CONSTANT and row.setting.method == "none":
      plain = evidence.by_setting(row.cell).get(evidence.Setting(row.setting.loss))
      if plain is not None:
        place = row.setting.loss, row.cell.num_classes, row.cell.epochs
        gains.setdefault(place, []).append(100 * (row.accuracy - plain.accuracy))
  return gains


def test_nobody_is_told_as_it_is_where_a_bias_gained_more_than_three_points():
  gains = runs_with_and_without_a_bias()
  assert len(gains) > 10
  for (text, num_classes, epochs), points in gains.items():
    if max(points) > 3:
      result = analysis.verdict(losses.parse(text), num_classes, epochs=epochs)
      assert not result.advice.startswith("Use it as it is"), (text, num_classes, epochs)


def test_where_noise_decides_what_a_bias_is_worth_the_advice_says_so():
  result = analysis.verdict(losses.parse("gce"), 100, epochs=40)
  assert result.worth == bias_worth.UNDER_3
  assert result.advice == (
    "It learns. A logit bias of 2.495 is worth more than 15 points of accuracy in 6 "
    "epochs. After 40 epochs it depends on the noise: analysis.recommend(100, noise)."
  )


def test_a_bias_is_worth_less_the_harder_a_loss_pulls_and_the_longer_it_trains():
  gains = [bias_worth.gain(strength, 0.7) for strength in (0.01, 0.1, 0.5, 1.0)]
  assert gains == sorted(gains, reverse=True)
  assert gains[0] > 90
  assert gains[-1] < 3
  assert bias_worth.gain(0.2, 0.7, epochs=40) < bias_worth.gain(0.2, 0.7)
  # With an elasticity of 1, time does not help: classes that fell behind stay there.
  assert bias_worth.gain(0.2, 1.0, epochs=40) == pytest.approx(bias_worth.gain(0.2, 1.0))
  answers = [bias_worth.answer(points) for points in (0, 2.9, 3, 15, 15.1)]
  assert answers == ["under 3"] * 2 + ["3 to 15"] * 2 + ["more than 15"]


def test_a_loss_without_any_pull_gains_all_from_a_bias():
  # Of such a loss no logarithm exists.
  result = analysis.verdict(losses.parse("polysoft"), 5000)
  assert result.before.pull == 0
  assert (result.gain, result.worth) == (95.0, bias_worth.ABOVE_15)
  assert result.after.pull > verdicts.LEARNS


def test_a_loss_that_other_logits_let_learn_is_used_as_it_is():
  # Its average error is 0.029 at the logits of the calibration, and 0.032 at equal ones.
  result = analysis.verdict(losses.parse("15*nce"), 100, logit_std=0.1)
  assert (result.answer, result.logit_bias) == ("learns", None)
  assert result.advice.startswith("Use it as it is; no bias gives it the average error")


def test_answers_follow_the_pull():
  pulls = [0.0, 0.9 * verdicts.STALLS, verdicts.STALLS, verdicts.LEARNS, 1.0]
  expected = ["stalls", "stalls", "marginal", "learns", "learns"]
  assert [verdicts.answer(pull) for pull in pulls] == expected


def test_bad_input_is_refused_in_one_line():
  with pytest.raises(ValueError, match="num_classes: 1, must be a whole number"):
    analysis.verdict(losses.mae, 1)
  with pytest.raises(ValueError, match="epochs: 0, must be at least 1"):
    analysis.verdict(losses.mae, 5, epochs=0)
  with pytest.raises(ValueError, match="logit_std: 0, must be positive"):
    analysis.overlap(losses.mae, 5, logit_std=0)
  with pytest.raises(ValueError, match="logits: shape"):
    analysis.overlap(losses.mae, 5, logits=np.zeros((9, 4)))

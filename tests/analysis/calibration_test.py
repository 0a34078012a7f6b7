import functools

import jax
import numpy as np
import pytest

from noisy_jax import analysis, losses
from noisy_jax.analysis import calibration, samples, schedules


@pytest.mark.parametrize(
  "num_classes, few", [(11, 10), (32, 10), (100, 10), (1000, 10), (1000, 100)]
)
def test_bias_of_mae_is_close_to_the_logarithm_and_attains_its_target(num_classes, few):
  result = calibration.logit_bias(losses.mae, num_classes, reference_classes=few)
  assert abs(result.value - np.log((num_classes - 1) / (few - 1))) < 0.15
  assert result.attained == pytest.approx(result.target, rel=2e-3)
  key, z = jax.random.key(0), result.value
  error = analysis.average_error(losses.mae, num_classes, z, key=key, num_draws=4000)
  assert result.attained == pytest.approx(abs(float(error.mean)), rel=1e-4)


@pytest.mark.parametrize("few, above", [(10, 0.134), (100, 0.016)])
def test_bias_of_mae_of_very_many_classes_has_a_closed_form(few, above):
  # With p = 1 / (1 + S), S the sum of exp over the other classes, the error is 2 p (1 - p).
  # S is (K - 1) sqrt(e) in the limit; over the few of the reference it varies.
  rng = np.random.default_rng(5)
  p = 1 / (1 + np.exp(rng.standard_normal((100_000, few - 1))).sum(1))
  at_zero = (1 - np.sqrt(1 - 4 * np.mean(p * (1 - p)))) / 2
  expected = 0.5 + np.log(at_zero / (1 - at_zero)) + np.log(few - 1)
  assert expected == pytest.approx(above, abs=0.003)
  for num_classes in (10**5, 10**7):
    eps = calibration.logit_bias(losses.mae, num_classes, reference_classes=few).value
    assert eps - np.log((num_classes - 1) / (few - 1)) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("loss", [losses.mae, losses.generalized_cross_entropy])
def test_bias_gives_the_error_of_the_reference(loss):
  # With draws of its own: within a few per cent.
  eps = calibration.logit_bias(loss, 100).value
  key = jax.random.key(7)
  target = analysis.average_error(loss, 10, 0.0, key=key, num_draws=20_000).mean
  biased = losses.with_logit_bias(loss, eps)
  attained = analysis.average_error(biased, 100, 0.0, key=key, num_draws=2000).mean
  np.testing.assert_allclose(attained, target, rtol=0.04)


@pytest.mark.parametrize("temperature", [2, 5])
def test_a_loss_of_flatter_logits_needs_a_larger_bias(temperature):
  def flat_mae(logits, labels):
    return losses.mae(logits / temperature, labels)

  eps = calibration.logit_bias(flat_mae, 1000).value
  # Narrow logits are nearly equal: e^(eps/T) = (K - 1) / 9, up to their spread.
  assert eps > np.log(1000)
  assert eps == pytest.approx(temperature * np.log(999 / 9), rel=0.03)


def test_bias_is_the_root_on_the_rising_side_of_what_is_finite():
  def broken(logits, labels):
    return losses.mae(logits, labels) * np.nan

  with pytest.raises(ValueError, match="must be finite"):
    calibration.logit_bias(broken, 10)
  result = calibration.logit_bias(losses.mae, 100)
  z = np.linspace(0, result.value, 20)
  curve = np.abs(analysis.average_error(losses.mae, 100, z, key=jax.random.key(0)).mean)
  assert (np.diff(curve) > 0).all()


@pytest.mark.parametrize(
  "name, num_classes",
  [*((name, 2) for name in losses.NAMES), ("mae", 5), ("mae", 10), ("ce", 1000)],
)
def test_no_bias_up_to_the_reference_and_for_cross_entropy(name, num_classes):
  result = calibration.logit_bias(losses.parse(name), num_classes)
  assert result.value == 0
  assert "not needed" in result.reason
  assert num_classes < 1000 or result.attained > result.target


def test_a_loss_that_no_bias_helps_needs_none_where_it_learns():
  # The tail of its softmax keeps it from the average error it has on 10 classes.
  result = calibration.logit_bias(losses.bi_tempered, 100)
  assert result.value == 0
  assert result.target > result.attained > 0.1
  assert result.reason.startswith("not needed: no bias gives 100 classes")
  with pytest.raises(calibration.NoRootError):
    calibration.logit_bias(losses.nce, 100)


def test_other_draws_change_the_second_decimal(monkeypatch):
  ours = calibration.logit_bias(losses.mae, 100).value
  others = []
  for seed in (1, 2, 3):

    def fixed(loss, num_classes, logit_std, seed=seed):
      return samples.normal_sample(True, num_classes, jax.random.key(seed), logit_std)

    monkeypatch.setattr(samples, "fixed_sample", fixed)
    others.append(calibration.logit_bias(losses.mae, 100).value)
  assert others == pytest.approx([ours] * 3, abs=0.03)
  assert len({ours, *others}) == 4


def test_a_loss_too_weak_for_any_bias_is_refused():
  # Its gradient shrinks with the number of classes wherever the logits are.
  def faint(logits, labels):
    return losses.mae(logits, labels) / logits.shape[-1] ** 2

  with pytest.raises(
    calibration.NoRootError, match="logit_bias: no bias gives the loss at 100 classes"
  ) as caught:
    calibration.logit_bias(faint, 100)
  error = analysis.average_error(faint, 100, caught.value.at, key=jax.random.key(0))
  assert caught.value.largest == pytest.approx(abs(float(error.mean)))


def test_a_loss_that_is_open_is_refused_by_all_of_the_analysis():
  loss = losses.parse("gce(q=auto)")
  biased = losses.with_logit_bias(loss, 1.0)
  message = r"^loss: gce\(q=auto\), must have a number in place of auto: analysis[.]cal"
  for call in (
    lambda: calibration.logit_bias(loss, 100),
    lambda: analysis.verdict(loss, num_classes=100),
    lambda: analysis.average_error(loss, 100, 0.0, key=jax.random.key(0)),
    lambda: analysis.average_error(biased, 100, 0.0, key=jax.random.key(0)),
    lambda: analysis.theory.is_noise_tolerant(loss, np.eye(3)),
  ):
    with pytest.raises(ValueError, match=message):
      call()


def test_a_bias_fades_at_one_rate_and_is_never_below_zero():
  steps = np.arange(0, 1001, 125)
  faded = np.asarray(jax.vmap(schedules.fading_bias(4.0, 1000))(steps))
  np.testing.assert_allclose(faded, np.maximum(4 - steps / 100, 0), atol=1e-6)
  assert schedules.fading_bias(0.0, 10)(3) == 0
  # A bias of 12 has 2 left after the last step.
  assert schedules.fading_bias(12.0, 10)(10) == 2
  for eps, message in ((-1.0, r"eps: -1\.0, must be in \[0, inf\)"), (np.nan, "eps: nan")):
    with pytest.raises(ValueError, match=message):
      schedules.fading_bias(eps, 10)
  with pytest.raises(ValueError, match="num_steps: 0, must be at least 1"):
    schedules.fading_bias(1.0, 0)


def test_q_rises_to_one_in_the_end():
  q = schedules.rising_q(0.4, 10)
  np.testing.assert_allclose([q(0), q(5), q(10), q(11)], [0.4, 0.7, 1, 1], rtol=1e-6)
  with pytest.raises(ValueError, match=r"^q: 1\.5, must be in \[0, 1\]"):
    schedules.rising_q(1.5, 10)
  with pytest.raises(ValueError, match=r"^num_steps: 0, must be at least 1"):
    schedules.rising_q(0.5, 0)


def test_a_bias_that_fades_compiles_once():
  compiled = []

  @jax.jit
  def step(logits, labels, number):
    compiled.append(number)
    eps = schedules.fading_bias(4.0, 100)(number)
    return losses.with_logit_bias(losses.mae, eps)(logits, labels)

  logits, labels = np.float32(np.eye(3)), np.arange(3)
  for number in range(3):
    biased = losses.with_logit_bias(losses.mae, 4 - number / 10)
    np.testing.assert_allclose(step(logits, labels, number), biased(logits, labels), 1e-6)
  assert len(compiled) == 1


@pytest.mark.parametrize(
  "num_classes, reference_classes, q",
  [(1000, 100, 0.48), (100, 10, 0.38), (1000, 10, 0.26), (50, 100, 0.7)],
)
def test_q_of_gce_falls_with_the_number_of_classes(num_classes, reference_classes, q):
  few = dict(reference_classes=reference_classes)
  result = calibration.hyperparameter(losses.gce, "q", num_classes, **few)
  assert result.value == pytest.approx(q, abs=0.006)
  if q == 0.7:
    assert "not needed" in result.reason
  else:
    assert result.attained == pytest.approx(result.target, rel=1e-3)


@pytest.mark.parametrize(
  "name, keyword",
  [("agce", "a"), ("aul", "q"), ("ael", "a"), ("js", "pi"), ("nnce", "p_min")],
)
def test_any_hyperparameter_with_a_range_is_calibrated(name, keyword):
  result = calibration.hyperparameter(losses.NAMES[name], keyword, 300)
  assert result.attained == pytest.approx(result.target, rel=5e-3)
  loss = losses.parse(f"{name}({keyword}={result.value!r})")
  error = analysis.average_error(loss, 300, 0.0, key=jax.random.key(0))
  assert abs(float(error.mean)) == pytest.approx(result.attained, rel=1e-5)


def test_a_hyperparameter_that_reaches_no_target_is_refused():
  # The gradient of a normalized loss falls with the number of classes whatever its q.
  with pytest.raises(calibration.NoRootError, match="hyperparameter: no q of ngc") as error:
    calibration.hyperparameter(losses.ngce, "q", 1000)
  assert 0 < error.value.largest < 1
  assert 0 < error.value.at < 1


def test_auto_is_chosen_term_by_term_and_leaves_the_rest_alone():
  loss = losses.parse("2*nce + 3*agce(a=auto, q=0.5) + gce(q=auto)")
  resolved = calibration.resolve(loss, 1000)
  a = calibration.hyperparameter(losses.parse("agce(q=0.5)"), "a", 1000).value
  q = calibration.hyperparameter(losses.gce, "q", 1000).value
  assert resolved == losses.parse(f"2*nce + 3*agce(a={a!r}, q=0.5) + gce(q={q!r})")
  assert not resolved.is_open
  assert calibration.resolve(resolved, 1000) == resolved
  loss = losses.parse("ce + agce(a=auto, q=auto)")
  with pytest.raises(ValueError, match="has auto 2 times, must have it once"):
    calibration.resolve(loss, 100)


@pytest.mark.parametrize(
  "arguments, message",
  [
    (("gce", "q", 100), "loss: gce, must be one of losses.NAMES, with or without hyperp"),
    ((losses.parse("gce + mae"), "q", 100), r"loss: gce \+ mae, must be one of losses"),
    (
      (losses.with_logit_bias(losses.gce, 1), "q", 100),
      "loss: BiasedLoss.*, must be one of",
    ),
    ((losses.gce, "a", 100), "keyword: unknown 'a'; gce has q"),
    ((losses.ce, "q", 100), "keyword: unknown 'q'; ce has none"),
    ((losses.gce, "q", 1), "num_classes: 1, must be a whole number from 2 on"),
    ((functools.partial(losses.gce, q=1.5), "q", 1000), r"q: 1\.5, must be in \[0, 1\]"),
  ],
)
def test_bad_hyperparameters_are_refused_in_one_line(arguments, message):
  with pytest.raises(ValueError, match=message):
    calibration.hyperparameter(*arguments)


def test_the_reference_is_the_loss_as_it_is_given():
  expected = calibration.hyperparameter(losses.parse("gce(q=0.5)"), "q", 1000)
  partial = functools.partial(losses.gce, q=0.5)
  assert calibration.hyperparameter(partial, "q", 1000) == expected
  weighted = calibration.hyperparameter(losses.parse("-2*gce(q=0.5)"), "q", 1000)
  assert weighted.value == expected.value
  assert weighted.target == pytest.approx(2 * expected.target)
  assert expected.target > calibration.hyperparameter(losses.gce, "q", 1000).target

import jax
import numpy as np
import pytest

from noisy_jax import analysis, losses
from noisy_jax.analysis import calibration

NAMES = pytest.mark.parametrize("name", losses.NAMES)


@pytest.mark.parametrize("num_classes", [11, 32, 100, 1000])
def test_bias_of_mae_is_close_to_the_logarithm(num_classes):
  eps = calibration.logit_bias(losses.mae, num_classes).value
  assert abs(eps - np.log((num_classes - 1) / 9)) < 0.15


@pytest.mark.parametrize("loss", [losses.mae, losses.generalized_cross_entropy])
def test_bias_gives_the_error_of_the_reference(loss):
  # With draws of its own: within a few per cent.
  eps = calibration.logit_bias(loss, 100).value
  key = jax.random.key(7)
  target = analysis.average_error(loss, 10, 0.0, key=key, num_draws=20_000).mean
  biased = losses.with_logit_bias(loss, eps)
  attained = analysis.average_error(biased, 100, 0.0, key=key, num_draws=2000).mean
  np.testing.assert_allclose(attained, target, rtol=0.04)


@pytest.mark.parametrize("num_classes", [11, 100, 1000])
def test_attained_is_the_target_and_what_the_bias_gives(num_classes):
  result = calibration.logit_bias(losses.mae, num_classes)
  assert result.attained == pytest.approx(result.target, rel=2e-3)
  key, z = jax.random.key(0), result.value
  error = analysis.average_error(losses.mae, num_classes, z, key=key, num_draws=4000)
  assert result.attained == pytest.approx(abs(float(error.mean)), rel=1e-4)


@pytest.mark.parametrize("temperature", [2, 5])
def test_a_loss_of_flatter_logits_needs_a_larger_bias(temperature):
  def flat_mae(logits, labels):
    return losses.mae(logits / temperature, labels)

  eps = calibration.logit_bias(flat_mae, 1000).value
  # Narrow logits are nearly equal: e^(eps/T) = (K - 1) / 9, up to their spread.
  assert eps > np.log(1000)
  assert eps == pytest.approx(temperature * np.log(999 / 9), rel=0.03)


def test_a_loss_that_is_not_finite_is_refused():
  def broken(logits, labels):
    return losses.mae(logits, labels) * np.nan

  with pytest.raises(ValueError, match="must be finite"):
    calibration.logit_bias(broken, 10)


def test_bias_is_the_root_on_the_rising_side():
  result = calibration.logit_bias(losses.mae, 100)
  z = np.linspace(0, result.value, 20)
  curve = np.abs(analysis.average_error(losses.mae, 100, z, key=jax.random.key(0)).mean)
  assert (np.diff(curve) > 0).all()


@NAMES
@pytest.mark.parametrize("num_classes", [2, 5, 10])
def test_no_bias_up_to_the_reference(name, num_classes):
  result = calibration.logit_bias(losses.parse(name), num_classes)
  assert result.value == 0
  assert "not needed" in result.reason


def test_cross_entropy_needs_no_bias_and_the_reason_says_so():
  result = calibration.logit_bias(losses.cross_entropy, 1000)
  assert result.value == 0
  assert "not needed" in result.reason
  assert result.attained > result.target


def test_other_draws_change_the_second_decimal(monkeypatch):
  key, ours = jax.random.key, calibration.logit_bias(losses.mae, 100).value
  for seed in (1, 2, 3):
    monkeypatch.setattr(jax.random, "key", lambda _, seed=seed: key(seed))
    assert calibration.logit_bias(losses.mae, 100).value == pytest.approx(ours, abs=0.03)


def test_another_reference_gives_another_bias():
  result = calibration.logit_bias(losses.mae, 1000, reference_classes=100)
  assert abs(result.value - np.log(999 / 99)) < 0.1


def test_a_loss_too_weak_for_any_bias_is_refused():
  # Its gradient shrinks with the number of classes wherever the logits are.
  def faint(logits, labels):
    return losses.mae(logits, labels) / logits.shape[-1] ** 2

  with pytest.raises(ValueError, match="logit_bias: no bias gives the loss at 100 classes"):
    calibration.logit_bias(faint, 100)

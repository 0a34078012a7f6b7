import jax
import numpy as np
import optax
import pytest

from noisy_jax.training.optimizer import clipped_sgd, parse_schedule
from tests.small_setups import results, small_setup


def test_optimizer_is_that_of_the_config(monkeypatch):
  asked = []

  def spy(*args, **kwargs):
    asked.append((args, kwargs))
    return clipped_sgd(*args, **kwargs)

  monkeypatch.setattr("noisy_jax.training.optimizer.clipped_sgd", spy)
  changes = dict(learning_rate=0.02, schedule="steps:1:0.1", momentum=0.5, nesterov=True)
  settings = dict(clip_norm=0.1, weight_decay=0.3, l1=0.2)
  results(small_setup(**changes, **settings))
  settings |= dict(momentum=0.5, nesterov=True)
  for (learning_rate,), kwargs in asked:
    assert kwargs == settings
    rates = [learning_rate(step) for step in (0, 4, 5, 9, 10)]
    np.testing.assert_allclose(rates, [0.02, 0.02, 0.002, 0.002, 0.002], rtol=1e-6)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("l1", [0.0, 2.0])
def test_optimizer_adds_clips_decays_and_remembers_in_that_order(nesterov, l1):
  optimizer = clipped_sgd(
    parse_schedule("cosine").rates(0.5, epochs=2, steps_per_epoch=5),
    momentum=0.9,
    nesterov=nesterov,
    clip_norm=1.0,
    weight_decay=0.1,
    l1=l1,
  )
  params = np.array([1.0, -2.0], np.float32)
  gradients = np.array([[3.0, 4.0], [0.3, 0.4]], np.float32)
  state = optimizer.init(params)
  expected, velocity = params.copy(), np.zeros(2)
  actual = params
  for i, gradient in enumerate(gradients):
    updates, state = optimizer.update(gradient, state, actual)
    actual = optax.apply_updates(actual, updates)
    whole = gradient + l1 * np.sign(expected)
    decayed = whole / max(1.0, np.linalg.norm(whole)) + 0.1 * expected
    velocity = 0.9 * velocity + decayed
    update = decayed + 0.9 * velocity if nesterov else velocity
    expected = expected - 0.5 * (1 + np.cos(np.pi * i / 10)) / 2 * update
  np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_without_a_clip_norm_nothing_is_clipped():
  settings = dict(momentum=0.0, nesterov=False, clip_norm=0.0, weight_decay=0.0)
  optimizer = clipped_sgd(1.0, **settings)
  gradient = np.array([300.0, 400.0], np.float32)
  updates, _ = optimizer.update(gradient, optimizer.init(gradient), gradient)
  np.testing.assert_array_equal(updates, -gradient)


ROOT = np.sqrt(0.125)


@pytest.mark.parametrize(
  "text, expected",
  [
    ("constant", [1, 1, 1, 1, 1]),
    ("cosine", [1, 0.5 + ROOT, 0.5, 0.5 - ROOT, 0]),
    ("cosine:0.2", [1, 0.55 + 0.9 * ROOT, 0.55, 0.55 - 0.9 * ROOT, 0.1]),
    ("steps:1,3:0.1", [1, 0.1, 0.1, 0.01, 0.01]),
    ("exponential:0.5", [1, 0.5, 0.25, 0.125, 0.0625]),
  ],
)
def test_schedule_at_the_end_of_each_epoch(text, expected):
  rates = parse_schedule(text).rates(2.0, epochs=4, steps_per_epoch=10)
  actual = [float(rates(10 * epoch)) / 2 for epoch in range(5)]
  np.testing.assert_allclose(actual, expected, atol=1e-6)


@pytest.mark.parametrize("steps_per_epoch", [1, 141, 218])
def test_a_compiled_exponential_rate_falls_with_the_first_step_of_an_epoch(steps_per_epoch):
  schedule = parse_schedule("exponential:0.5")
  rates = jax.jit(schedule.rates(2.0, epochs=60, steps_per_epoch=steps_per_epoch))
  first = np.arange(60, dtype=np.int32) * steps_per_epoch
  for steps in (first, first + steps_per_epoch - 1):
    np.testing.assert_allclose(rates(steps), 2.0 ** (1 - np.arange(60)), rtol=1e-6)

import msgspec
import numpy as np
import pytest

from experiments.paper import bias_limit
from noisy_jax import losses, noise
from noisy_jax.analysis import theory
from tests.invented_runs import invented


@pytest.mark.parametrize("num_classes, eps", [(100, 2.516), (1000, 4.841), (3, 0.2)])
def test_at_the_limit_the_bias_is_the_largest_that_bears_the_noise(num_classes, eps):
  rate = bias_limit.largest_tolerated_rate(eps, num_classes)
  matrix = noise.symmetric_matrix(num_classes, rate)
  found = theory.largest_tolerant_bias(losses.mae, matrix)
  assert found == pytest.approx(eps, abs=1e-4)


def a_run(loss, rate, seed, last, memorised):
  eps = {"MAE*": 2.516, "MAE, fading": 2.516}[loss]
  run = invented("digits100", f"symmetric {rate}", loss, seed, last, noise_rate=rate)
  run.config["chosen"]["logit_bias"] = eps
  return msgspec.structs.replace(run, memorised=[memorised] * 2)


def test_the_figure_has_means_spreads_and_the_limit():
  found = [
    a_run(loss, rate, seed, 0.5 - rate / 2 + shift + seed / 100, rate or None)
    for loss, shift in (("MAE*", 0.0), ("MAE, fading", 0.2))
    for rate in (0.0, 0.2, 0.4)
    for seed in (0, 1)
  ]
  figure = bias_limit.draw({100: found})
  accuracy, memorised = figure.axes
  assert accuracy.get_title("left") == "100 classes, accuracy on clean test images"
  lines = {line.get_label(): line for line in accuracy.get_lines()}
  expected = [100 * (0.5 - rate / 2 + 0.005) for rate in (0, 0.2, 0.4)]
  np.testing.assert_allclose(lines["MAE*"].get_ydata(), expected)
  np.testing.assert_allclose(lines["MAE, fading"].get_ydata(), np.add(expected, 20))
  # Without noise nothing can be memorised.
  np.testing.assert_allclose(memorised.get_lines()[0].get_xdata(), [0.2, 0.4])
  (limit,) = (line for line in accuracy.get_lines() if len(set(line.get_xdata())) == 1)
  assert limit.get_xdata()[0] == pytest.approx(0.392, abs=1e-3)

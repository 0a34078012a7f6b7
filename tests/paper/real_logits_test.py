import subprocess
import sys

import chex
import jax
import numpy as np
import pytest

from experiments.paper import logit_sources
from noisy_jax import losses
from noisy_jax.analysis import calibration


def normal_logits(num_classes, mean, std):
  key = jax.random.key(num_classes)
  values = mean + std * np.asarray(jax.random.normal(key, (3, 400, num_classes)))
  return logit_sources.Logits(values, mean, std)


def test_standard_normal_logits_give_the_calibrated_bias_in_all_three_ways():
  many, few = (normal_logits(count, 0.0, 1.0) for count in (100, 10))
  expected = calibration.logit_bias(losses.mae, 100).value
  found = logit_sources.biases(losses.mae, many, few)
  chex.assert_trees_all_close(found, (expected,) * 3, atol=0.03)


def test_the_bias_goes_with_the_spread_and_not_with_the_mean():
  many, few = normal_logits(100, 3.0, 1.6), normal_logits(10, -2.0, 1.6)
  plain, spread, real = logit_sources.biases(losses.mae, many, few)
  assert real == pytest.approx(spread, abs=0.05)
  assert spread > plain + 0.2
  # (1 - p) p of MAE, averaged over the others in float64, from the definition.
  rng = np.random.default_rng(0)

  def pull(eps, num_classes):
    others = np.exp(1.6 * rng.standard_normal((20_000, num_classes - 1))).sum(1)
    p = np.exp(eps) / (np.exp(eps) + others)
    return 2 * (p * (1 - p)).mean()

  assert pull(spread, 100) == pytest.approx(pull(0.0, 10), rel=0.03)


def test_a_crossing_lies_between_two_points():
  grid = logit_sources._GRID
  assert logit_sources.first_crossing(2 * grid, 3.0) == pytest.approx(1.5)
  assert logit_sources.first_crossing(grid, 0.0) == 0
  with pytest.raises(ValueError, match="no bias up to 12 reaches the average error 13"):
    logit_sources.first_crossing(grid, 13.0)


@pytest.mark.slow
def test_the_command_writes_a_page_and_a_figure(tmp_path):
  module = "experiments.paper.real_logits"
  flags = ["--dataset=digits100", "--reference=digits10", "--models=mlp", "--losses=mae"]
  command = [sys.executable, "-m", module, *flags, f"--out_dir={tmp_path}"]
  done = subprocess.run(command, capture_output=True, text=True)
  assert done.returncode == 0, done.stderr
  page = (tmp_path / "README.md").read_text()
  assert page in done.stdout
  assert f"python -m {module} {' '.join(flags)}" in page
  assert "| mlp | " in page
  assert (tmp_path / "real_logits.png").stat().st_size > 0

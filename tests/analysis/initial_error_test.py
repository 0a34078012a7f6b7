import re

import chex
import jax
import numpy as np
import pytest

from noisy_jax import analysis, losses, noise, per_logit_gradient
from noisy_jax.analysis import samples
from tests.losses import battery

KEY = jax.random.key(0)
CASES = battery.cases_of_all_families()


def test_two_classes_agree_with_the_exact_integral():
  # One other logit: the average is a one-dimensional integral, which Gauss and Hermite
  # compute. For MAE, dL/dz_k = -2 p (1 - p).
  nodes, weights = np.polynomial.hermite_e.hermegauss(80)
  z = np.array([-3.0, 0.0, 0.5, 4.0])
  p = 1 / (1 + np.exp(nodes - z[:, None]))
  exact = -2 * (p * (1 - p)) @ weights / weights.sum()
  error = analysis.average_error(losses.mae, 2, z, key=KEY, num_draws=200_000)
  assert (np.abs(error.mean - exact) < 4 * error.standard_error).all()
  np.testing.assert_allclose(error.mean, exact, atol=2e-3)


@pytest.mark.parametrize("name", losses.NAMES)
def test_agrees_with_an_average_in_numpy(name):
  rng = np.random.default_rng(1)
  z_k, std, step = 0.7, 1.5, 1e-4
  slopes = []
  for _ in range(1000):
    others = std * rng.standard_normal(9)
    above, below = (
      CASES[name].value(np.concatenate([[z_k + change], others]), 0)
      for change in (step, -step)
    )
    slopes.append((above - below) / (2 * step))
  error = analysis.average_error(losses.parse(name), 10, z_k, key=KEY, logit_std=std)
  spread = np.hypot(error.standard_error, np.std(slopes) / np.sqrt(1000))
  assert abs(error.mean - np.mean(slopes)) < 3 * spread


@pytest.mark.parametrize("name", losses.NAMES)
def test_every_curve_is_finite_and_that_of_a_function_unknown_to_the_package(name):
  loss, z = losses.parse(name), np.linspace(-5, 12, 18)
  curve = analysis.average_error(loss, 200, z, key=KEY, num_draws=30)
  chex.assert_tree_all_finite(curve)
  # A function that is not the package's own goes the long way.
  known = losses.NAMES[name]
  slow = analysis.average_error(
    lambda logits, labels: known(logits, labels), 200, z, key=KEY, num_draws=30
  )
  scale = np.abs(slow.mean).max()
  np.testing.assert_allclose(curve.mean, slow.mean, rtol=1e-4, atol=1e-5 * scale)
  spread, slow_spread = curve.standard_error, slow.standard_error
  np.testing.assert_allclose(spread, slow_spread, rtol=1e-3, atol=1e-5 * scale)


@pytest.mark.parametrize(
  "loss",
  [
    losses.with_logit_clip(losses.parse("ce"), 1.0),
    losses.forward_correction(noise.symmetric_matrix(50, 0.4)),
    losses.backward_correction(noise.symmetric_matrix(50, 0.4)),
  ],
)
def test_transformed_losses_have_finite_curves_and_meet_fresh_logits(loss):
  curve = analysis.average_error(loss, 50, np.linspace(-3, 8, 12), key=KEY, num_draws=50)
  chex.assert_tree_all_finite(curve)
  assert analysis.overlap(loss, 50).pull > 0.1


def test_given_logits_take_the_place_of_drawn_ones_but_for_the_labelled_class():
  rng = np.random.default_rng(3)
  logits = rng.standard_normal((500, 8, 20)).astype(np.float32)
  z = np.linspace(-2, 6, 5)
  given = analysis.average_error(losses.mae, 20, z, key=KEY, logits=logits)
  drawn = analysis.average_error(losses.mae, 20, z, key=KEY)
  spread = np.hypot(given.standard_error, drawn.standard_error)
  assert (np.abs(given.mean - drawn.mean) < 4 * spread).all()
  # Only class 0 is not at 0: left out, it leaves none.
  logits = np.zeros((400, 3), np.float32)
  logits[:, 0] = 50.0
  error = analysis.average_error(losses.cross_entropy, 3, 0.0, key=KEY, logits=logits)
  np.testing.assert_allclose(error.mean, -(2 / 3 * 1 + 1 / 3 * 2 / 3), atol=0.05)


def test_agrees_with_per_logit_gradients_of_the_same_draws():
  others = jax.random.normal(KEY, (4, 50)).T
  logits = np.concatenate([np.full((50, 1), 0.3, np.float32), others], axis=1)
  delta = per_logit_gradient(losses.mae, logits, np.zeros(50, int))[:, 0]
  error = analysis.average_error(losses.mae, 5, 0.3, key=KEY, num_draws=50)
  chex.assert_trees_all_close(error.mean, delta.mean(), rtol=1e-5)
  chex.assert_trees_all_close(error.standard_error, delta.std(ddof=1) / 50**0.5, rtol=1e-5)


def test_standard_error_is_the_spread_of_repeated_averages():
  keys = jax.random.split(KEY, 40)
  errors = [analysis.average_error(losses.mae, 5, 0.0, key=k, num_draws=100) for k in keys]
  spread = np.std([error.mean for error in errors], ddof=1)
  claimed = np.mean([error.standard_error for error in errors])
  assert 0.7 < spread / claimed < 1.4


def test_more_classes_keep_the_draws_of_fewer():
  # Of 11 classes, one far below all others takes no part: the curve is that of 10.
  def without_last(logits, labels):
    return losses.mae(logits.at[..., -1].add(-1e9), labels)

  z = np.linspace(-2, 4, 5)
  ten = analysis.average_error(losses.mae, 10, z, key=KEY)
  eleven = analysis.average_error(without_last, 11, z, key=KEY)
  chex.assert_trees_all_close(eleven.mean, ten.mean, rtol=1e-5)


def test_many_classes_are_reduced_in_parts():
  num_classes, part = 2**17 + 5, 2**17
  sample = samples.normal_sample(True, num_classes, KEY, 0.5, 3)
  logits = np.concatenate(
    [
      np.float64(samples.draw(part + 1, jax.random.fold_in(KEY, place), 0.5, 3))
      for place in range(2)
    ],
    axis=1,
  )[:, : num_classes - 1]
  weights = np.exp(logits)
  shares = weights / weights.sum(axis=1, keepdims=True)
  found = [np.asarray(x)[:3] for x in sample.others[:3]]
  np.testing.assert_allclose(found[0], np.log(weights.sum(axis=1)), rtol=1e-6)
  np.testing.assert_allclose(found[1], logits.sum(axis=1), atol=1e-2)
  np.testing.assert_allclose(found[2], np.square(shares).sum(axis=1), rtol=1e-4)
  assert sample.num_draws == 3
  assert float(sample.others.num_classes) == num_classes


def test_grid_keeps_its_shape_and_order():
  z = np.arange(8.0).reshape(2, 4)
  error = analysis.average_error(losses.mae, 3, z, key=KEY, num_draws=10)
  flat = analysis.average_error(losses.mae, 3, z.ravel(), key=KEY, num_draws=10)
  chex.assert_trees_all_equal(jax.tree.map(np.ravel, error), flat)
  chex.assert_shape(error, (2, 4))


@pytest.mark.parametrize("reduce", [np.sum, np.mean])
def test_a_loss_that_is_already_reduced_is_refused(reduce):
  def reduced(logits, labels):
    return reduce(losses.mae(logits, labels))

  with pytest.raises(ValueError, match=r"^loss: \[\] values of examples \[4000\], must be"):
    analysis.average_error(reduced, 5, 0.0, key=KEY)


def test_curve_of_mae_moves_right_as_the_logarithm_of_the_classes():
  z = np.linspace(-2, 15, 171)
  peaks = [
    z[np.abs(analysis.average_error(losses.mae, K, z, key=KEY).mean).argmax()]
    for K in (10, 100, 1000)
  ]
  np.testing.assert_allclose(np.diff(peaks), np.log(10), atol=0.25)


@pytest.mark.parametrize(
  "kwargs, message",
  [
    ({"num_classes": 1}, "num_classes: 1, must be a whole number from 2 on"),
    ({"num_classes": 2.5}, "num_classes: 2.5, must be a whole number from 2 on"),
    ({"num_draws": 1}, "num_draws: 1, must be at least 2"),
    ({"z": [0, np.nan]}, "z: nan, must be finite"),
    ({"logit_std": 0}, "logit_std: 0, must be positive and finite"),
    ({"logits": np.zeros((0, 5))}, "logits: 0 examples, must be at least 2"),
    ({"logits": np.zeros((9, 4))}, "logits: shape (9, 4), must end in 5 classes"),
    ({"logits": np.full((9, 5), np.inf)}, "logits: inf, must be finite"),
  ],
)
def test_bad_input_is_refused_in_one_line(kwargs, message):
  with pytest.raises(ValueError, match=re.escape(message)):
    analysis.average_error(losses.mae, **{"num_classes": 5, "z": 0.0, "key": KEY} | kwargs)

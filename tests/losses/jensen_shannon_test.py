import functools
import re

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses
from tests import references
from tests.losses import battery
from tests.losses.battery import *  # noqa: F403

gjs = losses.generalized_jensen_shannon
RNG = np.random.default_rng(0)
VIEWS = (3 * RNG.standard_normal((3, 8, 5))).astype(np.float32)
LABELS = np.arange(8) % 5


def weight(p, pi=0.5):
  return p * np.log1p(pi / ((1 - pi) * p)) / -np.log1p(-pi)


CASES = {
  "js": battery.of_label(references.jensen_shannon, weight),
  **{
    f"js(pi={pi})": battery.of_label(
      functools.partial(references.jensen_shannon, pi=pi), functools.partial(weight, pi=pi)
    )
    for pi in (0.001, 0.1, 0.999)
  },
  "js(pi=0)": battery.of_label(references.cross_entropy, np.ones_like),
  "js(pi=1)": battery.of_label(functools.partial(references.mae, scale=1.0), lambda p: p),
  "gjs": battery.of_label(references.jensen_shannon, weight),
}


def of_views(views, labels, pi):
  rows = [views[:, i] for i in range(len(labels))]
  return [
    references.generalized_jensen_shannon(row, k, pi=pi)
    for row, k in zip(rows, labels, strict=True)
  ]


value_and_gradient = jax.jit(jax.value_and_grad(gjs))


@pytest.mark.parametrize("num_views", [1, 2, 3])
def test_value_of_several_views_is_that_of_the_definition(num_views):
  views, weights = VIEWS[:num_views], (0.01, 0.3, 0.9, 0.99)
  values = jax.jit(lambda views: [gjs(views, LABELS, pi=pi) for pi in weights])(views)
  for pi, found in zip(weights, values, strict=True):
    np.testing.assert_allclose(found, of_views(views, LABELS, pi), rtol=1e-5)


@pytest.mark.parametrize("num_views", [1, 2, 3])
def test_gradient_of_several_views_is_that_of_finite_differences(num_views):
  views, labels = VIEWS[:num_views, :2], LABELS[:2]

  def reference(flat):
    return sum(of_views(flat.reshape(views.shape), labels, pi=0.3))

  expected = references.central_difference(reference, views.ravel()).reshape(views.shape)
  gradient = jax.jit(jax.grad(lambda views: gjs(views, labels, pi=0.3).sum()))(views)
  np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-7)


def test_views_are_exact_at_any_label_probability():
  answers = jax.jit(jax.value_and_grad(functools.partial(gjs, pi=0.4)))
  for log_odds in np.float32([-60.0, -20.0, 0.0, 12.0, 20.0, 60.0]):
    logits = RNG.standard_normal((2, 100)).astype(np.float32)
    logits[:, 0] = log_odds + np.float32([0.0, 0.7]) + np.float32(np.log(100))
    value, gradient = answers(logits, 0)
    expected = references.generalized_jensen_shannon(logits, 0, pi=0.4)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    expected, size = references.gradient_of_views(logits, 0, pi=0.4)
    assert (np.abs(gradient - expected) <= 1e-5 * size).all()
    np.testing.assert_allclose(gradient[:, 0], expected[:, 0], rtol=1e-5)


@pytest.mark.parametrize("masked", [0, 2])
@pytest.mark.parametrize("views", [[0], [0, 1]])
def test_classes_that_are_masked_in_some_views_take_no_part_there(masked, views):
  logits = VIEWS[:2, 0].copy()
  logits[views, masked] = -np.inf
  low = np.maximum(logits, -1e4)
  value, gradient = value_and_gradient(logits, 0)
  # In float64, e^-700 is a probability, if a small one.
  finite = np.maximum(logits, -700)
  expected = references.generalized_jensen_shannon(finite, 0, pi=0.5)
  np.testing.assert_allclose(value, expected, rtol=1e-5)
  value_of_low, gradient_of_low = value_and_gradient(low, 0)
  np.testing.assert_allclose(value_of_low, expected, rtol=1e-5)
  expected, size = references.gradient_of_views(finite, 0, pi=0.5)
  assert (np.abs(gradient - expected) <= 1e-5 * size + 1e-30).all()
  assert (np.abs(gradient_of_low - expected) <= 1e-5 * size + 1e-30).all()


def test_views_may_be_equal_in_any_order_biased_and_clipped():
  eps, tau = 1.5, 2.0

  @jax.jit
  def pairs(views):
    raised = jnp.stack([losses.add_logit_bias(view, LABELS, eps) for view in views])
    short = jnp.stack([losses.clip_logits(view, tau) for view in views])
    twice = jnp.stack([views[0], views[0]])
    return [
      (gjs(twice, LABELS), losses.jensen_shannon(views[0], LABELS)),
      (gjs(views, LABELS), gjs(views[::-1], LABELS)),
      (losses.with_logit_bias(gjs, eps)(views, LABELS), gjs(raised, LABELS)),
      (losses.with_logit_clip(gjs, tau)(views, LABELS), gjs(short, LABELS)),
    ]

  for found, expected in pairs(VIEWS):
    chex.assert_trees_all_close(found, expected, rtol=1e-5)


def test_views_that_differ_cost_up_to_the_stated_most():
  # The label out of the question, each view certain of another class.
  logits = np.float32([[-1e4, 0, -1e4], [-1e4, -1e4, 0]])
  value, gradient = value_and_gradient(logits, 0)
  assert value == pytest.approx(2 + np.log(2) / np.log(2), rel=1e-5)
  chex.assert_tree_all_finite(gradient)


def test_pi_may_be_traced_and_differentiated_with_several_views():
  def total(pi, views=VIEWS):
    return gjs(views, LABELS, pi=pi).sum()

  weights = np.array([0.1, 0.6])
  slopes = jax.jit(jax.vmap(jax.grad(total)))(np.float32(weights))
  with jax.enable_x64(True):
    of_wide = jax.jit(jax.vmap(functools.partial(total, views=VIEWS.astype(np.float64))))
    expected = (of_wide(weights + 1e-5) - of_wide(weights - 1e-5)) / 2e-5
  np.testing.assert_allclose(slopes, expected, rtol=1e-4)
  # At its ends it has no derivative.
  of_one = jax.jit(jax.grad(lambda pi: losses.jensen_shannon(VIEWS[0, 0], 0, pi=pi)))
  assert np.isnan([of_one(0.0), of_one(1.0)]).all()


def test_second_derivative_of_views_is_that_of_finite_differences():
  with jax.enable_x64(True):
    views = VIEWS[:2, 0].astype(np.float64)
    gradient = jax.jit(jax.grad(gjs))
    hessian = jax.jit(jax.hessian(gjs))(views, 1)
    for place in np.ndindex(*views.shape):
      step = np.zeros_like(views)
      step[place] = 1e-5
      change = (gradient(views + step, 1) - gradient(views - step, 1)) / 2e-5
      np.testing.assert_allclose(hessian[:, :, *place], change, rtol=1e-5, atol=1e-8)


def test_a_label_outside_the_classes_gives_nan_and_no_gradient_with_several_views():
  value, gradient = value_and_gradient(VIEWS[:, 0], 5)
  assert np.isnan(value)
  np.testing.assert_array_equal(gradient, np.zeros((3, 5)))


@pytest.mark.parametrize("pi", [0.0, 1.0])
def test_several_views_need_pi_inside_its_range(pi):
  message = re.escape(f"pi: {pi}, must be in (0, 1)")
  with pytest.raises(ValueError, match=message):
    gjs(VIEWS, LABELS, pi=pi)


def test_views_of_other_examples_are_refused():
  with pytest.raises(ValueError, match=r"^labels: int64\[5\], must be integers \[8\], as"):
    gjs(VIEWS, LABELS[:5])

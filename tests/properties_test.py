"""What the table of closed forms claims is held against the functions."""

import inspect

import numpy as np
import pytest

from experiments import loss_page
from noisy_jax import losses, per_logit_gradient

NAMES = losses.NAMES
OF_SOFTMAX = [name for name, known in losses.PROPERTIES.items() if known.weight]
CLASSED = [name for name, known in losses.PROPERTIES.items() if known.asymmetric]


def compute(name, expression, **values):
  """The value of an expression of the table, with the loss's default hyperparameters."""
  functions = {"log": np.log, "exp": np.exp, "inf": np.inf, "max": max}
  return eval(expression.replace("^", "**"), functions | losses.defaults(name) | values)


def test_every_loss_has_a_row_and_the_page_is_up_to_date():
  assert list(losses.PROPERTIES) == list(NAMES)
  assert loss_page.PATH.read_text() == loss_page.page()
  for name, function in NAMES.items():
    assert f"\n### {name}\n" in loss_page.page()
    assert f"| {function.__name__} |" in loss_page.page()


@pytest.mark.parametrize("name", NAMES)
def test_formula_is_that_of_the_docstring(name):
  docstring = " ".join(inspect.getdoc(NAMES[name]).split())
  assert f"L = {losses.PROPERTIES[name].formula}, " in docstring


@pytest.mark.parametrize("name", OF_SOFTMAX)
def test_gradient_follows_from_the_weights(name):
  known = losses.PROPERTIES[name]
  rng = np.random.default_rng(0)
  for scale in (0.3, 3.0):
    logits = scale * rng.standard_normal(6)
    p = np.exp(logits) / np.exp(logits).sum()
    loss = float(NAMES[name](np.float32(logits), 2))
    sums = {
      "nce": np.log(p).sum(),
      "nfl": (-np.sqrt(1 - p) * np.log(p)).sum(),
      "ngce": (1 - p**0.7).sum(),
    }
    values = {"p": p, "K": 6, "L": loss, "S": sums.get(name)}
    weights = compute(name, known.wrong_weight, **values) * np.ones(6)
    weights[2] = (compute(name, known.weight, **values) * np.ones(6))[2]
    gradient = per_logit_gradient(NAMES[name], np.float32(logits), 2)
    np.testing.assert_allclose(gradient, p * weights.sum() - weights, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_range_is_reached_and_not_left(name):
  known = losses.PROPERTIES[name]
  low, high = compute(name, known.low, K=5), compute(name, known.high, K=5)
  logits = 4 * np.random.default_rng(0).standard_normal((300, 5)).astype(np.float32)
  values = np.asarray(NAMES[name](logits, np.arange(300) % 5))
  assert (values >= low - 1e-6).all()
  assert (values <= high * (1 + 1e-6)).all()
  # The label certain; certain to the degree that smoothing asks for; another class certain;
  # and the label out of the question.
  likely = np.float32([[1e30, 0, 0, 0, 0], [np.log(46), 0, 0, 0, 0]])
  unlikely = np.float32([[0, 1e30, 0, 0, 0], [-1e30, 0, 0, 0, 0]])
  least, most = (np.asarray(NAMES[name](z, np.zeros(2, int))) for z in (likely, unlikely))
  np.testing.assert_allclose(least.min(), low, atol=1e-6)
  if np.isfinite(high):
    np.testing.assert_allclose(most.max(), high, rtol=1e-5)
  else:
    assert most.max() > 1e20


@pytest.mark.parametrize("name", CLASSED)
def test_asymmetric_from_the_stated_factor_on(name):
  """Minimises sum_i w_i L(u, i) over the simplex, with the majority's weight in front."""
  grid = np.arange(0, 1.00001, 0.005)
  first, second = np.meshgrid(grid, grid)
  simplex = np.stack([first, second, 1 - first - second], axis=-1)
  simplex = simplex[simplex[..., 2] > -1e-9]
  simplex = np.log(np.clip(simplex, 1e-30, 1)).astype(np.float32)
  every = np.stack([NAMES[name](simplex, np.full(len(simplex), i)) for i in range(3)], 1)
  factor = float(compute(name, losses.PROPERTIES[name].asymmetric))

  def minimiser(weight):
    best = np.argmin(np.float64(every) @ np.array([weight, 1.0, 0.7]))
    return np.exp(simplex[best])

  for weight in (1.1, 1.4, 1.6, 2.0):
    if weight > factor:
      np.testing.assert_allclose(minimiser(weight), [1, 0, 0], atol=1e-6)
    else:
      assert minimiser(weight)[0] < 0.999


@pytest.mark.parametrize("name", NAMES)
def test_hyperparameters_have_the_stated_ranges(name):
  logits, label = np.zeros(3, np.float32), np.int32(0)
  for keyword, interval in losses.PROPERTIES[name].ranges.items():
    for end, is_open, outward in (
      (float(interval[1:-1].split(",")[0]), interval[0] == "(", -1),
      (float(interval[1:-1].split(",")[1]), interval[-1] == ")", 1),
    ):
      if np.isfinite(end):
        NAMES[name](logits, label, **{keyword: end - outward * 1e-3})
        with pytest.raises(ValueError, match=f"{keyword}: .*must be in"):
          NAMES[name](logits, label, **{keyword: end if is_open else end + outward * 1e-3})


@pytest.mark.parametrize("name", NAMES)
def test_symmetric_where_it_says_so(name):
  logits = 2 * np.random.default_rng(0).standard_normal((20, 1, 5)).astype(np.float32)
  labels = np.broadcast_to(np.arange(5), (20, 5))
  sums = np.asarray(NAMES[name](np.broadcast_to(logits, (20, 5, 5)), labels)).sum(1)
  assert (np.ptp(sums) < 1e-5 * sums.mean()) == losses.PROPERTIES[name].symmetric

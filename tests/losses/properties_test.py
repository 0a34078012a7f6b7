"""What the table of closed forms claims is held against the functions."""

import inspect

import numpy as np
import pytest

from experiments.pages import loss_page
from noisy_jax import losses, per_logit_gradient

NAMES = losses.NAMES
# Beside the defaults: the tables must follow the hyperparameters.
EXPRESSIONS = [
  *NAMES,
  "ls(alpha=0)",
  "mae(scale=1)",
  "rce(scale=4)",
  "sce(alpha=0, beta=2, scale=3)",
  "gce(q=0)",
  "gce(q=1)",
  "fl(gamma=2)",
  "nfl(gamma=2)",
  "ngce(q=0.3)",
  "aul(a=3, q=0.1)",
  "aul(a=2, q=1)",
  "agce(a=1.8, q=3)",
  "agce(a=2, q=1)",
  "ael(a=1)",
  "bi_tempered(t1=0.5, t2=4)",
  "bi_tempered(t1=1, t2=1)",
  "taylor_ce(t=1)",
  "taylor_ce(t=5)",
  "phuber_ce(tau=1)",
  "phuber_ce(tau=1.5)",
  "polysoft(lam=12, d=4)",
  "polysoft(lam=2, d=1.5)",
  "polysoft(lam=6, d=1.1)",
  "js(pi=0)",
  "js(pi=1)",
  "js(pi=0.1)",
  "nnce(p_min=0.001)",
  "nnfl(gamma=2)",
  "ece(m=0)",
  "ece(m=0.5)",
  "ece(q_min=0.00000001)",
  "ece(m=2, q_min=0.01)",
  "ldr_kl(lam=3, c=0)",
  "amse(a=1)",
]


def harmonic(t):
  return sum(1 / i for i in range(1, t + 1))


def properties(text):
  """The loss, its properties, and a function that computes an expression of them."""
  loss = losses.parse(text)
  (term,) = loss.terms
  hyperparameters = losses.defaults(term.name) | dict(term.keywords)
  functions = {"log": np.log, "exp": np.exp, "inf": np.inf, "nan": np.nan}
  functions |= {"min": np.minimum, "max": np.maximum, "harmonic": harmonic}

  def compute(expression, **values):
    return eval(expression.replace("^", "**"), functions | hyperparameters | values)

  return loss, losses.PROPERTIES[term.name], compute


def test_every_loss_has_a_row_and_the_page_is_up_to_date():
  assert list(losses.PROPERTIES) == list(NAMES)
  assert loss_page.PATH.read_text() == loss_page.page()
  for name, function in NAMES.items():
    assert f"\n### {name}\n" in loss_page.page()
    assert f"In the package: `losses.{function.__name__}`." in loss_page.page()


@pytest.mark.parametrize("name", NAMES)
def test_formula_is_that_of_the_docstring(name):
  docstring = " ".join(inspect.getdoc(NAMES[name]).split())
  assert f"L = {losses.PROPERTIES[name].formula}, " in docstring


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_gradient_follows_from_the_weights(text):
  loss, known, compute = properties(text)
  if not known.weight:
    assert known.gradient
    return
  rng = np.random.default_rng(0)
  for scale in (0.3, 3.0):
    logits = scale * rng.standard_normal(6)
    p = np.exp(logits) / np.exp(logits).sum()
    values = {"p": p, "K": 6, "L": float(loss(np.float32(logits), 2))}
    sums = {
      "nce": "log(p)",
      "nfl": "-(1 - p)^gamma * log(p)",
      "ngce": "1 - p^q",
      "nnce": "max(log(p / p_min), 0)",
      "nnfl": "max((1 - p)^gamma * log(p) - (1 - p_min)^gamma * log(p_min), 0)",
    }
    if loss.terms[0].name in sums:
      values["S"] = compute(sums[loss.terms[0].name], **values).sum()
    weights = compute(known.wrong_weight, **values) * np.ones(6)
    weights[2] = (compute(known.weight, **values) * np.ones(6))[2]
    gradient = per_logit_gradient(loss, np.float32(logits), 2)
    np.testing.assert_allclose(gradient, p * weights.sum() - weights, rtol=3e-5, atol=1e-6)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_range_is_reached_and_not_left(text):
  loss, known, compute = properties(text)
  with np.errstate(all="ignore"):
    low, high = compute(known.low, K=5), compute(known.high, K=5)
  logits = 4 * np.random.default_rng(0).standard_normal((300, 5)).astype(np.float32)
  values = np.asarray(loss(logits, np.arange(300) % 5))
  assert (values >= low - 1e-6).all()
  assert (values <= high * (1 + 1e-6)).all()
  # The label certain; certain to the degree that smoothing asks for; another class certain;
  # and the label out of the question.
  likely = np.float32([[1e30, 0, 0, 0, 0], [np.log(46), 0, 0, 0, 0]])
  unlikely = np.float32([[0, 1e30, 0, 0, 0], [-1e30, 0, 0, 0, 0]])
  least, most = (np.asarray(loss(z, np.zeros(2, int))) for z in (likely, unlikely))
  np.testing.assert_allclose(least.min(), low, atol=2e-6)
  if np.isfinite(high):
    np.testing.assert_allclose(most.max(), high, rtol=1e-5)
  else:
    assert most.max() > 1e20


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_asymmetric_from_the_stated_factor_on(text):
  """Minimises sum_i w_i L(u, i) over the simplex, with the majority's weight in front."""
  loss, known, compute = properties(text)
  if not known.of_label_alone:
    assert not known.asymmetric
    return
  factor = float(compute(known.asymmetric))
  if np.isnan(factor):
    return
  grid = np.arange(0, 1.00001, 0.005)
  first, second = np.meshgrid(grid, grid)
  simplex = np.stack([first, second, 1 - first - second], axis=-1)
  simplex = simplex[simplex[..., 2] > -1e-9]
  logits = np.log(np.clip(simplex, 1e-30, 1)).astype(np.float32)
  every = np.stack([loss(logits, np.full(len(logits), i)) for i in range(3)], axis=1)
  for weight in (1.1, 1.4, 1.6, 2.0):
    best = np.argmin(np.float64(every) @ np.array([weight, 1.0, 0.7]))
    if weight >= factor:
      np.testing.assert_allclose(simplex[best], [1, 0, 0], atol=1e-6)
    else:
      assert simplex[best][0] < 0.999


@pytest.mark.parametrize("name", NAMES)
def test_hyperparameters_have_the_stated_ranges(name):
  logits, label = np.zeros(3, np.float32), np.int32(0)
  for keyword, interval in losses.PROPERTIES[name].ranges.items():
    ends = [float(end) for end in interval[1:-1].split(",")]
    for end, bracket, outward in zip(
      ends, (interval[0], interval[-1]), (-1, 1), strict=True
    ):
      if np.isfinite(end):
        NAMES[name](logits, label, **{keyword: end - outward * 1e-3})
        outside = end if bracket in "()" else end + outward * 1e-3
        with pytest.raises(ValueError, match=f"{keyword}: .*must be in"):
          NAMES[name](logits, label, **{keyword: outside})


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_symmetric_where_it_says_so(text):
  loss, known, compute = properties(text)
  logits = 2 * np.random.default_rng(0).standard_normal((20, 1, 5)).astype(np.float32)
  labels = np.broadcast_to(np.arange(5), (20, 5))
  sums = np.asarray(loss(np.broadcast_to(logits, (20, 5, 5)), labels)).sum(1)
  assert (np.ptp(sums) < 1e-5 * sums.mean()) == compute(known.symmetric)

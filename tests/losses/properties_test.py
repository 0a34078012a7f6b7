import functools
import inspect

import jax
import numpy as np
import pytest

from experiments.pages import loss_page
from noisy_jax import losses

NAMES = losses.NAMES
# Beside the defaults: the tables must follow the hyperparameters.
EXPRESSIONS = [
  *NAMES, "ls(alpha=0)", "mae(scale=1)", "rce(scale=4)", "sce(alpha=0, beta=2, scale=3)",
  "gce(q=0)", "gce(q=1)", "fl(gamma=2)", "nfl(gamma=2)", "ngce(q=0.3)", "aul(a=3, q=0.1)",
  "aul(a=2, q=1)", "agce(a=1.8, q=3)", "agce(a=2, q=1)", "ael(a=1)",
  "bi_tempered(t1=0.5, t2=4)", "bi_tempered(t1=1, t2=1)", "taylor_ce(t=1)",
  "taylor_ce(t=5)", "phuber_ce(tau=1)", "phuber_ce(tau=1.5)", "polysoft(lam=12, d=4)",
  "polysoft(lam=2, d=1.5)", "polysoft(lam=6, d=1.1)", "js(pi=0)", "js(pi=1)", "js(pi=0.1)",
  "nnce(p_min=0.001)", "nnfl(gamma=2)", "ece(m=0)", "ece(m=0.5)", "ece(q_min=0.00000001)",
  "ece(m=2, q_min=0.01)", "ldr_kl(lam=3, c=0)", "amse(a=1)",
]  # fmt: skip


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


@pytest.mark.parametrize("name", NAMES)
def test_hyperparameters_have_the_stated_ranges(name):
  def give(**keywords):
    given = functools.partial(NAMES[name], labels=np.int32(0), **keywords)
    jax.eval_shape(given, np.zeros(3, np.float32))

  for keyword, interval in losses.PROPERTIES[name].ranges.items():
    ends = [float(end) for end in interval[1:-1].split(",")]
    brackets = interval[0], interval[-1]
    for end, bracket, outward in zip(ends, brackets, (-1, 1), strict=True):
      if np.isfinite(end):
        give(**{keyword: end - outward * 1e-3})
        outside = end if bracket in "()" else end + outward * 1e-3
        with pytest.raises(ValueError, match=f"{keyword}: .*must be in"):
          give(**{keyword: outside})


K = 5
RNG = np.random.default_rng(0)
# The label certain, and as certain as smoothing asks for.
LIKELY = [[1e30, 0, 0, 0, 0], [np.log(46), 0, 0, 0, 0]]
# Another class certain, and the label out of the question.
UNLIKELY = [[0, 1e30, 0, 0, 0], [-1e30, 0, 0, 0, 0]]
CURVE = np.arange(0, 1.00001, 0.005)  # p_k, the other classes being alike
ROWS = {
  "any": (4 * RNG.standard_normal((300, K)), np.arange(300) % K),
  "flat": (0.3 * RNG.standard_normal((2, K)), [2, 2]),
  "likely": (LIKELY, [0, 0]),
  "unlikely": (UNLIKELY, [0, 0]),
  "every label": (np.repeat(2 * RNG.standard_normal((20, K)), K, 0), np.tile(range(K), 20)),
  "curve": (
    np.log(np.clip(np.c_[CURVE, np.tile((1 - CURVE[:, None]) / 4, 4)], 1e-30, 1)),
    np.zeros(len(CURVE), int),
  ),
}
LOGITS = np.concatenate([logits for logits, _ in ROWS.values()], dtype=np.float32)
LABELS = np.concatenate([labels for _, labels in ROWS.values()])


@functools.cache
def found(text):
  """Logits, values and gradients, by rows; of one shape, so that losses share programs."""
  values, pullback = jax.vjp(lambda logits: losses.parse(text)(logits, LABELS), LOGITS)
  (gradients,) = pullback(np.ones_like(values))
  ends = np.cumsum([len(labels) for _, labels in ROWS.values()])[:-1]
  of_rows = (np.split(np.asarray(x), ends) for x in (LOGITS, values, gradients))
  return [dict(zip(ROWS, parts, strict=True)) for parts in of_rows]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_gradient_follows_from_the_weights(text):
  loss, known, compute = properties(text)
  if not known.weight:
    assert known.gradient
    return
  sums = {
    "nce": "log(p)",
    "nfl": "-(1 - p)^gamma * log(p)",
    "ngce": "1 - p^q",
    "nnce": "max(log(p / p_min), 0)",
    "nnfl": "max((1 - p)^gamma * log(p) - (1 - p_min)^gamma * log(p_min), 0)",
  }
  for row, label in (("flat", 2), ("any", 4)):
    logits, value, gradient = (part[row][-1] for part in found(text))
    p = np.exp(logits) / np.exp(logits).sum()
    given = {"p": p, "K": K, "L": float(value)}
    if loss.terms[0].name in sums:
      given["S"] = compute(sums[loss.terms[0].name], **given).sum()
    weights = compute(known.wrong_weight, **given) * np.ones(K)
    weights[label] = (compute(known.weight, **given) * np.ones(K))[label]
    np.testing.assert_allclose(gradient, p * weights.sum() - weights, rtol=3e-5, atol=1e-6)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_range_is_reached_and_not_left(text):
  _, known, compute = properties(text)
  with np.errstate(all="ignore"):
    low, high = compute(known.low, K=K), compute(known.high, K=K)
  _, values, _ = found(text)
  assert (values["any"] >= low - 1e-6).all()
  assert (values["any"] <= high * (1 + 1e-6)).all()
  np.testing.assert_allclose(values["likely"].min(), low, atol=2e-6)
  if np.isfinite(high):
    np.testing.assert_allclose(values["unlikely"].max(), high, rtol=1e-5)
  else:
    assert values["unlikely"].max() > 1e20


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_asymmetric_from_the_stated_factor_on(text):
  _, known, compute = properties(text)
  if not known.of_label_alone:
    assert not known.asymmetric
    return
  factor = float(compute(known.asymmetric))
  if np.isnan(factor):
    return
  curve = np.float64(found(text)[1]["curve"])
  first, second = np.meshgrid(*2 * [np.arange(len(CURVE))], indexing="ij")
  third = len(CURVE) - 1 - first - second
  places = np.stack([first, second, third], -1)[third >= 0]
  for weight in (1.1, 1.4, 1.6, 2.0):
    best = places[np.argmin(curve[places] @ [weight, 1.0, 0.7])]
    if weight >= factor:
      assert best.tolist() == [len(CURVE) - 1, 0, 0]
    else:
      assert best[0] < len(CURVE) - 1


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_symmetric_where_it_says_so(text):
  sums = found(text)[1]["every label"].reshape(20, K).sum(1)
  _, known, compute = properties(text)
  assert (np.ptp(sums) < 1e-5 * sums.mean()) == compute(known.symmetric)

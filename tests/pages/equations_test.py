"""The equations of docs/losses.md against the losses, in float64."""

import ast

import jax
import numpy as np
import pytest

from experiments.pages import latex
from experiments.pages.equations import EQUATIONS
from noisy_jax import losses

K = 5
LOGITS = 2 * np.random.default_rng(0).standard_normal((8, K))
# The likeliest class and others.
LABELS = np.array([*LOGITS[:3].argmax(-1), *LOGITS[3:].argmin(-1)])
# Beside the defaults; limits that an equation does not have are left out.
EXPRESSIONS = [
  *EQUATIONS, "ls(alpha=-0.2)", "mae(scale=1)", "rce(scale=4)", "sce(alpha=2, beta=3)",
  "gce(q=0.2)", "fl(gamma=2)", "nfl(gamma=2)", "ngce(q=0.3)", "aul(a=3, q=0.1)",
  "agce(a=1.8, q=3)", "ael(a=1)", "bi_tempered(t1=0.5, t2=4)", "bi_tempered(t1=1.5, t2=2)",
  "taylor_ce(t=5)", "phuber_ce(tau=2)", "polysoft(lam=2, d=1.5)", "js(pi=0.1)",
  "gjs(pi=0.9)", "nnce(p_min=0.01)", "nnfl(gamma=2, p_min=0.01)", "ece(m=0.5)",
  "ece(m=2, q_min=0.01)", "ldr_kl(lam=3, c=2)", "amse(a=2)",
]  # fmt: skip


class Names(dict):
  """Values by name: x_j and x_i are the vector x, and x_k is its entry at the label."""

  def __missing__(self, name):
    base, _, index = name.rpartition("_")
    if index == "k":
      return self[f"{base}_j"][..., self["k"]]
    if index == "i":
      return self[f"{base}_j"]
    if index == "j":
      return self[base]
    raise KeyError(name)

  def compute(self, expression):
    tree = _Cases().visit(ast.parse(expression.replace("^", "**"), mode="eval"))
    code = compile(ast.fix_missing_locations(tree), expression, "eval")
    return eval(code, {"where": np.where}, self)

  def define(self, left, right):
    call = ast.parse(left, mode="eval").body
    if isinstance(call, ast.Name):
      self[left] = self.compute(right)
      return
    parameters = [argument.id for argument in call.args]

    def function(*values, **others):
      bound = dict(zip(parameters, values, strict=True))
      return Names({**self, **bound, **others}).compute(right)

    self[call.func.id] = function
    if call.func.id.endswith("_t"):
      for t in ("t1", "t2"):
        self[call.func.id + t[1]] = lambda x, t=self[t]: function(x, t=t)


class _Cases(ast.NodeTransformer):
  """Of a vector, `a if b else c` has a case for each entry."""

  def visit_IfExp(self, node):
    self.generic_visit(node)
    return ast.Call(ast.Name("where", ast.Load()), [node.test, node.body, node.orelse], [])


def softmax(z):
  powers = np.exp(z - z.max(-1, keepdims=True))
  return powers / powers.sum(-1, keepdims=True)


def names_of(text, z, k, views=None):
  """The names of an equation for logits z [K], or [views, K], and the label k."""
  (term,) = losses.parse(text).terms
  known = losses.defaults(term.name) | dict(term.keywords)
  names = Names(known, z=z, k=k, K=K, j=np.arange(K), e=np.maximum(np.eye(K)[k], 1e-300))
  names.update(log=np.log, exp=np.exp, max=np.maximum, min=np.minimum, softmax=softmax)
  names.update(sum_j=lambda x: np.sum(x, -1), sum_v=lambda x: np.sum(x, 0))
  names["sum_i"] = lambda x, most=None: np.sum(x, -1)
  names["p"] = softmax(z)
  names["pv"], names["V"] = np.atleast_2d(names["p"]), np.atleast_2d(z).shape[0]
  if term.name == "taylor_ce":
    names["i"] = np.arange(1, known["t"] + 1)
  if term.name == "ece":
    names["t"] = z.argmax()
  equation = EQUATIONS[term.name]
  for left, right in equation.where.items():
    if term.name == "bi_tempered" and left == "p_j":
      names["lam"] = normalisation(names, z)
      names["p"] = names.compute(right)
    else:
      names.define(left, right)
  return equation, names


def normalisation(names, z):
  low, high = z.max(), z.max() + 100
  for _ in range(100):
    middle = (low + high) / 2
    is_low = names["exp_t2"](z - middle).sum() > 1
    low, high = (middle, high) if is_low else (low, middle)
  return middle


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_equation_is_the_loss(text):
  with jax.enable_x64(True), np.errstate(all="ignore"):
    loss = losses.parse(text)
    values, slopes = jax.jit(jax.vmap(jax.value_and_grad(loss)))(LOGITS, LABELS)
    for z, k, value, slope in zip(LOGITS, LABELS, values, slopes, strict=True):
      equation, names = names_of(text, z, k)
      for side in equation.value.split(" = "):
        np.testing.assert_allclose(names.compute(side), value, rtol=1e-8)
      if equation.gradient:
        for left, right in equation.gradient_where.items():
          names.define(left, right)
        found = names.compute(equation.gradient)
        np.testing.assert_allclose(found, slope, rtol=1e-7, atol=1e-12)


def test_equation_of_several_views_is_the_loss():
  views = LOGITS[:3]
  with jax.enable_x64(True), np.errstate(all="ignore"):
    equation, names = names_of("gjs", views, 2)
    value = losses.generalized_jensen_shannon(views, np.int32(2))
    np.testing.assert_allclose(names.compute(equation.value), value, rtol=1e-9)


def test_every_loss_has_an_equation_and_its_gradient():
  assert list(EQUATIONS) == list(losses.NAMES)
  for name, equation in EQUATIONS.items():
    assert bool(equation.gradient) != bool(losses.PROPERTIES[name].weight)


@pytest.mark.parametrize(
  "expression, expected",
  [
    ("-a * b / c - (a - b)", r"-\frac{a b}{c} - (a - b)"),
    ("a - -b", "a - (-b)"),
    ("(a + b)^2 * -a^(1 / b)", r"(a + b)^{2} (-a^{1 / b})"),
    ("(a^b)^c", "(a^{b})^{c}"),
    ("2 * 3 * lam * scale * t1", r"2 \cdot 3 \lambda \cdot \text{scale} \cdot t_1"),
    ("a * (b == c) if a <= 1 else inf", r"\begin{cases} a [b = c] & \text{if } a \le 1 "
     r"\cr \infty & \text{otherwise} \end{cases}"),
    ("1 - sum_i(a_i + 1, n)", r"1 - \sum_{i=1}^{n} (a_i + 1)"),
    ("a = exp(a / b)", r"a = e^{a / b}"),
    ("a / (b * c)", r"\frac{a}{b c}"),
    ("x^(a / (b * c))", "x^{a / (b c)}"),
  ],
)  # fmt: skip
def test_latex_has_the_brackets_that_the_expression_needs(expression, expected):
  assert latex.latex(expression) == expected


@pytest.mark.parametrize("expression", ["a @ b", "[a]", "a < b < c", "'a'"])
def test_latex_refuses_what_it_does_not_know(expression):
  with pytest.raises(ValueError, match=r"has a form without LaTeX|must be a comparison"):
    latex.latex(expression)

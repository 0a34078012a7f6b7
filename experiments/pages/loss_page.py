"""Writes docs/losses.md, the page of all losses, from tables and docstrings of `losses`.

  python -m experiments.pages.loss_page

It draws the pictures of the page too, in docs/pictures/losses.
"""

import inspect
import math
import pathlib
import re
import sys

from experiments.pages import docstrings, loss_pictures, papers
from experiments.pages.equations import EQUATIONS
from experiments.pages.latex import condition, latex
from noisy_jax import losses
from noisy_jax.cli import command_line, messages
from noisy_jax.reports import tables

PATH = pathlib.Path(__file__).parents[2] / "docs" / "losses.md"

_INTRODUCTION = r"""<!-- Made by: python -m experiments.pages.loss_page -->

# The losses

Each loss takes logits $z$ and a label $k$ out of $K$ classes. Here $p = \text{softmax}(z)$
(but for `bi_tempered`), $[j = k]$ is 1 where $j = k$ and else 0, $S$ is the sum over
classes in the formula of $L$, and $H_t = 1 + 1/2 + ... + 1/t$.

The **weight** of the label is $w_k = -\partial L / \partial \log(p_k)$. A loss of $p_k$
alone has the gradient $w_k (p_j - [j = k])$, cross-entropy's times the weight. If the other
classes have weights $w_j$ too, the gradient is $p_j \sum_i w_i - w_j$.

A loss is **symmetric** if its sum over all labels is constant. A loss of $p_k$ alone is
**asymmetric** if under noise it has the minimum of the most likely label. For this, that
label must be more likely than any other by a factor: 1 is any noise, $\infty$ none.

Each loss has a picture for 10 and for 1000 classes, with its default hyperparameters. Left
is the average error, the mean of $-\partial L / \partial z_k$ over standard normal logits
of the other classes: a network starts to learn if it is high at the grey hill, where the
labelled logits start. Right is $-\partial L / \partial z_k$ against $p_k$ with all other
classes alike; the dots are at $p_k = 1 / K$, where a network starts.

Tests compare all formulas, gradients, ranges and factors with the functions. The table is
for the default hyperparameters.
"""

_PUBLISHED = """\
`losses.published_loss("gjs", "cifar10", noise="symmetric", rate=0.4)` looks these up, and
`--loss=published:gjs` does so for the noise of a run. Where codes differ, `code="apl"` or
`--loss=published:apl/nce+mae` names one; a recipe takes its own code. Noise "none" means
the labels of the set, with no noise added; "any" means that the code has one setting for
all kinds and rates.

Mind the scale of `mae`: its default is 2 (1 - p_k), as these codes have it in `ece + mae`.
In `nce + mae` and `nfl + mae` they have 1 - p_k, which is `mae(scale=1)`.
"""


def main(argv):
  messages.only_flags(argv)
  loss_pictures.write()
  PATH.write_text(page())


def page() -> str:
  """The page as Markdown."""
  parts = [_INTRODUCTION, _overview()]
  modules = dict.fromkeys(function.__module__ for function in losses.NAMES.values())
  for module in modules:
    names = [name for name, loss in losses.NAMES.items() if loss.__module__ == module]
    parts += [_introduce(sys.modules[module]), *map(_section, names)]
  return "\n".join([*parts, _published()])


def _overview():
  head = ("name", "$L$", "at most", "symmetric", "asymmetric from a factor of")
  rows = []
  for name, known in losses.PROPERTIES.items():
    formula = latex(EQUATIONS[name].value)
    symmetric = "yes" if _at_defaults(name, known.symmetric) else "no"
    factor = _shown(name, known.asymmetric) if known.asymmetric else "-"
    link = f"[`{name}`](#{name})"
    rows.append((link, f"${formula}$", _shown(name, known.high), symmetric, factor))
  return tables.markdown(head, rows)


def _shown(name, expression):
  """A property at the default hyperparameters, a formula if it depends on K."""
  if "K" in expression:
    return f"${latex(expression)}$"
  value = _at_defaults(name, expression)
  if math.isnan(value):
    return "no closed form"
  return r"$\infty$" if value == math.inf else f"{value:.4g}"


def _at_defaults(name, expression):
  names = dict(log=math.log, exp=math.exp, max=max, inf=math.inf, nan=math.nan)
  names["harmonic"] = lambda t: sum(1 / i for i in range(1, t + 1))
  return eval(expression.replace("^", "**"), names | losses.defaults(name))


def _introduce(module):
  title, _, text = (inspect.getdoc(module) or "").partition("\n\n")
  return f"## {title.replace(chr(10), ' ').removesuffix('.')}\n" + (
    f"\n{papers.link(text)}\n" * bool(text)
  )


def _section(name):
  known, function = losses.PROPERTIES[name], losses.NAMES[name]
  # The sentence with the formula, which the page has as mathematics.
  words = re.sub(r"\AL = .*?\.(\s+|\Z)", "", docstrings.body(function), flags=re.DOTALL)
  lines = [f"### {name}", "", docstrings.title(function), "", *_equations(name), ""]
  lines += [f"![Curves of {name}](pictures/losses/{name}.svg)", ""]
  if words:
    first, *others = words.split("\n\n")
    # On one line, as a break before a minus would begin a list.
    lines += ["\n\n".join([" ".join(first.split()), *others]), ""]
  lines += [f"- Range: {_range(known)}."]
  lines += [f"- Symmetric: {_symmetric(known.symmetric)}."]
  if known.asymmetric:
    lines += [f"- Asymmetric: {_asymmetric(known.asymmetric)}."]
  lines += [f"- In the package: `losses.{function.__name__}`."]
  arguments = docstrings.arguments(function)
  for keyword, default in losses.defaults(name).items():
    shown = default if isinstance(default, bool) else f"{default:.4g}"
    lines += [f"- `{keyword}={shown}`: {arguments[keyword]}"]
  if source := docstrings.source(function):
    lines += ["", f"Source: {papers.link(source)}"]
  return "\n".join([*lines, ""])


def _equations(name):
  """The loss and its gradient, as displayed formulas with what they need."""
  equation, known = EQUATIONS[name], losses.PROPERTIES[name]
  lines = [f"$$L = {latex(equation.value)}$$", *_where(equation.where, equation.words)]
  if equation.gradient:
    gradient, where = latex(equation.gradient), dict(equation.gradient_where)
  elif known.of_label_alone:
    gradient, where = "w_k (p_j - [j = k])", {"w_k": _of(known.weight, "k")}
  else:
    gradient = r"p_j \sum_i w_i - w_j"
    where = {"w_k": _of(known.weight, "k"), "w_j": _of(known.wrong_weight, "j")}
  lines += ["", rf"$$\frac{{\partial L}}{{\partial z_j}} = {gradient}$$"]
  return [*lines, *_where(where, equation.gradient_words)]


def _of(weight, index):
  """A weight, which is a function of p, with p_k or p_j in its place."""
  return re.sub(r"\bp\b", f"p_{index}", weight)


def _where(definitions, words=""):
  parts = [
    r"for $j \ne k$, " * (left == "w_j") + f"${latex(left)} = {latex(right)}$"
    for left, right in definitions.items()
  ]
  if not parts:
    return []
  text = ", ".join(parts[:-1]) + " and " * (len(parts) > 1) + parts[-1]
  text = text.replace(" and for ", " and, for ")
  return ["", f"with {text}{'; here ' * bool(words)}{words}."]


def _range(known):
  low, high = latex(known.low), latex(known.high)
  return f"from ${low}$ to ${high}$" if high != r"\infty" else f"from ${low}$ up, unbounded"


def _symmetric(expression):
  constant = {"True": "yes", "False": "no"}
  return constant.get(expression) or f"only if ${condition(expression)}$"


def _asymmetric(expression):
  known = {"1": "under any noise", "inf": "under no noise"}
  return known.get(expression) or f"from a factor of ${latex(expression)}$ on"


def _published():
  head, rows = ("loss", "data set", "noise", "expression", "code"), []
  for row in losses.PUBLISHED:
    codes = ", ".join(row.codes) + f" ({row.note})" * bool(row.note)
    rows.append((row.loss, row.dataset, row.noise_in_words, f"`{row.expression}`", codes))
  codes = "\n".join(
    f"- {code}: {papers.link(source)}" for code, source in losses.CODES.items()
  )
  table = tables.markdown(head, rows)
  return f"## Published hyperparameters\n\n{_PUBLISHED}\n{codes}\n\n{table}"


if __name__ == "__main__":
  command_line.run(main)

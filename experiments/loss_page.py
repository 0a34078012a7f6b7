"""Writes docs/losses.md, the page of all losses, from what the package says of them.

  python -m experiments.loss_page

Formulas and ranges come from `losses.PROPERTIES`, defaults from the signatures, words and
sources from the docstrings, and published hyperparameters from `losses.PUBLISHED`.
"""

import inspect
import pathlib
import re
import sys

from absl import app

from noisy_jax import losses

PATH = pathlib.Path("docs/losses.md")

_INTRODUCTION = """\
# The losses

Made by `python -m experiments.loss_page`; a test fails when it is out of date.

With logits z, p = softmax(z) and k the label. The **weight** is w_k = -dL/dlog p_k, as a
function of p = p_k: a loss of p_k alone has the gradient dL/dz_j = w_k (p_j - [j = k]),
cross-entropy's times the weight. Where the other classes have weights too, w_j as a
function of p = p_j, it is dL/dz_j = p_j sum_i w_i - w_j; K is the number of classes, L the
loss and S the sum over classes in its formula.

A loss is **symmetric** if its sum over all labels is constant. A loss of p_k alone is
**asymmetric** if under noise its minimiser is that of the most likely label; the factor is
how many times likelier than any other that label must be: 1 is any noise, inf none.
"""


def main(argv):
  del argv
  PATH.parent.mkdir(exist_ok=True)
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
  rows = [("name", "function", "range", "symmetric", "asymmetric from a factor of")]
  for name, known in losses.PROPERTIES.items():
    bounds = f"[{known.low}, {known.high}{')' if known.high == 'inf' else ']'}"
    symmetric = "yes" if known.symmetric else "no"
    factor = f"`{known.asymmetric}`" if known.asymmetric else "-"
    link = f"[`{name}`](#{name})"
    rows.append((link, losses.NAMES[name].__name__, f"`{bounds}`", symmetric, factor))
  return _table(rows)


def _introduce(module):
  title, _, text = (inspect.getdoc(module) or "").partition("\n\n")
  return f"## {title.replace(chr(10), ' ').removesuffix('.')}\n" + (
    f"\n{text}\n" * bool(text)
  )


def _section(name):
  known = losses.PROPERTIES[name]
  text = inspect.getdoc(losses.NAMES[name]) or ""
  lines = [f"### {name}", "", text.partition("\n")[0], "", f"    L = {known.formula}"]
  if known.weight:
    lines.append(f"    w_k = {known.weight}")
  if known.wrong_weight != "0":
    lines.append(f"    w_j = {known.wrong_weight}")
  if known.gradient:
    lines.append(f"    dL/dz_j = {known.gradient}")
  explained = dict(re.findall(r"^  (\w+): (.*(?:\n    .*)*)", text, re.MULTILINE))
  for keyword, default in losses.defaults(name).items():
    shown = default if isinstance(default, bool) else f"{default:.4g}"
    words = " ".join(explained[keyword].split())
    lines += [""] * (lines[-1][:2] != "- ") + [f"- `{keyword}={shown}`: {words}"]
  _, _, source = text.partition("\nSource: ")
  if source:
    lines += ["", f"Source: {' '.join(source.split())}"]
  return "\n".join([*lines, ""])


def _published():
  rows = [("loss", "data set", "expression", "source")]
  for (loss, dataset), (expression, source) in losses.PUBLISHED.items():
    rows.append((loss, dataset, f"`{expression}`", source))
  return "## Published hyperparameters\n\n" + _table(rows)


def _table(rows):
  rows = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
  return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
  app.run(main)

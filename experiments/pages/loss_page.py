"""Writes docs/losses.md, the page of all losses, from tables and docstrings of `losses`.

python -m experiments.pages.loss_page
"""

import inspect
import pathlib
import re
import sys

from noisy_jax import losses
from noisy_jax.cli import command_line, messages
from noisy_jax.reports import tables

PATH = pathlib.Path(__file__).parents[2] / "docs" / "losses.md"

_INTRODUCTION = """\
# The losses

Made by `python -m experiments.pages.loss_page`; a test fails when it is out of date.

Here z are the logits, p = softmax(z) (but for `bi_tempered`), k is the label, K the number
of classes, L the loss, and S the sum over classes in its formula. harmonic(t) is
1 + 1/2 + ... + 1/t.

The **weight** of the label is w_k = -dL/dlog p_k, a function of p = p_k. A loss of p_k
alone has the gradient dL/dz_j = w_k (p_j - [j = k]), cross-entropy's times the weight. If
the other classes have weights too, w_j as a function of p = p_j, the gradient is dL/dz_j =
p_j sum_i w_i - w_j.

A loss is **symmetric** if its sum over all labels is constant. A loss of p_k alone is
**asymmetric** if under noise it has the minimum of the most likely label. For this, that
label must be more likely than any other by the factor in the table: 1 is any noise, inf
none, nan has no closed form.
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
  head, rows = ("name", "L", "at most", "symmetric", "asymmetric from a factor of"), []
  for name, known in losses.PROPERTIES.items():
    formula, high, symmetric = (
      f"`{x}`" for x in (known.formula, known.high, known.symmetric)
    )
    factor = f"`{known.asymmetric}`" if known.asymmetric else "-"
    rows.append((f"[`{name}`](#{name})", formula, high, symmetric, factor))
  return tables.markdown(head, rows)


def _introduce(module):
  title, _, text = (inspect.getdoc(module) or "").partition("\n\n")
  return f"## {title.replace(chr(10), ' ').removesuffix('.')}\n" + (
    f"\n{text}\n" * bool(text)
  )


def _section(name):
  known, function = losses.PROPERTIES[name], losses.NAMES[name]
  text = inspect.getdoc(function) or ""
  lines = [f"### {name}", "", text.partition("\n\nArgs:")[0], ""]
  for symbol, expression in {
    "w_k": known.weight,
    "w_j": known.wrong_weight if known.wrong_weight != "0" else "",
    "dL/dz_j": known.gradient,
    "least L": known.low,
    "largest L": known.high,
  }.items():
    if expression:
      lines.append(f"    {symbol} = {expression}")
  lines += ["", f"In the package: `losses.{function.__name__}`."]
  arguments = dict(re.findall(r"^  (\w+): (.*(?:\n    .*)*)", text, re.MULTILINE))
  for keyword, default in losses.defaults(name).items():
    shown = default if isinstance(default, bool) else f"{default:.4g}"
    words = " ".join(arguments[keyword].split())
    lines += [""] * (lines[-1][:2] != "- ") + [f"- `{keyword}={shown}`: {words}"]
  _, _, source = text.partition("\nSource: ")
  if source:
    lines += ["", f"Source: {' '.join(source.split())}"]
  return "\n".join([*lines, ""])


def _published():
  head, rows = ("loss", "data set", "noise", "expression", "code"), []
  for row in losses.PUBLISHED:
    codes = ", ".join(row.codes) + f" ({row.note})" * bool(row.note)
    rows.append((row.loss, row.dataset, row.noise_in_words, f"`{row.expression}`", codes))
  codes = "\n".join(f"- {code}: {source}" for code, source in losses.CODES.items())
  table = tables.markdown(head, rows)
  return f"## Published hyperparameters\n\n{_PUBLISHED}\n{codes}\n\n{table}"


if __name__ == "__main__":
  command_line.run(main)

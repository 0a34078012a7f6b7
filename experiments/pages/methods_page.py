r"""Writes docs/methods.md, the page of all methods, from docstrings, methods and results.

  python -m experiments.pages.methods_page

Run `python -m experiments.pages.evidence` before it if results have changed.
"""

import pathlib

import jax
import numpy as np

from experiments.pages import docstrings, papers
from experiments.pages.method_words import WORDS
from noisy_jax import losses, methods
from noisy_jax.analysis import evidence
from noisy_jax.cli import command_line, messages
from noisy_jax.reports import tables

_ROOT = pathlib.Path(__file__).parents[2]
PATH = _ROOT / "docs" / "methods.md"
_SPARSE_TARGETS = _ROOT / "experiments" / "results" / "sparse_targets" / "cpu.md"

_INTRODUCTION = r"""<!-- Made by: python -m experiments.pages.methods_page -->

# The methods

A method is a loss with a memory: it trains around any loss of one view of each image (all
but `gjs` on augmented images), with its bias, by `--method=NAME`, or
`--method='elr(lam=7, beta=0.9)'` with hyperparameters. In your own loop it is a tuple of
pure functions ([how](other_trainers.md#a-method-in-your-own-loop)). Here $z$ are the logits
of an example, $p = \text{softmax}(z)$, $y$ its label, $\ell$ the loss, $N$ the number of
training examples and $K$ that of classes. An arrow is an update of the memory, through
which no gradient flows.

**Where the formulas are from.** The table says it. Of `car`, `marvel` and `marvel_plus` we
had the abstracts alone: another implementation may differ, and so may its numbers. The
memory is that of the default hyperparameters; `entries` of `elr` and `car` makes it smaller
on many classes.

**How they were verified.** A test compares each method, step by step, with its formula
written apart in NumPy, and for `meta` with differences of the loss after a step. Further
tests, for all methods, say that a method at its neutral setting is the loss by itself, and
that results depend neither on the number of devices nor on an interruption. No trained
network was compared with one of the authors' code.

A method that scores labels has its success in finding wrong ones in `metrics.jsonl`, and
`examples.csv` lists all training examples, the likeliest wrong labels first, with classes
by name. One with verdicts also declares labels wrong. In a warm-up it has no opinion:
nothing is measured then, and the list has empty scores and no order.
[Scores of labels](audit_scores.md) compares the scores, and [a
benchmark](../experiments/results/method_cost/cpu.md) has the cost of a step.
"""

_VERY_MANY_CLASSES = r"""## Very many classes

The targets of `elr`, `selc`, `car` and `nal` take $4 K$ bytes of each example: 4 TB for ten
million examples of 100,000 classes. `--method='elr(entries=32)'` and `car(entries=32)` keep
the $m = 32$ largest entries of a target and the mean of the others, $8 m + 4$ bytes for any
$K$; the sum stays what it was. What that changes on `digits100` with 40 % symmetric noise
after 40 epochs of one seed, as [measured](../experiments/results/sparse_targets/cpu.md)
against all entries: the largest difference of an entry of a target, and the mean total
variation between targets. Some targets end at another class; with an entry for each class
nothing changes.

{sparse_targets}
Which to take:

- Where $4 K$ bytes an example fit, the method that [the results](#results) favour.
- Where they do not, up to some thousand classes: `elr` or `car` with `entries`.
- Beyond: `marvel` or `marvel_plus`, with 17 bytes, or `aum` to score labels, with 8.
  `elr` fades there: it clips every entry of $p$ at $10^{{-4}}$, so that the likeliest of
  10,000 classes has at most half of a target, and of 100,000 at most a tenth. `car` learns
  little unless $\lambda$ is of the order of $K$.

We trained `elr`, `car` and `marvel` on 100 classes at most. All methods take the logits of
a batch, and none goes with `losses.fused_head`.
"""

_RESULTS = """\
## Results

Accuracy on clean test images in %, after the last epoch, with default hyperparameters: mean
± standard deviation over three seeds, or as many as the brackets say. An empty cell was not
run. `ogc`, `selc`, `nal` and `aum` are in no grid. Around cross-entropy:

{around_ce}
`meta`, which sees 1000 right labels that the other rows do not have:

{with_meta}
On digits, where cross-entropy memorises every wrong label in 40 epochs, each method around
it gains much under random noise, and all but `sr` gain under pair flips. On CIFAR-100 the
small network memorises hardly any random label in 30 epochs. There `elr` gains nothing, and
`marvel_plus` loses: half of the labels that it declares wrong are right ones that the
network has not learned yet. [How to choose a loss](choosing.md) draws the conclusions, and
[the results](results.md) have the losses.
"""


def main(argv):
  messages.only_flags(argv)
  PATH.write_text(page())


def page() -> str:
  """The page as Markdown."""
  sections = map(_section, methods.NAMES)
  results = _RESULTS.format(around_ce=_around_ce(), with_meta=_with_meta())
  lines = _SPARSE_TARGETS.read_text().splitlines(keepends=True)
  table = "".join(line for line in lines if line.startswith("|"))
  many = _VERY_MANY_CLASSES.format(sparse_targets=table)
  return "\n".join([_INTRODUCTION, _overview(), *sections, many, results])


def _overview():
  head = ["method", "formulas from", "memory of an example, in bytes", "beside"]
  head += ["finds wrong labels by"]
  rows = []
  for name in methods.NAMES:
    method = methods.parse(name).around(losses.cross_entropy)
    beside = [f"{method.num_extra_outputs} output"] * bool(method.num_extra_outputs)
    beside += [f"{method.num_clean:,} right labels"] * bool(method.num_clean)
    judges = ["scores"] * bool(method.scores) + ["verdicts"] * bool(method.declared)
    cells = memory(name), " and ".join(beside) or "-", " and ".join(judges) or "-"
    rows.append((f"[`{name}`](#{name})", WORDS[name].origin, *cells))
  return tables.markdown(head, rows)


def memory(name: str) -> str:
  """The bytes that a method keeps of each example, as a formula of K."""
  few, more = (_bytes(name, count) for count in (10, 20))
  slope = (more - few) // 10
  if few == slope * 10:
    return f"${slope} K$" if slope else "0"
  return f"{few}" if not slope else f"${slope} K + {few - 10 * slope}$"


def _bytes(name, num_classes, num_examples=8):
  method = methods.parse(name).around(losses.cross_entropy)
  labels = np.zeros(num_examples, np.int32)
  rows = jax.eval_shape(lambda: method.init(labels, num_classes)).examples
  return sum(x.size * x.dtype.itemsize for x in jax.tree.leaves(rows)) // num_examples


def _section(name):
  words, function = WORDS[name], methods.NAMES[name]
  test = f"[{words.test}.py](../tests/methods/{words.test}.py)"
  lines = [f"## {name}", "", docstrings.title(function), "", words.summary, ""]
  for formula in words.equation:
    lines += [f"$${formula}$$", ""]
  arguments = docstrings.arguments(function)
  lines += [f"- Memory of an example: {memory(name)} bytes."]
  lines += [
    f"- `{keyword}={default!r}`: {arguments[keyword]}"
    for keyword, default in methods.defaults(name).items()
  ]
  lines += [f"- Use: {words.use}", f"- Verified by {test}."]
  return "\n".join([*lines, "", f"Source: {papers.link(docstrings.source(function))}", ""])


def _around_ce():
  names = ["none", *methods.NAMES]
  return _table({evidence.Setting("ce", method=name): _label(name) for name in names})


def _with_meta():
  settings = [
    evidence.Setting(loss, schedule, method)
    for loss in ("gce", "mae")
    for schedule, method in (("none", "none"), ("constant", "none"), ("none", "meta"))
  ]
  return _table({setting: f"`{setting}`" for setting in settings})


def _label(name):
  return "cross-entropy" if name == "none" else f"`{name}`"


def _table(settings):
  """Accuracies of settings, in every cell that has a method among them."""
  of_methods = [s for s in settings if s.method != "none"]
  cells = dict.fromkeys(row.cell for row in evidence.rows() if row.setting in of_methods)
  by_cell = {cell: evidence.by_setting(cell) for cell in cells}
  shown = [s for s in settings if any(s in rows for rows in by_cell.values())]
  lines = [
    [str(cell), *(_accuracy(rows.get(setting)) for setting in shown), _grids(rows, shown)]
    for cell, rows in by_cell.items()
  ]
  return tables.markdown(["", *(settings[s] for s in shown), "runs"], lines)


def _accuracy(row):
  if row is None:
    return ""
  std = f" ± {100 * row.std:.1f}" if row.seeds > 1 else ""
  return f"{100 * row.accuracy:.1f}{std}" + f" ({row.seeds})" * (row.seeds != 3)


def _grids(rows, shown):
  grids = dict.fromkeys(rows[setting].grid for setting in shown if setting in rows)
  return ", ".join(f"[{grid}](../experiments/results/{grid}/README.md)" for grid in grids)


if __name__ == "__main__":
  command_line.run(main)

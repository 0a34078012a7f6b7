"""Writes docs/choosing.md, the page of how to choose a loss, from `analysis.recommend`.

  python -m experiments.pages.choosing

Its tables hold the recommendations beside all rows of `analysis.evidence`, which
`python -m experiments.pages.evidence` takes from the committed results.
"""

import json
import pathlib
import textwrap

from experiments.pages import regret
from noisy_jax import analysis
from noisy_jax.analysis import choice, evidence
from noisy_jax.cli import command_line, messages

PATH = pathlib.Path(__file__).parents[2] / "docs" / "choosing.md"

_EXAMPLE = (1000, "symmetric", 0.6, 40)
# A row of the decision table: in words, and as arguments after the number of classes.
_NOISE = {
  "none, or fewer than {long} epochs under any": (None, 0.0),
  "symmetric, up to half of the labels": ("symmetric", 0.4),
  "symmetric, more than half": ("symmetric", 0.6),
  "labels become one other class: `pairflip`, `asymmetric`": ("pairflip", None),
  "people's: `human`": ("human:worse", None),
  "not known, or `instance`, `matrix`, `file`, `open_set`": (None, None),
  "not known, but that more than half are wrong": (None, 0.6),
}
_CLASSES = {"up to {few} classes": 10, "up to {many}": 100, "more": 1000}
_RULES: dict[str, regret.Rule] = {
  "this page, told the noise": regret.recommendation,
  "this page, told nothing of it": regret.blind_recommendation,
  "`ce`": regret.always("ce"),
  "`gce`": regret.always("gce"),
  "`mae` with its bias": regret.always("mae", evidence.CONSTANT),
  "`gce`, fading bias": regret.always("gce", evidence.FADING),
  "`mae`, fading bias": regret.always("mae", evidence.FADING),
  "`ce` by `marvel_plus`": regret.always("ce", method="marvel_plus"),
  "`ce` by `elr`": regret.always("ce", method="elr"),
}

_PAGE = """\
# How to choose a loss

Made by `python -m experiments.pages.choosing`; a test fails when it is out of date.

`analysis.recommend` says what to train with, from the number of classes and from what is
known of noise, its rate and the epochs, with the reason and the runs that it rests on:

```pycon
>>> print(analysis.recommend({arguments}))
{example}
```

`python -m experiments.train --loss=auto` takes it: the classes are those of the data set,
noise and rate are those of the flags. Where the flags make no label wrong, labels may be so
all the same: the noise counts as not known. What was decided stands in the run's
config.json like any loss, and is printed as flags, with which the run can be repeated
whatever a later version recommends.

## The rule

{rule}

Without a method, `recommend(..., loss_alone=True)`: in a loop of one's own, or where a data
set is streamed and no method can remember its examples. `--loss=auto` does so there.

{alone}

A bias is the calibrated one, whatever the noise; [what fades, and why](fading_bias.md).
Methods have their default hyperparameters. An epoch is of about 40,000 images.

{reasons}

## How hard each loss pulls

![Pull of every loss against K](../experiments/results/figures/pulls.png)

The pull is the average error over the logits of a fresh network, by which training starts:
near 1 for cross-entropy on any number of classes. That of a bounded loss falls with K, as a
power of 1 / K or faster. The dotted line has all logits equal, which comes to the same but
for `polysoft`, and for `ece`, where the label ties for the largest logit. The logit bias
(dashed) gives back the pull of 10 classes, or there is none that does: `nce`, `nfl`, `ngce`
and `amse` pull weakly at every logit. In the yellow band a loss is marginal, and below it
stalls ([how well that predicts](../experiments/results/predictions/README.md)).

## What the rule loses

Every cell that was run: accuracy on clean test images in %, after the last epoch, and in
brackets by how many points the best row of the cell is ahead. `meta`, which sees right
labels, does not count as the best. Cells have from {fewest} to {most} settings: where few
were run, the best is not worth much.

{regrets}

So do other rules, each in the cells where it was run, and beside the best of these:

{rules}

## What is not known

{unknown}
"""


def main(argv):
  messages.only_flags(argv)
  PATH.write_text(page())


def page() -> str:
  """The page as Markdown."""
  sizes = [len(evidence.by_setting(cell)) for cell in regret.cells()]
  return _PAGE.format(
    arguments=", ".join(map(json.dumps, _EXAMPLE)),
    example=analysis.recommend(*_EXAMPLE),
    rule=_decisions(_NOISE, loss_alone=False),
    alone=_decisions(list(_NOISE)[1:], loss_alone=True),
    reasons=_reasons(),
    fewest=min(sizes),
    most=max(sizes),
    regrets=_regrets(),
    rules=_rules(),
    unknown=_unknown(),
  )


def _decisions(kinds, *, loss_alone):
  limits = dict(few=choice.FEW, many=choice.MANY, long=choice.LONG)
  rows = [["noise", *(words.format(**limits) for words in _CLASSES)]]
  for words in kinds:
    found = [
      analysis.recommend(count, *_NOISE[words], loss_alone=loss_alone)
      for count in _CLASSES.values()
    ]
    settings = [str(regret.setting(each)) for each in found]
    rows.append([words.format(**limits), *settings])
  return _table(rows)


def _reasons():
  reasons: dict[str, str] = {}
  for loss_alone in (False, True):
    for noise in _NOISE.values():
      for count in _CLASSES.values():
        found = analysis.recommend(count, *noise, loss_alone=loss_alone)
        reasons.setdefault(f"{regret.setting(found)} (`{found.flags}`)", found.reason)
  short = analysis.recommend(100, epochs=choice.LONG - 1)
  reasons["ce in short trainings"] = short.reason
  return "\n".join(_item(f"{words}: {reason}") for words, reason in reasons.items())


def _regrets():
  head = ["data set, network", "noise", "epochs", "best", "told the noise"]
  rows = [[*head, "told nothing of it", "cross-entropy", "runs"]]
  for cell in regret.cells():
    best, here = regret.best(cell), evidence.by_setting(cell)
    told, blind, plain = (
      regret.regret(rule, cell)
      for rule in (regret.recommendation, regret.blind_recommendation, regret.always("ce"))
    )
    rate = f" {cell.noise_rate:g}" if cell.noise_rate else ""
    links = [_link(grid) for grid in dict.fromkeys(row.grid for row in here.values())]
    row = [f"{cell.dataset}, {cell.network}", f"{cell.noise}{rate}", str(cell.epochs)]
    row += [f"{best.setting}: {_percent(best.accuracy)}"]
    row += [f"{each.setting}: {_result(each)}" for each in (told, blind)]
    rows.append([*row, _result(plain), ", ".join(links)])
  return _table(rows)


def _result(found):
  if found.row is None:
    return "not run"
  behind = f" ({found.points:.1f})" if found.points else ""
  return f"{_percent(found.row.accuracy)}{behind}"


def _rules():
  rows = [["rule", "cells", "points behind, on average", "at most", "there"]]
  for words, rule in _RULES.items():
    found = [(regret.regret(rule, cell), cell) for cell in regret.cells()]
    run = [(each.points, str(cell)) for each, cell in found if each.points is not None]
    mean = sum(points for points, _ in run) / len(run)
    most, where = max(run)
    rows.append([words, str(len(run)), f"{mean:.1f}", f"{most:.1f}", where])
  return _table(rows)


def _unknown():
  cells = regret.cells()
  ran_method = [
    cell
    for cell in cells
    if any(of.method not in ("none", "meta") for of in evidence.by_setting(cell))
  ]
  by_people = [cell for cell in cells if cell.noise.startswith("human")]
  one_other = [cell for cell in cells if cell.noise.startswith(("pairflip", "asymmetric"))]
  items = [
    f"All networks are {_listed(cell.network for cell in cells)}, all data sets "
    f"{_listed(cell.dataset for cell in cells)}.",
    f"The longest training has {max(cell.epochs for cell in cells)} epochs.",
    f"Methods were run on {_listed(cell.num_classes for cell in ran_method)} classes alone,"
    f" at a noise rate of {_listed(cell.noise_rate for cell in ran_method)}.",
    f"People's mistakes are in {_listed(by_people)}.",
    f"Labels become one other class in {_listed(one_other)}.",
    "The rule was not declared before these runs: it was written from most of them.",
  ]
  return "\n".join(map(_item, items))


def _item(text):
  return textwrap.fill(
    f"- {text}", 92, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
  )


def _link(grid):
  return f"[{grid}](../experiments/results/{grid}/README.md)"


def _listed(values):
  return " and ".join(map(str, dict.fromkeys(values)))


def _percent(accuracy):
  return f"{100 * accuracy:.1f}"


def _table(rows):
  rows = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
  return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
  command_line.run(main)

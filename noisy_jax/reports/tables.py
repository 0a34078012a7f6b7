"""Tables of finished runs in Markdown, with means and standard deviations over seeds."""

import collections
import math
import pathlib
import re
from collections.abc import Iterable, Sequence

import pandas as pd

from noisy_jax.reports import outcomes
from noisy_jax.sweeps import plan
from noisy_jax.sweeps.finished_runs import LEARNED, Run, read

_BLOCK = re.compile(r"(<!-- report:([\w./-]+) -->\n).*?(<!-- /report -->)", re.DOTALL)
# Captions of the columns of `outcomes.table`; {} stands for the test images.
_CAPTIONS = {
  "last": "accuracy on {} in %, after the last epoch",
  "best": "accuracy on {} in %, after the best epoch of each training",
  "top5": "{} in %, whose label is among the five likeliest classes after the last epoch",
  "extra": "accuracy on the extra test set in %, after the last epoch",
  "extra_top5": "images of the extra test set in %, whose label is among the five "
  "likeliest classes after the last epoch",
  "memorised": "wrong training labels that the network predicts after the last epoch, in %",
  "clean_auroc": "AUROC of the scores that tell right training labels from wrong ones, "
  "after the last epoch, in %",
  "declared_precision": "training labels that are wrong, of those declared so after the "
  "last epoch, in %",
  "declared_recall": "training labels declared wrong after the last epoch, of those that "
  "are, in %",
}


def accuracies(rows: pd.DataFrame, of: str = "last") -> str:
  """A Markdown table for each data set, losses by kinds of noise, with a caption.

  If there is only one kind of noise, the data sets are the columns of one table.

  Args:
    rows: the rows from `outcomes.table`.
    of: a column that has a `_std`, such as "last", "best" or "memorised".

  Returns:
    Markdown, numbers in per cent.
  """
  usual = rows.seeds.max()
  as_given = rows.dataset[~rows.labels_trusted].unique()
  what = _CAPTIONS[of].format("test images" if len(as_given) else "clean test images")
  caption = [what[0].upper() + what[1:]]
  if of == "best":
    caption[0] += f" on {' or '.join(rows.best_on.unique())}"
  if usual > 1:
    caption[0] += f": mean ± standard deviation over {usual} seeds of the training, with "
    caption[0] += "one draw of the noise"
  if (rows.seeds != usual).any():
    caption.append("in round brackets, another number of seeds")
  if len(as_given):
    caption.append(
      f"labels of {', '.join(as_given)} are as given: how many are wrong is not known, and "
      "wrong ones are here those that noise was put into"
    )
  if f"published_{of}" in rows:
    sources = rows.source[rows[f"published_{of}"].notna()].unique()
    if len(sources):
      caption.append(
        f"in square brackets, {'; '.join(sources)}, with the same network and as many "
        "epochs; other settings may differ"
      )
  rows = rows.assign(cell=[_cell(row, of, usual) for row in rows.itertuples()])
  kinds = list(rows.noise.unique())
  if len(kinds) == 1:
    none_added = kinds[0] in ("clean", "as given")
    title = "no noise added" if none_added else f"{kinds[0]} noise"
    tables = [_pivot(title, rows, "dataset")]
  else:
    by_dataset = rows.groupby("dataset", observed=True)
    tables = [_pivot(name, of_dataset, "noise") for name, of_dataset in by_dataset]
  return "\n".join(["; ".join(caption) + ".", *("\n" + table for table in tables)])


def coverage(runs: Sequence[Run], planned: plan.Plan) -> str:
  """A note on the number of finished runs of a grid, and on missing and failed runs.

  Args:
    runs: finished runs.
    planned: all runs of the grid.

  Returns:
    Markdown.
  """
  if len(runs) == planned.num_runs:
    return f"All {planned.num_runs:,} runs of the grid are finished.\n"
  finished = collections.Counter((run.dataset, run.noise) for run in runs)
  total: collections.Counter = collections.Counter()
  for cell in planned.cells:
    total[cell.dataset, cell.noise] += len(cell.seeds)
  count = f"{len(runs):,} of the {planned.num_runs:,} runs of the grid are finished"
  kinds = [(", ".join(kind), finished[kind], of) for kind, of in total.items()]
  failed = [f"`{name}` failed: {why}\n" for name, why in planned.failed.items()]
  return "\n".join([f"{count}:\n", markdown(["runs", "finished", "of"], kinds), *failed])


def learned(runs: Sequence[Run]) -> str:
  """A Markdown table of the numbers that methods learned; empty without any."""
  numbers = pd.DataFrame(
    [
      (f"{run.loss}: {name.removeprefix(LEARNED)}", _place(run), values[-1])
      for run in runs
      for name, values in run.method.items()
      if name.startswith(LEARNED)
    ],
    columns=["name", "place", "value"],
  )
  if numbers.empty:
    return ""
  last = numbers.groupby(["name", "place"], sort=False).value
  cells = last.mean().map("{:.4g}".format) + last.std().map(" ± {:.2g}".format)
  cells = cells.str.removesuffix(" ± nan").unstack(sort=False)
  places = dict.fromkeys(map(_place, runs))
  return _markdown("hyperparameter", cells.reindex(columns=list(places)).fillna("-"))


def markdown(header: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
  """A Markdown table."""
  lines = [[*header]]
  lines += [["---"] * len(lines[0]), *map(list, rows)]
  return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def fill(text: str, results: pathlib.Path) -> str:
  """A text with the tables between its markers as the results have them.

  Between `<!-- report:NAME -->` and `<!-- /report -->` come the accuracies of
  NAME/runs.jsonl after the last epoch; with NAME/DATASET, those on one data set.

  Args:
    text: Markdown.
    results: directory of NAME.

  Returns:
    The text; the same if it is up to date.

  Raises:
    ValueError: if a marker lacks its counterpart, or there is no such data set.
    OSError: if there are no such results.
  """
  count = len(_BLOCK.findall(text))
  if not count == text.count("<!-- report:") == text.count("<!-- /report -->"):
    raise ValueError("readme: every <!-- report:NAME --> must have its <!-- /report -->")

  def filled(match):
    name, _, dataset = match[2].partition("/")
    place = results / name
    found = outcomes.table(read(place / "runs.jsonl"), plan.read(place))
    if dataset:
      found = found[found.dataset == dataset]
    if found.empty:
      raise ValueError(f"readme: report:{match[2]}, must name a data set of {name}")
    return f"{match[1]}{accuracies(found)}{match[3]}"

  return _BLOCK.sub(filled, text)


def _cell(row, of, usual):
  mean, std = getattr(row, of), getattr(row, f"{of}_std")
  if math.isnan(mean):
    return "-"
  text = f"{100 * mean:.1f}" + ("" if math.isnan(std) else f" ± {100 * std:.1f}")
  text += f" ({row.seeds})" if row.seeds != usual else ""
  number = getattr(row, f"published_{of}", None)
  return f"{text} [{number}]" if isinstance(number, str) else text


def _pivot(title, rows, by):
  cells = rows.pivot(index="loss", columns=by, values="cell")
  return _markdown(title, cells.fillna("-"))


def _markdown(title, cells):
  return markdown([title, *cells.columns], cells.itertuples())


def _place(run):
  return f"{run.dataset}, {run.noise_in_words}"

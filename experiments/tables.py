"""Tables of finished runs, in Markdown: means and spreads over seeds."""

import collections
import pathlib
import re
import statistics
from collections.abc import Sequence
from typing import Any

from experiments import outcomes, plan
from experiments.runs import LEARNED, Run, read

_BLOCK = re.compile(r"(<!-- report:([\w./-]+) -->\n).*?(<!-- /report -->)", re.DOTALL)


def accuracies(rows: Sequence[outcomes.Row], of: str = "last") -> str:
  """A Markdown table for each data set, losses by kinds of noise, with a caption.

  Where there is one kind of noise, the data sets are the columns of one table.

  Args:
    rows: from `outcomes.rows`.
    of: "last" or "best" epoch, or "memorised" and so on, the field of `outcomes.Row`.

  Returns:
    Markdown, numbers in per cent.
  """
  usual = max(row.seeds for row in rows)
  sources = dict.fromkeys(
    row.source for row in rows if row.source and _published(row, of) is not None
  )
  as_given = dict.fromkeys(row.dataset for row in rows if not row.labels_trusted)
  test = "test images" if as_given else "clean test images"
  what = {
    "last": f"Accuracy on {test} in %, after the last epoch",
    "best": f"Accuracy on {test} in %, after the best epoch of each training "
    "(chosen by these images)",
    "top5": f"{test.capitalize()} in %, whose label is among the five likeliest classes "
    "after the last epoch",
    "extra": "Accuracy on the extra test set in %, after the last epoch",
    "extra_top5": "Images of the extra test set in %, whose label is among the five "
    "likeliest classes after the last epoch",
    "memorised": "Wrong training labels that the network predicts after the last epoch, "
    "in %",
    "clean_auroc": "AUROC of the scores that tell right training labels from wrong ones, "
    "after the last epoch, in %",
    "declared_precision": "Training labels that are wrong, of those declared so after the "
    "last epoch, in %",
    "declared_recall": "Training labels declared wrong after the last epoch, of those that "
    "are, in %",
  }[of]
  caption = [what]
  if any(row.seeds > 1 for row in rows):
    caption[0] += f": mean ± standard deviation over {usual} seeds of the training, with "
    caption[0] += "one draw of the noise"
  if any(row.seeds != usual for row in rows):
    caption.append("in round brackets, another number of seeds")
  if as_given:
    caption.append(
      f"labels of {', '.join(as_given)} are as given: how many are wrong is not known, and "
      "wrong ones are here those that noise was put into"
    )
  if sources:
    caption.append(
      f"in square brackets, {'; '.join(sources)}, with the same network and as many "
      "epochs; other settings may differ"
    )
  kinds = dict.fromkeys(row.noise for row in rows)
  if len(kinds) == 1:
    none_added = kinds.keys() & {"clean", "as given"}
    title = "no noise added" if none_added else f"{', '.join(kinds)} noise"
    tables = [_pivot(title, rows, "dataset", of, usual)]
  else:
    datasets = dict.fromkeys(row.dataset for row in rows)
    tables = [
      _pivot(name, [row for row in rows if row.dataset == name], "noise", of, usual)
      for name in datasets
    ]
  return "\n".join(["; ".join(caption) + ".", *("\n" + table for table in tables)])


def coverage(runs: Sequence[Run], planned: plan.Plan) -> str:
  """How many runs of a grid these are, which kinds are missing, and what failed.

  Args:
    runs: finished ones.
    planned: all of the grid.

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
  lines = [f"{count}:\n", "| | finished | of |", "| --- | --- | --- |"]
  lines += [f"| {', '.join(k)} | {finished[k]} | {of} |" for k, of in total.items()]
  lines += ["", *(f"`{name}` failed: {why}\n" for name, why in planned.failed.items())]
  return "\n".join(lines)


def learned(runs: Sequence[Run]) -> str:
  """A Markdown table of what methods learned beside the network; empty without any."""
  places = dict.fromkeys(f"{run.dataset}, {run.noise_in_words}" for run in runs)
  last: dict[tuple[str, str], dict[str, list]] = {}
  for run in runs:
    for name, values in run.method.items():
      if name.startswith(LEARNED):
        row = last.setdefault((run.loss, name.removeprefix(LEARNED)), {})
        row.setdefault(f"{run.dataset}, {run.noise_in_words}", []).append(values[-1])
  if not last:
    return ""
  lines = [f"| | {' | '.join(places)} |", "| --- |" + " --- |" * len(places)]
  for (loss, name), by_place in last.items():
    cells = [_spread(by_place[place]) if place in by_place else "-" for place in places]
    lines.append(f"| {loss}: {name} | {' | '.join(cells)} |")
  return "\n".join(lines) + "\n"


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
    found = outcomes.rows(read(results / name / "runs.jsonl"))
    if dataset:
      found = [row for row in found if row.dataset == dataset]
    if not found:
      raise ValueError(f"readme: report:{match[2]}, must name a data set of {name}")
    return f"{match[1]}{accuracies(found)}{match[3]}"

  return _BLOCK.sub(filled, text)


def _spread(values):
  std = outcomes.std(values)
  return f"{statistics.fmean(values):.4g}" + ("" if std is None else f" ± {std:.2g}")


def _published(row, of):
  return getattr(row, f"published_{of}", None)


def _pivot(title, rows, by, of, usual) -> str:
  columns = dict.fromkeys(getattr(row, by) for row in rows)
  cells = {(row.loss, getattr(row, by)): _cell(row, of, usual) for row in rows}
  lines = [f"| {title} | {' | '.join(columns)} |", "| --- |" + " --- |" * len(columns)]
  for loss in dict.fromkeys(row.loss for row in rows):
    shown = " | ".join(cells.get((loss, column), "-") for column in columns)
    lines.append(f"| {loss} | {shown} |")
  return "\n".join(lines) + "\n"


def _cell(row: Any, of: str, usual: int) -> str:
  mean, std = getattr(row, of), getattr(row, f"{of}_std")
  if mean is None:
    return "-"
  text = f"{100 * mean:.1f}" + ("" if std is None else f" ± {100 * std:.1f}")
  text += f" ({row.seeds})" if row.seeds != usual else ""
  number = _published(row, of)
  return text + (f" [{number}]" if number else "")

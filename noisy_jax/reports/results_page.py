"""The directory of results that a sweep came to: page, table, runs and figures."""

import pathlib
import re
from collections.abc import Sequence

from noisy_jax.reports import legend, outcomes, result_figures, tables
from noisy_jax.sweeps import finished_runs, plan

# By this line a page is known for one that may be replaced.
_MADE_BY = "    python -m experiments.report --runs="
_SECTIONS = {
  "top5": "Top-5 accuracy",
  "extra": "Extra test set",
  "extra_top5": "Extra test set: top-5 accuracy",
  "memorised": "Memorised",
  "clean_auroc": "Scores",
  "declared_precision": "Declared wrong: precision",
  "declared_recall": "Declared wrong: recall",
}


def write(
  found: Sequence[finished_runs.Run],
  planned: plan.Plan,
  out_dir: pathlib.Path,
  swept: pathlib.Path | None = None,
) -> None:
  """Writes the page, the table, the runs, their plan and the figures.

  Args:
    found: finished runs.
    planned: the runs that the grid has.
    out_dir: a directory, made if missing. Figures that an older report drew, and this one
      does not, are removed.
    swept: as `text` takes it.

  Raises:
    OSError: if the directory has a page that no report wrote, or cannot be written to.
  """
  older = _drawn_before(out_dir)
  out_dir.mkdir(parents=True, exist_ok=True)
  drawn = result_figures.draw(found)
  for name, figure in drawn.items():
    figure.savefig(out_dir / f"{name}.png", dpi=200)
  finished_runs.write(found, out_dir / "runs.jsonl")
  plan.write(planned, out_dir)
  (out_dir / "results.csv").write_text(outcomes.to_csv(outcomes.table(found, planned)))
  (out_dir / "README.md").write_text(text(found, planned, out_dir, list(drawn), swept))
  for name in older - drawn.keys():
    (out_dir / f"{name}.png").unlink(missing_ok=True)


def text(
  found: Sequence[finished_runs.Run],
  planned: plan.Plan,
  out_dir: pathlib.Path,
  drawn: Sequence[str],
  swept: pathlib.Path | None = None,
) -> str:
  """The page of a directory of results.

  Args:
    found: finished runs.
    planned: the runs that the grid has.
    out_dir: the directory, by the path that the page gives it.
    drawn: names of the figures that lie beside the page.
    swept: where the sweep left the runs; None where that is not known: a directory of this
      name in runs.

  Returns:
    Markdown.
  """
  rows, name = outcomes.table(found, planned), out_dir.resolve().name
  swept = swept or pathlib.Path("runs", name)
  machines = dict.fromkeys(
    f"JAX {run.versions['jax']} ({run.versions['devices']})" for run in found
  )
  parts = [
    f"# {name}\n",
    f"{_MADE_BY}{out_dir / 'runs.jsonl'} --out_dir={out_dir}\n",
    "makes this page from the runs beside it, which\n",
    f"    python -m experiments.sweep --grid={planned.grid} --out_dir={swept}\n",
    f"trained with {'; '.join(machines)}. {tables.coverage(found, planned)}",
    "All have these settings, and else the defaults:\n",
    f"    {legend.settings(found)}\n",
    legend.table(found, rows),
    f"## Last epoch\n\n{tables.accuracies(rows)}",
    f"## Best epoch\n\n{tables.accuracies(rows, 'best')}",
  ]
  for name, title in _SECTIONS.items():
    # Where there is no extra test set, the likeliest class is enough.
    told = rows[rows[name].notna() & ((name != "top5") | rows.extra.notna())]
    if len(told):
      parts.append(f"## {title}\n\n{tables.accuracies(told, name)}")
  if learned := tables.learned(found):
    parts.append(
      "## Learned\n\nHyperparameters after the last epoch, mean ± standard deviation over "
      f"seeds.\n\n{learned}"
    )
  if drawn:
    links = "\n".join(f"![{figure}]({figure}.png)\n" for figure in drawn)
    parts.append(
      f"## Figures\n\nMeans over seeds; bands are a standard deviation.\n\n{links}"
    )
  return "\n".join(parts)


def _drawn_before(out_dir):
  """Names of the figures on the page that an older report left in a directory."""
  path = out_dir / "README.md"
  if not path.exists():
    return set()
  text = path.read_text(errors="replace")
  if _MADE_BY not in text:
    raise OSError(f"out_dir: {path} was not made by a report, must not be overwritten")
  return set(re.findall(r"!\[[^]]*\]\(([^()/]+)[.]png\)", text))

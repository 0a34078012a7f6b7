"""The directory of a sweep's results: page, table, runs and figures."""

import pathlib
import re
from collections.abc import Sequence

from noisy_jax.reports import legend, outcomes, result_figures, tables
from noisy_jax.sweeps import finished_runs, plan

# A page with this line was made by a report, and may be replaced.
_MADE_BY = "    python -m experiments.report --runs="
# So begins a table that a report made.
_HEADING = "dataset,num_classes,noise,"
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
    planned: all runs of the grid.
    out_dir: a directory, which is made if missing. Figures of an older report that this one
      does not draw are removed.
    swept: directory of the sweep, as in `text`.

  Raises:
    OSError: if the directory has a page or a table that no report wrote, or cannot be
      written to.
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
    planned: all runs of the grid.
    out_dir: the directory of results, by its path on the page.
    drawn: names of the figures beside the page.
    swept: directory of the sweep; None if it is unknown, for runs/NAME with the name of
      `out_dir`.

  Returns:
    Markdown.
  """
  rows, name = outcomes.table(found, planned), out_dir.resolve().name
  swept = swept or pathlib.Path("runs", name)
  machines = dict.fromkeys(
    f"JAX {run.versions['jax']} ({run.versions['devices']})" for run in found
  )
  best_on = " or ".join(rows.best_on.unique())
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
    f"## Best epoch on {best_on}\n\n{tables.accuracies(rows, 'best')}",
  ]
  for name, title in _SECTIONS.items():
    # Without a second test set, the page leaves out top-5 accuracies.
    shown = rows[rows[name].notna() & ((name != "top5") | rows.extra.notna())]
    if len(shown):
      parts.append(f"## {title}\n\n{tables.accuracies(shown, name)}")
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
  """Names of the figures on the page of an older report in a directory."""
  path, table = out_dir / "README.md", out_dir / "results.csv"
  if not path.exists():
    if table.exists() and not table.read_text(errors="replace").startswith(_HEADING):
      raise OSError(f"out_dir: {table} was not made by a report, must not be overwritten")
    return set()
  text = path.read_text(errors="replace")
  if _MADE_BY not in text:
    raise OSError(f"out_dir: {path} was not made by a report, must not be overwritten")
  return set(re.findall(r"!\[[^]]*\]\(([^()/]+)[.]png\)", text))

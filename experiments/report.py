r"""Makes tables and figures from the runs of a sweep.

  python -m experiments.report --runs=runs/classes --out_dir=experiments/results/classes
  python -m experiments.report --readme=README.md

The first writes README.md, results.csv, figures, and runs.jsonl, from which the same
command makes all of them again. The second renews the tables between the markers of a
page, from experiments/results.
"""

import functools
import pathlib
import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from absl import app, flags

from experiments import messages, outcomes, runs, tables
from noisy_jax.analysis import figures

if TYPE_CHECKING:
  from matplotlib.figure import Figure

_text = functools.partial(flags.DEFINE_string, allow_override=True)
_RUNS = _text("runs", None, "The out_dir of a sweep, or a runs.jsonl made of it.")
_OUT_DIR = _text("out_dir", None, "Where tables and figures go, replacing older ones.")
_README = _text("readme", None, "A page whose tables between markers are to be renewed.")

_RESULTS = pathlib.Path(__file__).parent / "results"
_ACCURACY = "accuracy on clean test images (%)"
_BY_EPOCH = {
  "test_accuracy": _ACCURACY,
  "memorised": "wrong labels that are predicted (%)",
  "clean_auroc": "AUROC of the scores of labels (%)",
  "declared_precision": "declared labels that are wrong (%)",
  "declared_recall": "wrong labels that are declared (%)",
}
_SECTIONS = {
  "memorised": "Memorised",
  "clean_auroc": "Scores",
  "declared_precision": "Declared wrong: precision",
  "declared_recall": "Declared wrong: recall",
}


def report(found: Sequence[runs.Run], out_dir: pathlib.Path) -> None:
  """Writes the page, the table, the runs and the figures.

  Args:
    found: finished runs.
    out_dir: a directory, made if missing.
  """
  out_dir.mkdir(parents=True, exist_ok=True)
  drawn = draw(found)
  for name, figure in drawn.items():
    figure.savefig(out_dir / f"{name}.png", dpi=200)
  runs.write(found, out_dir / "runs.jsonl")
  (out_dir / "results.csv").write_text(outcomes.to_csv(outcomes.rows(found)))
  (out_dir / "README.md").write_text(page(found, out_dir.name, list(drawn)))


def page(found: Sequence[runs.Run], name: str, drawn: Sequence[str]) -> str:
  """The page of a directory of results.

  Args:
    found: finished runs.
    name: of the directory.
    drawn: names of the figures that lie beside the page.

  Returns:
    Markdown.
  """
  rows, place = outcomes.rows(found), f"experiments/results/{name}"
  machines = dict.fromkeys(
    f"{run.versions['devices']}, JAX {run.versions['jax']}" for run in found
  )
  parts = [
    f"# {name}\n",
    f"    python -m experiments.report --runs={place}/runs.jsonl --out_dir={place}\n",
    "makes this page from the runs beside it, which experiments.sweep trained on\n"
    f"{'; '.join(machines)}. All have these settings, and else the defaults:\n",
    f"    {tables.settings(found)}\n",
    tables.definitions(rows),
    f"## Last epoch\n\n{tables.accuracies(rows)}",
    f"## Best epoch\n\n{tables.accuracies(rows, 'best')}",
  ]
  for name, title in _SECTIONS.items():
    told = [row for row in rows if getattr(row, name) is not None]
    if told:
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


def draw(found: Sequence[runs.Run]) -> "dict[str, Figure]":
  """All figures for which there are at least two points on the x axis, by name."""
  drawn = {}
  for name in dict.fromkeys(name for run in found for name in run.by_epoch):
    own = [run for run in found if len(run.test_accuracy) > 1]
    own = [run for run in own if any(x is not None for x in run.by_epoch.get(name, []))]
    for dataset, of_dataset in _split(own, _figure_of(own)).items():
      panels = [
        figures.ResultsPanel(title, _by_loss(of_panel, _epochs(name)))
        for title, of_panel in _split(
          of_dataset, lambda run: f"{run.dataset}, {run.noise}"
        ).items()
      ]
      drawn[name + dataset] = figures.results_by_loss(
        panels,
        x_label="epoch",
        y_label=_BY_EPOCH.get(name, name.replace("_", " ")),
        in_percent=name in _BY_EPOCH,
      )
  kinds = _split(_with_clean(found), lambda run: f"{run.dataset}, {run.config['noise']}")
  panels = [
    figures.ResultsPanel(
      title, _by_loss(own, _points(lambda run: run.config["noise_rate"]))
    )
    for title, own in kinds.items()
    if len({run.config["noise_rate"] for run in own}) > 1
  ]
  if panels:
    drawn["noise_rate"] = figures.results_by_loss(
      panels, x_label="noise rate", y_label=_ACCURACY
    )
  panels = [
    figures.ResultsPanel(
      noise, _by_loss(own, _points(lambda run: run.summary["num_classes"]))
    )
    for noise, own in _split(found, lambda run: run.noise).items()
    if len({run.summary["num_classes"] for run in own}) > 1
  ]
  if panels:
    drawn["classes"] = figures.results_by_loss(
      panels, x_label="number of classes $K$", y_label=_ACCURACY, log_x=True
    )
  return drawn


def _figure_of(found) -> Callable[[runs.Run], str]:
  """Panels are kinds of noise, in a figure for each data set, or else data sets."""
  if len({run.noise for run in found}) == 1:
    return lambda run: ""
  return lambda run: "_" + re.sub("[^a-z0-9]+", "-", run.dataset.lower())


def _with_clean(found):
  """The runs, those without noise once for each kind of noise: its rate of 0."""
  kinds = dict.fromkeys(run.config["noise"] for run in found if run.noise != "clean")
  for run in found:
    if run.noise != "clean":
      yield run
      continue
    for kind in kinds:
      yield run._replace(config={**run.config, "noise": kind})


def _split(found, key):
  parts: dict = {}
  for run in found:
    parts.setdefault(key(run), []).append(run)
  return parts


def _by_loss(found, curve: Callable) -> dict[str, figures.Curve]:
  return {loss: curve(own) for loss, own in _split(found, lambda run: run.loss).items()}


def _epochs(name):
  def curve(own):
    values = np.array([run.by_epoch[name] for run in own], float)
    return _curve(np.arange(1, values.shape[1] + 1), list(values.T))

  return curve


def _points(x):
  def curve(own):
    by_x = _split(own, x)
    values = [[run.summary["test_accuracy"] for run in by_x[key]] for key in sorted(by_x)]
    return _curve(np.array(sorted(by_x)), values)

  return curve


def _curve(x, values):
  """`values` has those of all seeds, for each x."""
  spread = [np.std(of_x, ddof=1) if len(of_x) > 1 else np.nan for of_x in values]
  return figures.Curve(x, np.array([np.mean(of_x) for of_x in values]), np.array(spread))


def _renew(readme):
  try:
    text = readme.read_text()
  except (OSError, ValueError) as error:
    raise OSError(f"readme: {readme} cannot be read ({error})") from error
  readme.write_text(tables.fill(text, _RESULTS))


def main(argv):
  messages.only_flags(argv)
  if not (_OUT_DIR.value if _RUNS.value else _README.value):
    sys.exit("error: --runs and --out_dir must be given, or --readme")
  try:
    if _RUNS.value:
      report(runs.read(pathlib.Path(_RUNS.value)), pathlib.Path(_OUT_DIR.value))
    if _README.value:
      _renew(pathlib.Path(_README.value))
  except (ValueError, OSError) as error:
    messages.fail(error)


if __name__ == "__main__":
  app.run(main)

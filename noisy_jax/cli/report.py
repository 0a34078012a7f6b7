r"""Makes tables and figures from the runs of a sweep.

  noisy-jax report --runs=runs/classes --out_dir=experiments/results/classes
  noisy-jax report --readme=README.md

The first command writes README.md, results.csv, figures, runs.jsonl and grid.json; from the
last two, the same command makes all of them again. The second command renews the tables
between the markers of a page, from the experiments/results of a checkout.
"""

import functools
import pathlib
import sys

from noisy_jax.cli import messages, path_flags
from noisy_jax.reports import results_page, tables
from noisy_jax.sweeps import finished_runs, plan

_path = functools.partial(path_flags.define, allow_override=True)
_RUNS = _path("runs", None, "The out_dir of a sweep, or the runs.jsonl of a report.")
_OUT_DIR = _path("out_dir", None, "Directory for tables and figures; replaces older ones.")
_README = _path("readme", None, "Page whose tables between markers to renew.")


def _renew(readme):
  if not finished_runs.RESULTS.is_dir():
    raise OSError(
      f"readme: {readme}, must be left out of an installed noisy_jax: only a checkout of "
      "its repository has experiments/results"
    )
  try:
    text = readme.read_text()
  except (OSError, ValueError) as error:
    raise OSError(f"readme: {readme} cannot be read ({error})") from error
  readme.write_text(tables.fill(text, finished_runs.RESULTS))


def main(argv):
  messages.only_flags(argv)
  if not (_OUT_DIR.value if _RUNS.value else _README.value):
    sys.exit("error: --runs and --out_dir must be given, or --readme")
  with messages.ending_in_one_line(ValueError, OSError):
    if _RUNS.value:
      place = pathlib.Path(_RUNS.value)
      swept = place if place.is_dir() else None
      found, planned = finished_runs.read(place), plan.read(swept or place.parent)
      results_page.write(found, planned, pathlib.Path(_OUT_DIR.value), swept)
    if _README.value:
      _renew(pathlib.Path(_README.value))

r"""Trains all runs of a grid, in one process or several; may be stopped and repeated.

  noisy-jax sweep --grid=classes --out_dir=runs/classes
  noisy-jax report --runs=runs/classes --out_dir=experiments/results/classes

A run has the directory OUT/CELL/seedN, where CELL names data set, noise and loss. The sweep
skips finished runs, goes on with stopped ones, and leaves runs of another process to it. A
failed run leaves failed.json in its directory, and is tried again once that file is gone.
"""

import functools
import pathlib
import sys

from absl import flags

from noisy_jax.cli import messages, path_flags
from noisy_jax.sweeps import cells, grids, jobs, sweeper

# Other commands have some of these too, and tests import several.
_text = functools.partial(flags.DEFINE_string, allow_override=True)
_path = functools.partial(path_flags.define, allow_override=True)
_GRID = _text("grid", None, f"A YAML file, or one of {', '.join(grids.GRIDS)}.")
_OUT_DIR = _path("out_dir", None, "Directory of the grid's runs, another for each grid.")
_DATA_DIR = _path("data_dir", None, "Directory of prepared TFDS sets.")
_FILTER = _text(
  "filter", "", "Regular expression that selects runs by their name CELL/seedN."
)
_DRY_RUN = flags.DEFINE_bool(
  "dry_run", False, "Whether to list the runs and their time, and train nothing."
)


def main(argv):
  messages.only_flags(argv)
  if _GRID.value is None or _OUT_DIR.value is None:
    sys.exit("error: --grid and --out_dir must be given; -h says what they are")
  out_dir = pathlib.Path(_OUT_DIR.value)
  with messages.ending_in_one_line(ValueError, OSError):
    all_cells = cells.load(_GRID.value)
    selected = cells.select(all_cells, _FILTER.value)
    if _DRY_RUN.value:
      print(jobs.listing(out_dir, jobs.of_cells(selected)))
      return
    messages.make_out_dir(out_dir)
    sweeper.write_plan(out_dir, _GRID.value, all_cells)
    failures = sweeper.sweep(selected, out_dir, _DATA_DIR.value)
  print(jobs.progress(out_dir, jobs.of_cells(selected)))
  for name, message in failures.items():
    print(f"failed: {name}: {message}")
  if failures:
    sys.exit(f"error: {len(failures)} runs failed")

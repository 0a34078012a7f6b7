r"""Trains all runs of a grid; may be stopped, repeated, and run in several processes.

  python -m experiments.sweep --grid=classes --out_dir=runs/classes
  python -m experiments.report --runs=runs/classes --out_dir=experiments/results/classes

A run has the directory OUT/CELL/seedN, where CELL names data set, noise and loss. What is
done is skipped, what was stopped goes on, and what another process trains is left to it. A
run that fails leaves failed.json there, and is tried again when that file is gone.
"""

import dataclasses
import functools
import json
import pathlib
import sys
import time
from collections.abc import Sequence

import jax
from absl import flags, logging

from experiments import (
  cells,
  command_line,
  compilation_cache,
  grids,
  jobs,
  messages,
  path_flags,
  plan,
)
from noisy_jax import runs, training
from noisy_jax.analysis.calibration import NoRootError

# Other commands have some of these too, and tests import several.
_text = functools.partial(flags.DEFINE_string, allow_override=True)
_path = functools.partial(path_flags.define, allow_override=True)
_GRID = _text("grid", None, f"A YAML file, or one of {', '.join(grids.GRIDS)}.")
_OUT_DIR = _path("out_dir", None, "Directory of the grid's runs, another for each grid.")
_DATA_DIR = _path("data_dir", None, "Where TFDS finds prepared data sets.")
_FILTER = _text(
  "filter", "", "Regular expression: only runs that have it in their name CELL/seedN."
)
_DRY_RUN = flags.DEFINE_bool(
  "dry_run", False, "List the runs and the time they will take; train nothing."
)

_WAIT_SECONDS = 30
# The settings that decide how a data set is read.
_OF_DATA = ("dataset", "image_size", "on_bad_image", "max_memory_gb")


def sweep(
  selected: Sequence[cells.Cell], out_dir: pathlib.Path, data_dir: str | None = None
) -> dict[str, str]:
  """Trains all runs that are neither done nor failed.

  Args:
    selected: the cells of the runs.
    out_dir: directory of the grid's runs.
    data_dir: where TFDS finds prepared sets.

  Returns:
    The message of each run that failed, now or before, by its name.

  Raises:
    ValueError: if a config does not fit its data set or this machine.
    OSError: if a directory holds another run or cannot be written to, or a data set is
      not there.
    runs.Stopped: after SIGTERM or Ctrl-C, when the moment is saved.
  """
  all_jobs = jobs.of_cells(selected)
  # This also refuses directories with other runs, before anything is trained.
  left = [job for job in all_jobs if jobs.pending(out_dir, job)]
  while left:
    in_use = []
    for job in left:
      title = f"{jobs.progress(out_dir, all_jobs)} | {job.cell.slug}  "
      if not _train(job, out_dir, data_dir, title):
        in_use.append(job)
    if len(in_use) == len(left):
      print(f"waiting for another process: it trains {in_use[0].cell.slug}", flush=True)
      time.sleep(_WAIT_SECONDS)
    left = in_use
  return plan.failures(out_dir, _planned(selected))


def _train(job, out_dir, data_dir, title):
  """Trains what is pending in a job; False if another process has it."""
  seeds, place = jobs.pending(out_dir, job), out_dir / job.cell.slug
  if not seeds:
    return True
  config = dataclasses.replace(job.cell.config, seed=seeds[0])
  settings = tuple((name, getattr(config, name)) for name in _OF_DATA)
  try:
    dataset = _dataset(settings, data_dir)
    workdirs = [runs.seed_workdir(place, seed) for seed in seeds]
    task = runs.prepare(config, data_dir=data_dir, dataset=dataset, workdirs=workdirs)
    if len(seeds) == 1:
      runs.run(task, workdirs[0], title=title)
    elif not dataset.is_streamed:
      runs.run_seeds(task, seeds, place, title=title)
    else:
      # A stream feeds one network.
      return _train_alone(job, seeds, out_dir, data_dir, title)
  except (runs.InUseError, FileExistsError):
    # It exists if the other process has finished it since we looked.
    return False
  except runs.ApartError:
    # Some have gone on alone since another failed, or a sweep with fewer seeds was stopped.
    return _train_alone(job, seeds, out_dir, data_dir, title)
  except (FloatingPointError, NoRootError, jax.errors.JaxRuntimeError) as error:
    if isinstance(error, jax.errors.JaxRuntimeError) and not messages.out_of_memory(error):
      raise
    if len(seeds) > 1:
      # One network failed that shares its program, or all together take too much memory.
      return _train_alone(job, seeds, out_dir, data_dir, title)
    message = messages.out_of_memory(error) or str(error)
    workdir = runs.seed_workdir(place, seeds[0])
    workdir.mkdir(parents=True, exist_ok=True)
    (workdir / plan.FAILED).write_text(json.dumps({"message": message}) + "\n")
    print(f"{job.cell.slug}/seed{seeds[0]} failed: {message}", flush=True)
  return True


def _train_alone(job, seeds, out_dir, data_dir, title):
  alone = [jobs.Job(job.cell, (seed,)) for seed in seeds]
  trained = [_train(one, out_dir, data_dir, title) for one in alone]
  return all(trained)


# One set at a time: that of the runs at hand.
@functools.lru_cache(maxsize=1)
def _dataset(settings, data_dir):
  return training.open_dataset(training.TrainConfig(**dict(settings)), data_dir)


def _planned(all_cells):
  return [
    plan.Planned(cell.slug, cell.dataset, cell.noise, cell.loss, cell.seeds)
    for cell in all_cells
  ]


def _write_plan(out_dir, grid, all_cells):
  """Leaves what the report cannot tell from the runs: their names, and those missing."""
  try:
    out_dir.mkdir(parents=True, exist_ok=True)
    plan.write(plan.Plan(grid, _planned(all_cells), {}), out_dir)
  except OSError as error:
    raise OSError(f"out_dir: {error}") from error


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
    _write_plan(out_dir, _GRID.value, all_cells)
    failures = sweep(selected, out_dir, _DATA_DIR.value)
  print(jobs.progress(out_dir, jobs.of_cells(selected)))
  for name, message in failures.items():
    print(f"failed: {name}: {message}")
  if failures:
    sys.exit(f"error: {len(failures)} runs failed")


if __name__ == "__main__":
  # At level INFO, JAX tells which accelerators it did not find.
  logging.set_verbosity(logging.WARNING)
  compilation_cache.enable()
  command_line.run(main)

"""Training the unfinished runs of a grid, possibly beside other processes."""

import dataclasses
import functools
import json
import pathlib
import time
from collections.abc import Sequence

import jax

from noisy_jax import runs, training
from noisy_jax.analysis.calibration import NoRootError
from noisy_jax.sweeps import cells, jobs, plan
from noisy_jax.training import placement

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
    data_dir: directory of prepared TFDS sets.

  Returns:
    The messages of all failed runs, also of earlier calls, by their names.

  Raises:
    ValueError: if a config does not fit its data set or this machine.
    OSError: if a directory holds another run or cannot be written to, or a data set is
      not there.
    runs.Stopped: after SIGTERM or Ctrl-C, when the state is saved.
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
  """Trains the pending runs of a job; returns False if another process has them."""
  seeds, place = jobs.pending(out_dir, job), out_dir / job.cell.slug
  if not seeds:
    return True
  config = dataclasses.replace(job.cell.config, seed=seeds[0])
  settings = tuple((name, getattr(config, name)) for name in _OF_DATA)
  try:
    dataset = _dataset(settings, data_dir)
    workdirs = [runs.seed_workdir(place, seed) for seed in seeds]
    setup = runs.prepare(config, data_dir=data_dir, dataset=dataset, workdirs=workdirs)
    if len(seeds) == 1:
      runs.run(setup, workdirs[0], title=title)
    elif not dataset.is_streamed:
      runs.run_seeds(setup, seeds, place, title=title)
    else:
      # A stream feeds one network.
      return _train_alone(job, seeds, out_dir, data_dir, title)
  except (runs.InUseError, FileExistsError):
    # FileExistsError: another process has finished the run since we looked.
    return False
  except runs.ApartError:
    # Some seeds went on alone after one failed, or a sweep with fewer seeds was stopped.
    return _train_alone(job, seeds, out_dir, data_dir, title)
  except (FloatingPointError, NoRootError, jax.errors.JaxRuntimeError) as error:
    if isinstance(error, jax.errors.JaxRuntimeError) and not placement.out_of_memory(error):
      raise
    if len(seeds) > 1:
      # One of the networks of this program failed, or all together take too much memory.
      return _train_alone(job, seeds, out_dir, data_dir, title)
    message = placement.out_of_memory(error) or str(error)
    workdir = runs.seed_workdir(place, seeds[0])
    workdir.mkdir(parents=True, exist_ok=True)
    (workdir / plan.FAILED).write_text(json.dumps({"message": message}) + "\n")
    print(f"{job.cell.slug}/seed{seeds[0]} failed: {message}", flush=True)
  return True


def _train_alone(job, seeds, out_dir, data_dir, title):
  alone = [jobs.Job(job.cell, (seed,)) for seed in seeds]
  trained = [_train(one, out_dir, data_dir, title) for one in alone]
  return all(trained)


def _check_other_grid(out_dir, grid, all_cells):
  try:
    held = plan.read(out_dir)
  except OSError:
    return  # there is none, or a killed sweep has written half of it
  if held.grid == grid:
    return  # its author may take cells out
  slugs = {cell.slug for cell in all_cells}
  for cell in held.cells:
    if cell.slug not in slugs and (out_dir / cell.slug).exists():
      raise FileExistsError(
        f"out_dir: {out_dir} holds runs of the grid {held.grid} that are not in {grid}, "
        f"such as {cell.slug}; choose another"
      )


# Keeps one data set in memory, that of the current runs.
@functools.lru_cache(maxsize=1)
def _dataset(settings, data_dir):
  return training.open_dataset(training.TrainConfig(**dict(settings)), data_dir)


def _planned(all_cells):
  return [
    plan.Planned(cell.slug, cell.dataset, cell.noise, cell.loss, cell.seeds)
    for cell in all_cells
  ]


def write_plan(out_dir, grid, all_cells):
  """Writes grid.json, from which the report takes names of runs, and the missing runs.

  Raises:
    OSError: if a directory holds another run, the runs of another grid would lose their
      plan, or the file cannot be written.
  """
  for job in jobs.of_cells(all_cells):
    # Refuses other runs, which would lose their plan.
    jobs.pending(out_dir, job)
  _check_other_grid(out_dir, grid, all_cells)
  try:
    plan.write(plan.Plan(grid, _planned(all_cells), {}), out_dir)
  except OSError as error:
    raise OSError(f"out_dir: {error}") from error

"""The unfinished runs in a directory, and an estimate of their time."""

import collections
import contextlib
import dataclasses
import datetime
import functools
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from noisy_jax import models, runs, training
from noisy_jax.sweeps import finished_runs, json_files, plan
from noisy_jax.sweeps.cells import Cell

# Settings that do not change the cost of a run.
_OF_NO_COST = (
  "logit_bias",
  "noise",
  "noise_rate",
  "noise_seed",
  "seed",
  "epochs",
  "chosen",
)
_DEFAULTS = dataclasses.asdict(training.TrainConfig())


class Job(NamedTuple):
  """Runs of one cell that are trained in one program.

  Attributes:
    cell: the cell of the runs.
    seeds: the seeds of the runs.
  """

  cell: Cell
  seeds: tuple[int, ...]


class Rates(NamedTuple):
  """Seconds of an epoch of one network, mean over finished runs.

  Attributes:
    by_loss: means over runs that are equal except in bias, noise, seed and epochs.
    by_kind: means over runs that are equal except in these and the loss.
    elsewhere: whether the runs are those of the results in this repository, perhaps from
      another machine.
  """

  by_loss: Mapping[str, float]
  by_kind: Mapping[str, float]
  elsewhere: bool


def of_cells(cells: Sequence[Cell]) -> list[Job]:
  """Cells as jobs: all seeds at once for the MLP, one by one for larger networks."""
  return [
    Job(cell, seeds)
    for cell in cells
    for seeds in ([cell.seeds] if _together(cell.config.model) else zip(cell.seeds))
  ]


def state(out_dir: pathlib.Path, cell: Cell, seed: int) -> str:
  """The state of a run.

  Args:
    out_dir: directory of the grid's runs.
    cell: the run's cell.
    seed: the run's seed.

  Returns:
    done, failed, stopped (or running), or new.

  Raises:
    OSError: if the run's directory holds another run.
  """
  workdir = runs.seed_workdir(out_dir / cell.slug, seed)
  config = dataclasses.replace(cell.config, seed=seed)
  if runs.check_workdir(workdir, config) is not None:
    return "done"
  if (workdir / plan.FAILED).exists():
    return "failed"
  return "stopped" if (workdir / "config.json").exists() else "new"


def pending(out_dir: pathlib.Path, job: Job) -> list[int]:
  """The seeds of a job whose runs are neither done nor failed; raises as `state`."""
  return [s for s in job.seeds if state(out_dir, job.cell, s) in ("new", "stopped")]


def rates(out_dir: pathlib.Path) -> Rates:
  """The time of the finished runs in a directory; if there are none, of the results.

  Args:
    out_dir: directory of a grid's runs.

  Returns:
    `Rates`.
  """
  own = list(_in_directory(out_dir))
  by_loss, by_kind = collections.defaultdict(list), collections.defaultdict(list)
  for config, seconds in own or _in_results():
    by_loss[_key(config)].append(seconds)
    by_kind[_key(config, "loss")].append(seconds)
  mean_by_loss, mean_by_kind = (
    {key: sum(seconds) / len(seconds) for key, seconds in of.items()}
    for of in (by_loss, by_kind)
  )
  return Rates(mean_by_loss, mean_by_kind, elsewhere=not own)


def seconds_left(out_dir: pathlib.Path, job: Job, rates: Rates) -> float | None:
  """Estimates the time that a job still needs.

  Args:
    out_dir: directory of the grid's runs.
    job: the job, which may be half done.
    rates: the rates from `rates`.

  Returns:
    Seconds; None if no similar run is finished.
  """
  config = dataclasses.asdict(job.cell.config)
  epochs = 0
  for seed in pending(out_dir, job):
    metrics = runs.seed_workdir(out_dir / job.cell.slug, seed) / "metrics.jsonl"
    done = len(metrics.read_bytes().splitlines()) if metrics.is_file() else 0
    epochs += config["epochs"] - done
  rate = rates.by_loss.get(_key(config), rates.by_kind.get(_key(config, "loss")))
  return 0.0 if epochs == 0 else None if rate is None else epochs * rate


def progress(out_dir: pathlib.Path, jobs: Sequence[Job]) -> str:
  """The progress of jobs in words: 12 of 200 done, 0:31:10 left.

  Args:
    out_dir: directory of the grid's runs.
    jobs: all jobs.

  Returns:
    One line; a failed run counts as done.
  """
  total = sum(len(job.seeds) for job in jobs)
  done = total - sum(len(pending(out_dir, job)) for job in jobs)
  own_rates = rates(out_dir)
  estimates = [seconds_left(out_dir, job, own_rates) for job in jobs]
  known = [seconds for seconds in estimates if seconds is not None]
  text = f"{done} of {total} done"
  if done == total:
    return text
  if not any(known):
    return f"{text}, time left unknown"
  at_least = "at least " if len(known) < len(estimates) else ""
  source = " (going by experiments/results)" if own_rates.elsewhere else ""
  return f"{text}, {at_least}{datetime.timedelta(seconds=round(sum(known)))} left{source}"


def listing(out_dir: pathlib.Path, jobs: Sequence[Job]) -> str:
  """A line for each job, with the states of its runs and an estimate of time.

  Args:
    out_dir: directory of the grid's runs.
    jobs: the jobs to list.

  Returns:
    Lines of text; the last one is their `progress`.
  """
  lines, own_rates = [], rates(out_dir)
  for job in jobs:
    states = collections.Counter(state(out_dir, job.cell, seed) for seed in job.seeds)
    counts = ", ".join(f"{count} {name}" for name, count in states.items())
    seconds = seconds_left(out_dir, job, own_rates)
    time_left = "unknown time" if seconds is None else f"{seconds:.0f} s"
    seeds = ",".join(map(str, job.seeds))
    lines.append(f"{job.cell.slug}/seed{seeds}: {counts}; {time_left} left")
  return "\n".join([*lines, progress(out_dir, jobs)])


def _in_directory(out_dir):
  """Yields the config of each finished run, and its seconds for an epoch."""
  for path in out_dir.glob("*/seed*/summary.json"):
    # A summary has the seconds of all seeds that were trained together.
    num_seeds = len(list(path.parent.parent.glob("seed*/summary.json")))
    # The file may be damaged or of another grid; `state` reports those of this grid.
    with contextlib.suppress(OSError, TypeError, KeyError, ArithmeticError):
      config = json_files.read(path.with_name("config.json"), dict)
      yield config, _seconds(config, json_files.read(path, dict), num_seeds)


@functools.cache
def _in_results():
  """As `_in_directory`, for the runs in the repository."""
  finished = [
    run
    for path in sorted(finished_runs.RESULTS.glob("*/runs.jsonl"))
    for run in finished_runs.read(path)
  ]
  cells = collections.Counter(map(_cell_of, finished))
  return [
    (run.config, _seconds(run.config, run.summary, cells[_cell_of(run)]))
    for run in finished
  ]


def _cell_of(run):
  return run.dataset, run.noise, run.loss


def _seconds(config, summary, num_seeds):
  together = num_seeds if _together(config["model"]) else 1
  return summary["seconds"] / config["epochs"] / together


def _together(model):
  # Other networks fill a device each, and on a CPU `runs.run_seeds` trains them in turn.
  return models.takes_features(model)


def _key(config, *more):
  # A run older than a setting did what the setting's default does.
  whole = _DEFAULTS | config
  kept = {k: value for k, value in whole.items() if k not in (*_OF_NO_COST, *more)}
  return json.dumps(kept, sort_keys=True)

import contextlib
import fcntl
import json
import signal

import jax
import pytest

from noisy_jax import runs, training
from noisy_jax.runs import runner
from noisy_jax.sweeps import cells, jobs, plan, sweeper
from tests.small_sweep import GRID, RUNS, finished, small_digits  # noqa: F401


@pytest.fixture
def trained(monkeypatch):
  """Names of the seeds that were trained, one entry for each training to the end."""
  names, train = [], training.train

  def recording(setup, *, seeds=None, resume=None):
    yield from train(setup, seeds=seeds, resume=resume)
    names.extend((str(setup.objective.expression), seed) for seed in seeds)

  monkeypatch.setattr(runner, "train", recording)
  return names


def accuracies(out_dir):
  lines = [(out_dir / name / "metrics.jsonl").read_text().splitlines() for name in RUNS]
  return [[json.loads(row)["test_accuracy"] for row in rows] for rows in lines]


def test_a_sweep_trains_all_runs_once(tmp_path, trained):
  found = cells.read(GRID)
  assert sweeper.sweep(found, tmp_path) == {}
  assert finished(tmp_path) == RUNS
  assert sorted(trained) == [("ce", 0), ("ce", 1), ("mae", 0), ("mae", 1)]
  before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
  assert sweeper.sweep(found, tmp_path) == {}
  assert len(trained) == 4
  assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@contextlib.contextmanager
def stopped_in(loss, epoch):
  def train(setup, **kwargs):
    for moment in training.train(setup, **kwargs):
      if (setup.config.loss, moment.epoch) == (loss, epoch):
        signal.raise_signal(signal.SIGTERM)
      yield moment

  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(runner, "train", train)
    with pytest.raises(runs.Stopped):
      yield


def test_a_stopped_sweep_goes_on_and_ends_like_a_whole_one(tmp_path):
  found = cells.read(GRID)
  sweeper.sweep(found, tmp_path / "whole")

  with stopped_in("mae", 1):
    sweeper.sweep(found, tmp_path / "stopped")
  assert finished(tmp_path / "stopped") == RUNS[:2]
  states = [jobs.state(tmp_path / "stopped", found[1], seed) for seed in (0, 1)]
  assert states == ["stopped", "stopped"]
  sweeper.sweep(found, tmp_path / "stopped")
  assert accuracies(tmp_path / "stopped") == accuracies(tmp_path / "whole")


def test_seeds_that_are_apart_go_on_one_by_one(tmp_path, trained):
  settings = GRID["settings"] | {"epochs": 3}
  (cell,) = cells.read(GRID | {"settings": settings, "losses": {"CE": "ce"}})
  workdir = runs.seed_workdir(tmp_path / cell.slug, 0)

  with stopped_in("ce", 2):
    runs.run(runs.prepare(cell.config), workdir)
  before = (workdir / "metrics.jsonl").read_text()
  assert len(before.splitlines()) == 2
  assert sweeper.sweep([cell], tmp_path) == {}
  assert trained == [("ce", 0), ("ce", 1)]
  assert (workdir / "metrics.jsonl").read_text().startswith(before)


@contextlib.contextmanager
def in_use(workdir):
  workdir.mkdir(parents=True)
  with (workdir / ".lock").open("a") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    yield file


def test_what_another_process_trains_is_left_to_it(tmp_path, trained, monkeypatch, capsys):
  found = cells.read(GRID)
  with in_use(tmp_path / RUNS[0]) as lock:

    def other_process_finishes(seconds):
      assert finished(tmp_path) == RUNS[2:]  # the others were not kept waiting
      fcntl.flock(lock, fcntl.LOCK_UN)
      config = found[0].config
      runs.run_seeds(runs.prepare(config), (0, 1), tmp_path / found[0].slug)

    monkeypatch.setattr(sweeper.time, "sleep", other_process_finishes)
    assert sweeper.sweep(found, tmp_path) == {}
  assert sorted(trained) == [("ce", 0), ("ce", 1), ("mae", 0), ("mae", 1)]
  assert "waiting for another process: it trains digits4_symm" in capsys.readouterr().out


def test_what_another_process_gave_up_is_trained(tmp_path, trained, monkeypatch):
  with in_use(tmp_path / RUNS[1]) as lock:
    monkeypatch.setattr(sweeper.time, "sleep", lambda _: fcntl.flock(lock, fcntl.LOCK_UN))
    sweeper.sweep(cells.read(GRID), tmp_path)
  assert finished(tmp_path) == RUNS
  assert len(trained) == 4


def test_a_run_just_finished_is_not_trained(tmp_path, trained, monkeypatch):
  (cell,) = cells.read(GRID | {"losses": {"CE": "ce"}})
  prepare, finished_by_others = runs.prepare, []

  def slow_prepare(config, **kwargs):
    setup = prepare(config, **kwargs)
    if not finished_by_others:
      finished_by_others.extend(runs.run_seeds(setup, (0, 1), tmp_path / cell.slug))
    return setup

  monkeypatch.setattr(runs, "prepare", slow_prepare)
  monkeypatch.setattr(sweeper.time, "sleep", lambda _: None)
  assert sweeper.sweep([cell], tmp_path) == {}
  assert sorted(trained) == [("ce", 0), ("ce", 1)]


def test_what_has_no_memory_is_trained_alone_or_fails(tmp_path, monkeypatch):
  train = training.train

  def hungry(setup, *, seeds=None, resume=None):
    if 1 in seeds:
      raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory\nDetails")
    yield from train(setup, seeds=seeds, resume=resume)

  monkeypatch.setattr(runner, "train", hungry)
  (cell,) = cells.read(GRID | {"losses": {"CE": "ce"}})
  expected = {RUNS[1]: "RESOURCE_EXHAUSTED: Out of memory"}
  assert sweeper.sweep([cell], tmp_path) == expected
  assert finished(tmp_path) == RUNS[:1]


def test_an_error_of_the_device_is_no_failed_run(tmp_path, monkeypatch):
  def broken(setup, *, seeds=None, resume=None):
    raise jax.errors.JaxRuntimeError("INTERNAL: broken")

  monkeypatch.setattr(runner, "train", broken)
  with pytest.raises(jax.errors.JaxRuntimeError, match="broken"):
    sweeper.sweep(cells.read(GRID), tmp_path)
  assert not list(tmp_path.rglob(plan.FAILED))


def test_failures_are_recorded_and_stop_nothing_else(tmp_path, monkeypatch, capsys):
  train = training.train

  def failing(setup, *, seeds=None, resume=None):
    for moment in train(setup, seeds=seeds, resume=resume):
      if setup.config.loss == "ce" and 1 in seeds and moment.epoch == 2:
        raise FloatingPointError("the loss is nan in epoch 2, step 1")
      yield moment

  monkeypatch.setattr(runner, "train", failing)
  found = cells.read(GRID)
  expected = {RUNS[1]: "the loss is nan in epoch 2, step 1"}
  assert sweeper.sweep(found, tmp_path) == expected
  assert finished(tmp_path) == [RUNS[0], *RUNS[2:]]
  content = json.loads((tmp_path / RUNS[1] / "failed.json").read_text())
  assert content == {"message": "the loss is nan in epoch 2, step 1"}
  # It would fail again: it is named, and not tried.
  monkeypatch.setattr(runner, "train", None)
  assert sweeper.sweep(found, tmp_path) == expected
  monkeypatch.setattr(runner, "train", train)
  (tmp_path / RUNS[1] / "failed.json").unlink()
  assert sweeper.sweep(found, tmp_path) == {}
  assert finished(tmp_path) == RUNS


def test_a_loss_that_no_bias_repairs_is_a_failure(tmp_path):
  changes = {"datasets": ["digits100"], "seeds": 1, "noise": ["clean"]}
  both = {"NCE*": {"loss": "nce", "logit_bias": "auto"}, "CE": "ce"}
  failures = sweeper.sweep(cells.read(GRID | changes | {"losses": both}), tmp_path)
  assert list(failures) == ["digits100_clean_nce-star/seed0"]
  assert finished(tmp_path) == ["digits100_clean_ce/seed0"]


def test_a_directory_with_another_run_is_refused_before_training(tmp_path, trained):
  planned = cells.read(GRID | {"losses": {"MAE*": GRID["losses"]["MAE*"]}})
  sweeper.write_plan(tmp_path, "first.yaml", planned)
  sweeper.sweep(planned, tmp_path)
  trained.clear()
  changed = cells.read(GRID | {"settings": GRID["settings"] | {"epochs": 3}})
  with pytest.raises(FileExistsError, match=r"holds another config \(epochs 2 there, 3 he"):
    sweeper.sweep(changed, tmp_path)
  assert trained == []
  with pytest.raises(FileExistsError, match="holds another config"):
    sweeper.write_plan(tmp_path, "changed.yaml", changed)
  assert plan.read(tmp_path).grid == "first.yaml"


def test_runs_of_another_grid_keep_their_plan(tmp_path):
  both = cells.read(GRID)
  sweeper.write_plan(tmp_path, "first.yaml", both)
  # Nothing is trained yet.
  sweeper.write_plan(tmp_path, "second.yaml", both[1:])
  sweeper.write_plan(tmp_path, "first.yaml", both)
  (tmp_path / both[0].slug).mkdir()
  with pytest.raises(FileExistsError, match=r"runs of the grid first.yaml .* such as digi"):
    sweeper.write_plan(tmp_path, "second.yaml", both[1:])
  assert plan.read(tmp_path).grid == "first.yaml"
  sweeper.write_plan(tmp_path, "renamed.yaml", both)
  sweeper.write_plan(tmp_path, "renamed.yaml", both[1:])
  assert len(plan.read(tmp_path).cells) == 1

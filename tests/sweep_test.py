"""Sweeps: a grid becomes runs, each trained once, whatever happens in between."""

import contextlib
import dataclasses
import fcntl
import itertools
import json
import signal
import subprocess
import sys

import jax
import numpy as np
import pytest
import yaml
from absl import flags

from experiments import cells, grids, jobs, plan, sweep
from noisy_jax import data, losses, noise, runs, training
from noisy_jax.runs import runner
from noisy_jax.training import objective

GRID = {
  "settings": {"widths": [8], "epochs": 2, "batch_size": 64},
  "datasets": ["digits4"],
  "noise": ["symmetric 0.25"],
  "losses": {"CE": "ce", "MAE*": {"loss": "mae", "logit_bias": "auto"}},
  "seeds": 2,
}
RUNS = [
  f"digits4_symmetric-0.25_{loss}/seed{seed}"
  for loss in ("ce", "mae-star")
  for seed in (0, 1)
]


@pytest.fixture(autouse=True)
def small_digits(monkeypatch):
  sweep._dataset.cache_clear()

  def load(name, data_dir=None, **_):
    return data.digits(int(name.detail), train_size=256, test_size=64)

  monkeypatch.setattr(data, "load", load)
  yield
  sweep._dataset.cache_clear()


@pytest.fixture
def trained(monkeypatch):
  """Names of the seeds that were trained, one entry for each training to the end."""
  names, train = [], training.train

  def recording(task, *, seeds=None, resume=None):
    yield from train(task, seeds=seeds, resume=resume)
    names.extend((str(task.objective.expression), seed) for seed in seeds)

  monkeypatch.setattr(runner, "train", recording)
  return names


def run(*arguments):
  """Runs main with these flags; returns its message or status if it exits with one."""
  flags.FLAGS.unparse_flags()
  for name in ("grid", "out_dir", "data_dir", "filter", "dry_run"):
    flags.FLAGS[name].unparse()
  try:
    sweep.main(flags.FLAGS(["sweep", *arguments]))
  except SystemExit as error:
    return error.code
  return None


def finished(out_dir):
  return sorted(
    str(p.parent.relative_to(out_dir)) for p in out_dir.glob("*/*/summary.json")
  )


def accuracies(out_dir):
  lines = [(out_dir / name / "metrics.jsonl").read_text().splitlines() for name in RUNS]
  return [[json.loads(row)["test_accuracy"] for row in rows] for rows in lines]


def test_a_grid_is_the_product_of_its_parts():
  found = cells.read(
    GRID | {"noise": ["clean", "pairflip 0.4", "symmetric 0.2"], "datasets": ["digits9"]}
  )
  assert [(cell.noise, cell.loss) for cell in found] == [
    (noise, loss)
    for noise in ("clean", "pairflip 0.4", "symmetric 0.2")
    for loss in ("CE", "MAE*")
  ]
  star = found[3]
  assert star.slug == "digits9_pairflip-0.4_mae-star"
  assert star.seeds == (0, 1)
  assert star.config == training.TrainConfig(
    dataset="digits9",
    noise="pairflip",
    noise_rate=0.4,
    loss="mae",
    logit_bias="auto",
    widths=(8,),
    epochs=2,
    batch_size=64,
  )


def test_a_file_says_what_a_grid_says(tmp_path):
  path = tmp_path / "grid.yaml"
  path.write_text(yaml.safe_dump(GRID))
  assert cells.load(str(path)) == cells.read(GRID)
  # YAML takes a number without a point for a text.
  path.write_text(path.read_text().replace("epochs: 2", "epochs: 2\n  weight_decay: 1e-3"))
  assert {cell.config.weight_decay for cell in cells.load(str(path))} == {1e-3}


@pytest.mark.parametrize("name", grids.GRIDS)
def test_grids_that_are_ready_have_valid_cells(name):
  found = cells.load(name)
  assert len(found) == len({cell.slug for cell in found})
  assert all(len(cell.seeds) in (3, 5) for cell in found)


@pytest.mark.parametrize("name, num_classes", [("classes", 100), ("cifar10", 10)])
def test_a_grid_can_name_every_loss_and_what_is_around_one(name, num_classes, tmp_path):
  np.save(tmp_path / "matrix.npy", noise.symmetric_matrix(num_classes, 0.4))
  named = {
    **{name: name for name in losses.NAMES},
    "LogitClip": {"logit_clip": 1.0},
    "Forward": {"correction": f"forward:{tmp_path}/matrix.npy"},
    "Backward": {"correction": f"backward:{tmp_path}/matrix.npy"},
    "ANL-CE": {"loss": "nce + nnce", "weight_decay": 0, "l1": 1e-5},
  }
  found = cells.read(grids.GRIDS[name] | {"losses": named, "noise": ["clean"]})
  logits = jax.ShapeDtypeStruct((2, num_classes), np.float32)
  labels = jax.ShapeDtypeStruct((2,), np.int32)
  for cell in found:
    built = objective.build(cell.config.parts.objective, num_classes, 1)
    assert jax.eval_shape(built.loss, logits, labels).shape == (2,)
  views = {
    c.loss: objective.build(c.config.parts.objective, num_classes, 1).num_views
    for c in found
  }
  assert views["gjs"] == (2 if name == "cifar10" else 1)  # the other augments nothing


@pytest.mark.parametrize(
  "change, message",
  [
    ({"loses": {}}, "grid: unknown 'loses', must have settings, datasets, noise"),
    ({"datasets": []}, r"datasets: \[\], must be a list of names"),
    ({"datasets": ["digits1"]}, "dataset: unknown 'digits1'"),
    ({"noise": "clean"}, "noise: 'clean', must be a list of names"),
    ({"noise": ["symmetric much"]}, "noise: 'symmetric much', must be clean, or a kind"),
    ({"noise": ["symmetric 2"]}, r"noise_rate: 2.0, must be in \[0, 1\)"),
    ({"losses": {}}, "losses: none, must give names"),
    ({"losses": {"CE": "cee"}}, "loss: column 1: unknown 'cee'"),
    ({"losses": {"CE": {"q": 1}}}, "settings: unknown 'q'; known: dataset"),
    ({"losses": {"CE": None}}, "losses: CE: None, must be an expression or settings"),
    ({"losses": {"CE": {"loss": "ce", "dataset": "digits2"}}}, "dataset: 'digits2', must"),
    ({"losses": {"CE": {"loss": "ce", "noise_rate": 0.1}}}, "noise_rate: 0.1, must be le"),
    ({"settings": {"epochs": True}}, "epochs: True, must be an integer from 1 up"),
    ({"seeds": 10**9}, "seeds: 1000000000, must be how many, from 1 to 1000"),
    ({"losses": {"CE": 1}}, "CE: 1, must be names with their values"),
    ({"losses": {"a+b": "ce", "a-b": "mae"}}, "a-b stands for two cells, must be one"),
    ({"seeds": 0}, "seeds: 0, must be how many, from 1 to 1000, or a list"),
    ({"seeds": [1, 1]}, r"seeds: \[1, 1\], must be how many"),
    ({"settings": {"seed": 1}}, "settings: unknown 'seed'"),
    ({"settings": [1]}, r"settings: \[1\], must be names with their values"),
    ({"settings": {"epochs": "x"}}, "epochs: 'x', must be an integer from 1 up"),
  ],
)
def test_bad_grids_are_named(change, message):
  with pytest.raises(ValueError, match=message):
    cells.read(GRID | change)


def test_files_that_are_no_grids_are_named(tmp_path):
  with pytest.raises(ValueError, match="unknown 'mnits', must be a YAML file or one of cl"):
    cells.load("mnits")
  path = tmp_path / "grid.yaml"
  path.write_text("losses: {")
  with pytest.raises(ValueError, match=r"grid\.yaml is no YAML"):
    cells.load(str(path))
  path.write_text("- 1")
  with pytest.raises(ValueError, match=r"grid: \[1\], must have settings"):
    cells.load(str(path))


def test_a_filter_keeps_the_runs_that_have_it():
  found = cells.select(cells.read(GRID), "mae.*seed1")
  assert [(cell.loss, cell.seeds) for cell in found] == [("MAE*", (1,))]
  with pytest.raises(ValueError, match=r"'gce' is in no run, must be in one such as d"):
    cells.select(cells.read(GRID), "gce")
  with pytest.raises(ValueError, match=r"'[*]', must be a regular expression"):
    cells.select(cells.read(GRID), "*")


def test_seeds_of_larger_networks_are_trained_one_by_one():
  (cell, *_) = cells.read(GRID)
  assert jobs.of_cells([cell]) == [jobs.Job(cell, (0, 1))]
  changed = GRID["settings"] | {"model": "cnn8"}
  (cell, *_) = cells.read(GRID | {"settings": changed})
  assert jobs.of_cells([cell]) == [jobs.Job(cell, (0,)), jobs.Job(cell, (1,))]


def test_a_sweep_trains_all_runs_once(tmp_path, trained):
  found = cells.read(GRID)
  assert sweep.sweep(found, tmp_path) == {}
  assert finished(tmp_path) == RUNS
  assert sorted(trained) == [("ce", 0), ("ce", 1), ("mae", 0), ("mae", 1)]
  before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
  assert sweep.sweep(found, tmp_path) == {}
  assert len(trained) == 4
  assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_stopped_sweep_goes_on_and_ends_like_a_whole_one(tmp_path, monkeypatch):
  found = cells.read(GRID)
  sweep.sweep(found, tmp_path / "whole")

  def train(task, **kwargs):
    for moment in training.train(task, **kwargs):
      if task.config.loss == "mae" and moment.epoch == 1:
        signal.raise_signal(signal.SIGTERM)
      yield moment

  with monkeypatch.context() as patch:
    patch.setattr(runner, "train", train)
    with pytest.raises(runs.Stopped):
      sweep.sweep(found, tmp_path / "stopped")
  assert finished(tmp_path / "stopped") == RUNS[:2]
  states = [jobs.state(tmp_path / "stopped", found[1], seed) for seed in (0, 1)]
  assert states == ["stopped", "stopped"]
  sweep.sweep(found, tmp_path / "stopped")
  assert accuracies(tmp_path / "stopped") == accuracies(tmp_path / "whole")


def test_seeds_that_are_apart_go_on_one_by_one(tmp_path, monkeypatch, trained):
  settings = GRID["settings"] | {"epochs": 3}
  (cell,) = cells.read(GRID | {"settings": settings, "losses": {"CE": "ce"}})
  workdir = runs.seed_workdir(tmp_path / cell.slug, 0)

  def train(task, **kwargs):
    for moment in training.train(task, **kwargs):
      if moment.epoch == 2:
        signal.raise_signal(signal.SIGTERM)
      yield moment

  with monkeypatch.context() as patch:
    patch.setattr(runner, "train", train)
    with pytest.raises(runs.Stopped):
      runs.run(runs.prepare(cell.config), workdir)
  before = (workdir / "metrics.jsonl").read_text()
  assert len(before.splitlines()) == 2
  assert sweep.sweep([cell], tmp_path) == {}
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

    monkeypatch.setattr(sweep.time, "sleep", other_process_finishes)
    assert sweep.sweep(found, tmp_path) == {}
  assert sorted(trained) == [("ce", 0), ("ce", 1), ("mae", 0), ("mae", 1)]
  assert "waiting for another process: it trains digits4_symm" in capsys.readouterr().out


def test_what_another_process_gave_up_is_trained(tmp_path, trained, monkeypatch):
  with in_use(tmp_path / RUNS[1]) as lock:
    monkeypatch.setattr(sweep.time, "sleep", lambda _: fcntl.flock(lock, fcntl.LOCK_UN))
    sweep.sweep(cells.read(GRID), tmp_path)
  assert finished(tmp_path) == RUNS
  assert len(trained) == 4


def test_a_run_that_was_finished_a_moment_ago_is_not_trained(
  tmp_path, trained, monkeypatch
):
  (cell,) = cells.read(GRID | {"losses": {"CE": "ce"}})
  prepare, finished_by_others = runs.prepare, []

  def slow_prepare(config, **kwargs):
    task = prepare(config, **kwargs)
    if not finished_by_others:
      finished_by_others.extend(runs.run_seeds(task, (0, 1), tmp_path / cell.slug))
    return task

  monkeypatch.setattr(training, "prepare", slow_prepare)
  monkeypatch.setattr(sweep.time, "sleep", lambda _: None)
  assert sweep.sweep([cell], tmp_path) == {}
  assert sorted(trained) == [("ce", 0), ("ce", 1)]


def test_what_has_no_memory_is_trained_alone_or_fails(tmp_path, monkeypatch):
  train = training.train

  def hungry(task, *, seeds=None, resume=None):
    if 1 in seeds:
      raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory\nDetails")
    yield from train(task, seeds=seeds, resume=resume)

  monkeypatch.setattr(runner, "train", hungry)
  (cell,) = cells.read(GRID | {"losses": {"CE": "ce"}})
  expected = {RUNS[1]: "RESOURCE_EXHAUSTED: Out of memory"}
  assert sweep.sweep([cell], tmp_path) == expected
  assert finished(tmp_path) == RUNS[:1]


def test_an_error_of_the_device_is_no_failed_run(tmp_path, monkeypatch):
  def broken(task, *, seeds=None, resume=None):
    raise jax.errors.JaxRuntimeError("INTERNAL: broken")

  monkeypatch.setattr(runner, "train", broken)
  with pytest.raises(jax.errors.JaxRuntimeError, match="broken"):
    sweep.sweep(cells.read(GRID), tmp_path)
  assert not list(tmp_path.rglob(plan.FAILED))


def test_failures_are_recorded_and_stop_nothing_else(tmp_path, monkeypatch, capsys):
  train = training.train

  def failing(task, *, seeds=None, resume=None):
    for moment in train(task, seeds=seeds, resume=resume):
      if task.config.loss == "ce" and 1 in seeds and moment.epoch == 2:
        raise FloatingPointError("the loss is nan in epoch 2, step 1")
      yield moment

  monkeypatch.setattr(runner, "train", failing)
  found = cells.read(GRID)
  expected = {RUNS[1]: "the loss is nan in epoch 2, step 1"}
  assert sweep.sweep(found, tmp_path) == expected
  assert finished(tmp_path) == [RUNS[0], *RUNS[2:]]
  content = json.loads((tmp_path / RUNS[1] / "failed.json").read_text())
  assert content == {"message": "the loss is nan in epoch 2, step 1"}

  # It would fail again: it is named, and not tried.
  monkeypatch.setattr(runner, "train", None)
  assert sweep.sweep(found, tmp_path) == expected
  monkeypatch.setattr(runner, "train", train)
  (tmp_path / RUNS[1] / "failed.json").unlink()
  assert sweep.sweep(found, tmp_path) == {}
  assert finished(tmp_path) == RUNS


def test_a_loss_that_no_bias_repairs_is_a_failure(tmp_path):
  changes = {"datasets": ["digits100"], "seeds": 1, "noise": ["clean"]}
  both = {"NCE*": {"loss": "nce", "logit_bias": "auto"}, "CE": "ce"}
  failures = sweep.sweep(cells.read(GRID | changes | {"losses": both}), tmp_path)
  assert list(failures) == ["digits100_clean_nce-star/seed0"]
  assert finished(tmp_path) == ["digits100_clean_ce/seed0"]


def test_a_directory_with_another_run_is_refused_before_training(tmp_path, trained):
  sweep.sweep(cells.read(GRID | {"losses": {"MAE*": GRID["losses"]["MAE*"]}}), tmp_path)
  trained.clear()
  changed = cells.read(GRID | {"settings": GRID["settings"] | {"epochs": 3}})
  with pytest.raises(FileExistsError, match=r"holds another config \(epochs 2 there, 3 he"):
    sweep.sweep(changed, tmp_path)
  assert trained == []


def test_the_command_lists_trains_and_tells_the_time(tmp_path, capsys):
  path, out_dir = tmp_path / "grid.yaml", tmp_path / "runs"
  path.write_text(yaml.safe_dump(GRID))
  arguments = [f"--grid={path}", f"--out_dir={out_dir}"]
  assert run(*arguments, "--dry_run") is None
  listed = capsys.readouterr().out
  assert "digits4_symmetric-0.25_ce/seed0,1: 2 new; unknown time left\n" in listed
  assert listed.endswith("0 of 4 done, time left unknown\n")
  assert not out_dir.exists()

  assert run(*arguments, "--filter=_ce/seed0") is None
  assert capsys.readouterr().out.endswith("1 of 1 done\n")
  summary = json.loads((out_dir / RUNS[0] / "summary.json").read_text())
  summary["seconds"] = 20.0  # of 2 epochs
  (out_dir / RUNS[0] / "summary.json").write_text(json.dumps(summary))
  assert run(*arguments, "--dry_run") is None
  listed = capsys.readouterr().out.splitlines()
  assert listed == [
    "digits4_symmetric-0.25_ce/seed0,1: 1 done, 1 new; 20 s left",
    "digits4_symmetric-0.25_mae-star/seed0,1: 2 new; 40 s left",
    "1 of 4 done, 0:01:00 left",
  ]
  assert run(*arguments) is None
  assert capsys.readouterr().out.endswith("4 of 4 done\n")
  planned = plan.read(out_dir)
  assert [(cell.slug, cell.loss, cell.seeds) for cell in planned.cells] == [
    ("digits4_symmetric-0.25_ce", "CE", (0, 1)),
    ("digits4_symmetric-0.25_mae-star", "MAE*", (0, 1)),
  ]


def test_where_nothing_is_finished_the_results_tell_the_time(tmp_path, monkeypatch):
  found = cells.read(GRID | {"seeds": 5})
  place = tmp_path / "results" / "tiny"
  place.mkdir(parents=True)
  # The two seeds of a cell were trained together.
  for seed, cell in itertools.product((0, 1), found):
    config = dataclasses.asdict(cell.config) | {"seed": seed, "epochs": 4}
    del config["method"]  # as in runs older than it
    names = {"dataset": cell.dataset, "noise": cell.noise, "loss": cell.loss}
    row = names | {"config": config, "summary": {"seconds": 80}}
    with (place / "runs.jsonl").open("a") as file:
      file.write(json.dumps(row) + "\n")
  monkeypatch.setattr(jobs, "_RESULTS", tmp_path / "results")
  jobs._in_results.cache_clear()
  seconds = 80 / 4 / 2 * 2 * 5  # two epochs of five seeds
  rates = jobs.rates(tmp_path)
  assert [jobs.seconds_left(tmp_path, job, rates) for job in jobs.of_cells(found)] == [
    seconds
  ] * 2
  assert jobs.listing(tmp_path, jobs.of_cells(found)).endswith(
    "\n0 of 10 done, 0:03:20 left (going by experiments/results)"
  )
  jobs._in_results.cache_clear()


def test_failures_are_listed_at_the_end(tmp_path, monkeypatch, capsys):
  path = tmp_path / "grid.yaml"
  settings = GRID["settings"] | {"learning_rate": 1e30, "clip_norm": 1e30}
  path.write_text(yaml.safe_dump(GRID | {"settings": settings, "losses": {"CE": "ce"}}))
  code = run(f"--grid={path}", f"--out_dir={tmp_path}/runs")
  assert code == "error: 2 runs failed"
  lines = capsys.readouterr().out.splitlines()
  assert [line.partition(": the loss is ")[0] for line in lines[-2:]] == [
    f"failed: {name}" for name in RUNS[:2]
  ]


@pytest.mark.parametrize(
  "arguments, message",
  [
    ([], "error: --grid and --out_dir must be given"),
    (["--grid=x", "--out_dir=y"], "error: grid: unknown 'x', must be a YAML file"),
    (["--grid=x.yaml", "--out_dir=y"], "error: grid: x.yaml cannot be read ([Errno 2]"),
    (["--grid=classes", "--out_dir=file/x"], "error: out_dir: [Errno 20] Not a directory"),
    (["--grid=classes", "--out_dir=y", "--filter=zz"], "error: filter: 'zz' is in no run"),
    (["classes"], "error: unexpected argument 'classes'"),
  ],
)
def test_bad_input_gets_one_line(arguments, message, tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  (tmp_path / "file").write_text("")
  code = run(*arguments)
  assert code.startswith(message)
  assert "\n" not in code


@pytest.mark.slow
def test_two_processes_share_a_grid(tmp_path):
  path = tmp_path / "grid.yaml"
  path.write_text(yaml.safe_dump(GRID | {"seeds": [0, 1, 2]}))
  command = [sys.executable, "-m", "experiments.sweep", f"--grid={path}"]
  command += [f"--out_dir={tmp_path}/runs"]
  both = [
    subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for _ in range(2)
  ]
  outputs = [process.communicate()[0] for process in both]
  assert [process.returncode for process in both] == [0, 0], outputs
  for output in outputs:
    assert output.endswith("6 of 6 done\n")
    assert "going on" not in output
  epochs = "".join(outputs).count("epoch ")
  assert epochs == 2 * 2  # two epochs of either cell


@pytest.mark.parametrize(
  "content",
  ["a: 2020-13-45", "a: !!timestamp x", "[" * 3000, "\0", "a: *b", "seeds: " + "9" * 5000],
)
def test_what_is_no_yaml_is_told_in_one_line(content, tmp_path):
  path = tmp_path / "grid.yaml"
  path.write_text(content)
  with pytest.raises(ValueError, match=r"^grid: .* is no YAML") as failure:
    cells.load(str(path))
  assert "\n" not in str(failure.value)


@pytest.mark.parametrize("pattern", ["(", "a{" + "9" * 30 + "}", "(" * 5000])
def test_what_is_no_regular_expression_is_told(pattern):
  with pytest.raises(ValueError, match=r"filter: .*, must be a regular expression"):
    cells.select(cells.load("classes"), pattern)

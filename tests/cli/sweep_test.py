import dataclasses
import itertools
import json
import subprocess
import sys

import pytest
import yaml

from noisy_jax.cli import sweep
from noisy_jax.sweeps import cells, finished_runs, jobs, plan
from tests import commands
from tests.invented_runs import invented
from tests.small_sweep import GRID, RUNS, small_digits  # noqa: F401

run = commands.runner(sweep, ("grid", "out_dir", "data_dir", "filter", "dry_run"))


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
  rows = []
  # The two seeds of a cell were trained together.
  for seed, cell in itertools.product((0, 1), found):
    row = invented(cell.dataset, cell.noise, cell.loss, seed)
    settings = json.loads(json.dumps(dataclasses.asdict(cell.config)))
    row.config.update(settings | {"seed": seed})
    row.summary["seconds"] = 80
    rows.append(row)
  finished_runs.write(rows, place / "runs.jsonl")
  monkeypatch.setattr(finished_runs, "RESULTS", tmp_path / "results")
  jobs._in_results.cache_clear()
  seconds = 80 / 2 / 2 * 2 * 5  # two epochs of five seeds
  rates = jobs.rates(tmp_path)
  left = [jobs.seconds_left(tmp_path, job, rates) for job in jobs.of_cells(found)]
  assert left == [seconds] * 2
  assert jobs.listing(tmp_path, jobs.of_cells(found)).endswith(
    "\n0 of 10 done, 0:06:40 left (going by experiments/results)"
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
    (["--grid=classes", "--out_dir=file/x"], "error: out_dir: file/x cannot be made: Not"),
    (["--grid=classes", "--out_dir=y", "--filter=zz"], "error: filter: 'zz' matches no"),
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

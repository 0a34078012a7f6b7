import json
import shutil
import signal

import numpy as np
import pytest

from noisy_jax import noise, runs
from noisy_jax.training.setup import Setup
from tests.stopped_runs import (
  STEPS,
  a_setup,
  assert_same_end,
  change,
  records,
  resumed_from,
  stopped_run,
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
  workdir = tmp_path_factory.mktemp("whole") / "run"
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(Setup, "steps_per_call", 4)
    runs.run(a_setup(), workdir)
  return workdir


def test_a_run_may_be_stopped_many_times_and_ends_like_a_whole_one(whole, tmp_path, capsys):
  before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
  moments = [(1, 4), (1, 8), (1, STEPS), (2, 8), (3, 4), (3, STEPS)]
  for i, (epoch, steps_done) in enumerate(moments):
    number = (signal.SIGTERM, signal.SIGINT)[i % 2]
    stopped = stopped_run(tmp_path, epoch, steps_done, number=number)
    assert stopped.exit_status == 128 + number
    where = f"{number.name} in epoch {epoch}, after {steps_done} of 10 steps"
    assert where in str(stopped)
    assert not (tmp_path / "summary.json").exists()
    assert ("going on in epoch" in capsys.readouterr().out) == (i > 0)
  runs.run(a_setup(), tmp_path)
  assert_same_end(tmp_path, whole)
  assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_a_run_goes_on_with_another_number_of_devices(workdir, whole):
  runs.run(a_setup(num_devices=1), workdir)
  for row, expected in zip(records(workdir), records(whole), strict=True):
    for name in ("loss", "test_accuracy"):
      assert row[name] == pytest.approx(expected[name], rel=1e-3)


def damage_by_truncation(step):
  for path in (step / "arrays").rglob("d/*"):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage_by_a_byte(step):
  path = max((step / "arrays").rglob("d/*"), key=lambda path: path.stat().st_size)
  content = bytearray(path.read_bytes())
  content[len(content) // 2] ^= 255
  path.write_bytes(content)


@pytest.mark.parametrize(
  "damage",
  [
    damage_by_truncation,
    damage_by_a_byte,
    lambda step: shutil.rmtree(step / "arrays"),
    lambda step: (step / "position" / "metadata").write_text('{"epoch": 2'),
    lambda step: change(step / "position" / "metadata", '"epoch": 3', '"epoch": 2'),
  ],
)
def test_the_checkpoint_before_a_damaged_one_is_used(damage, workdir, capsys):
  steps = sorted(int(path.name) for path in (workdir / "checkpoints").glob("[0-9]*"))
  assert steps[-2:] == [20, 24]
  damage(workdir / "checkpoints" / "24")
  assert resumed_from(a_setup(), workdir) == (3, 0)
  printed = capsys.readouterr().out
  assert "checkpoint 24 is damaged" in printed
  assert f"it is in {workdir}/checkpoints.damaged/24 now, and the one before" in printed
  assert "going on in epoch 3, after 0 steps" in printed
  assert (workdir / "checkpoints.damaged" / "24").is_dir()


def test_without_a_sound_checkpoint_a_run_begins_anew(whole, tmp_path, capsys):
  stopped_run(tmp_path, 1, 8)
  shutil.rmtree(tmp_path / "checkpoints" / "8" / "arrays")
  runs.run(a_setup(), tmp_path)
  assert "no checkpoint is left to go on from; starting" in capsys.readouterr().out
  assert_same_end(tmp_path, whole)


def test_a_torn_line_and_lines_that_came_too_early_are_written_again(whole, workdir):
  with (workdir / "metrics.jsonl").open("a") as file:
    file.write('{"epoch": 3, "lo')
  runs.run(a_setup(), workdir)
  assert_same_end(workdir, whole)


def test_a_run_goes_on_with_the_labels_it_began_with(whole, workdir, monkeypatch):
  # As if another version drew other ones.
  draw = noise.symmetric

  def draw_others(*args, **kwargs):
    drawn = draw(*args, **kwargs)
    return drawn._replace(noisy=np.zeros_like(drawn.noisy))

  monkeypatch.setattr(noise, "symmetric", draw_others)
  with pytest.raises(OSError, match=r"labels\.npz has other noisy labels than this setup;"):
    runs.run(a_setup(), workdir)
  runs.run(a_setup(workdirs=[workdir]), workdir)
  assert_same_end(workdir, whole)


def test_workdirs_hold_no_partial_files(whole):
  names = ".lock checkpoints config.json curves.png dataset.json labels.npz metrics.jsonl"
  expected = {*names.split(), "summary.json", "versions.json"}
  assert {path.name for path in whole.iterdir()} == expected


@pytest.mark.parametrize(
  "error, told",
  [
    (OSError(28, "No space left on device"), "OSError: workdir: {path} cannot be written"),
    (RuntimeError("no backend\nmore"),
     "RuntimeError: no backend); the run does without it"),
  ],
)  # fmt: skip
def test_what_fails_last_costs_no_training(
  error, told, workdir, monkeypatch, capsys, whole
):
  def fail(*_, **__):
    raise error

  monkeypatch.setattr("matplotlib.figure.Figure.savefig", fail)
  monkeypatch.setattr("noisy_jax.runs.runner.judge", fail)
  summary = runs.run(a_setup(), workdir)
  lines = capsys.readouterr().out.splitlines()
  path = workdir / "curves.png"
  assert [line for line in lines if line.startswith("examples.csv is left out (")]
  (line,) = [line for line in lines if line.startswith(f"{path} is left out (")]
  assert told.format(path=path) in line
  assert not path.exists()
  assert not list(workdir.glob("partial.*"))
  assert json.loads((workdir / "summary.json").read_text()) == summary
  assert_same_end(workdir, whole)


def test_a_run_without_its_curves_is_unfinished(workdir, monkeypatch, whole):
  def interrupt(*_, **__):
    raise KeyboardInterrupt

  with monkeypatch.context() as patch:
    patch.setattr("matplotlib.figure.Figure.savefig", interrupt)
    with pytest.raises(KeyboardInterrupt):
      runs.run(a_setup(), workdir)
  assert not (workdir / "summary.json").exists()
  runs.run(a_setup(), workdir)
  assert (workdir / "curves.png").exists()
  assert_same_end(workdir, whole)

"""A run that was interrupted ends like one that was not."""

import json
import pathlib
import shutil
import signal

import numpy as np
import pytest

from noisy_jax import noise, runs
from noisy_jax.training.setup import Setup
from tests.stopped_runs import (  # noqa: F401
  STEPS,
  a_setup,
  assert_same_end,
  change,
  few_steps_per_call,
  records,
  stopped_run,
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
  workdir = tmp_path_factory.mktemp("whole") / "run"
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(Setup, "steps_per_call", 4)
    runs.run(a_setup(), workdir)
  return workdir


@pytest.mark.parametrize("epoch, steps_done", [(1, 4), (2, 8), (2, STEPS), (3, STEPS)])
def test_a_stopped_run_ends_like_a_whole_one(epoch, steps_done, whole, tmp_path, capsys):
  stopped = stopped_run(tmp_path, epoch, steps_done)
  assert stopped.exit_status == 143
  assert f"SIGTERM in epoch {epoch}, after {steps_done} of 10 steps" in str(stopped)
  assert not (tmp_path / "summary.json").exists()
  capsys.readouterr()
  runs.run(a_setup(), tmp_path)
  assert "going on in epoch" in capsys.readouterr().out
  assert_same_end(tmp_path, whole)


def test_a_run_may_be_stopped_many_times(whole, tmp_path):
  for moment in [(1, 4), (1, 8), (1, STEPS), (3, 4)]:
    stopped_run(tmp_path, *moment, number=signal.SIGINT)
  runs.run(a_setup(), tmp_path)
  assert_same_end(tmp_path, whole)


def test_signals_are_as_before_after_a_run(tmp_path):
  before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
  stopped_run(tmp_path, 1, 4)
  assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_a_run_goes_on_with_another_number_of_devices(whole, tmp_path):
  stopped_run(tmp_path, 2, 4, setup=a_setup(num_devices=2))
  runs.run(a_setup(num_devices=1), tmp_path)
  for row, expected in zip(records(tmp_path), records(whole), strict=True):
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


def damage_by_deletion(step):
  shutil.rmtree(step / "arrays")


def damage_of_the_position(step):
  (step / "position" / "metadata").write_text('{"epoch": 2')


@pytest.mark.parametrize(
  "damage",
  [damage_by_truncation, damage_by_a_byte, damage_by_deletion, damage_of_the_position],
)
def test_the_checkpoint_before_a_damaged_one_is_used(damage, whole, tmp_path, capsys):
  stopped_run(tmp_path, 3, 4)
  steps = sorted(int(path.name) for path in (tmp_path / "checkpoints").glob("[0-9]*"))
  assert steps[-2:] == [20, 24]
  damage(tmp_path / "checkpoints" / "24")
  capsys.readouterr()
  runs.run(a_setup(), tmp_path)
  printed = capsys.readouterr().out
  assert "checkpoint 24 is damaged" in printed
  assert f"it is in {tmp_path}/checkpoints.damaged/24 now, and the one before" in printed
  assert "going on in epoch 3, after 0 steps" in printed
  assert (tmp_path / "checkpoints.damaged" / "24").is_dir()
  assert_same_end(tmp_path, whole)


def test_without_a_sound_checkpoint_a_run_begins_anew(whole, tmp_path, capsys):
  stopped_run(tmp_path, 1, 8)
  damage_by_deletion(tmp_path / "checkpoints" / "8")
  runs.run(a_setup(), tmp_path)
  assert "no checkpoint is left to go on from; starting" in capsys.readouterr().out
  assert_same_end(tmp_path, whole)


def test_a_torn_line_and_lines_that_came_too_early_are_written_again(whole, tmp_path):
  stopped_run(tmp_path, 2, 4)
  with (tmp_path / "metrics.jsonl").open("a") as file:
    file.write('{"epoch": 2, "lo')
  runs.run(a_setup(), tmp_path)
  assert_same_end(tmp_path, whole)


def test_a_run_goes_on_with_the_labels_it_began_with(whole, tmp_path, monkeypatch):
  stopped_run(tmp_path, 1, 8)
  # As if another version drew other ones.
  draw = noise.symmetric

  def draw_others(*args, **kwargs):
    drawn = draw(*args, **kwargs)
    return drawn._replace(noisy=np.zeros_like(drawn.noisy))

  monkeypatch.setattr(noise, "symmetric", draw_others)
  with pytest.raises(
    OSError, match=r"labels\.npz has other noisy labels than this setup; pr"
  ):
    runs.run(a_setup(), tmp_path)
  runs.run(a_setup(workdirs=[tmp_path]), tmp_path)
  assert_same_end(tmp_path, whole)


def test_workdirs_hold_no_partial_files(whole):
  names = {path.name for path in pathlib.Path(whole).iterdir()}
  assert names == {
    ".lock",
    "checkpoints",
    "config.json",
    "curves.png",
    "dataset.json",
    "labels.npz",
    "metrics.jsonl",
    "summary.json",
    "versions.json",
  }


@pytest.mark.parametrize(
  "error, told",
  [
    (OSError(28, "No space left on device"), "OSError: workdir: {path} cannot be written"),
    (
      RuntimeError("no backend\nmore"),
      "RuntimeError: no backend); the run does without it",
    ),
  ],
)
def test_a_picture_or_table_that_fails_costs_no_finished_training(
  error, told, tmp_path, monkeypatch, capsys, whole
):
  def fail(*_, **__):
    raise error

  stopped_run(tmp_path, 3, 8)
  capsys.readouterr()
  monkeypatch.setattr("matplotlib.figure.Figure.savefig", fail)
  monkeypatch.setattr("noisy_jax.runs.runner.judge", fail)
  summary = runs.run(a_setup(), tmp_path)
  lines = capsys.readouterr().out.splitlines()
  path = tmp_path / "curves.png"
  assert [line for line in lines if line.startswith("examples.csv is left out (")]
  (line,) = [line for line in lines if line.startswith(f"{path} is left out (")]
  assert told.format(path=path) in line
  assert not path.exists()
  assert not list(tmp_path.glob("partial.*"))
  assert json.loads((tmp_path / "summary.json").read_text()) == summary
  assert_same_end(tmp_path, whole)


def test_an_interruption_while_curves_are_drawn_leaves_the_run_unfinished(
  tmp_path, monkeypatch, whole
):
  def interrupt(*_, **__):
    raise KeyboardInterrupt

  stopped_run(tmp_path, 3, 8)
  with monkeypatch.context() as patch:
    patch.setattr("matplotlib.figure.Figure.savefig", interrupt)
    with pytest.raises(KeyboardInterrupt):
      runs.run(a_setup(), tmp_path)
  assert not (tmp_path / "summary.json").exists()
  runs.run(a_setup(), tmp_path)
  assert (tmp_path / "curves.png").exists()
  assert_same_end(tmp_path, whole)


def test_another_place_in_a_checkpoint_is_noticed(whole, tmp_path, capsys):
  stopped_run(tmp_path, 3, 4)
  change(tmp_path / "checkpoints/24/position/metadata", '"epoch": 3', '"epoch": 2')
  runs.run(a_setup(), tmp_path)
  assert "checkpoint 24 is damaged (the digest of its pos" in capsys.readouterr().out
  assert_same_end(tmp_path, whole)

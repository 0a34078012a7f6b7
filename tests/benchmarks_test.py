"""The benchmarks, in processes of their own: two of them define the same flags."""

import subprocess
import sys

import pytest

from noisy_jax import losses


def run(module, *flags):
  command = [sys.executable, "-m", f"experiments.benchmarks.{module}", *flags]
  done = subprocess.run(command, capture_output=True, text=True)
  assert done.returncode == 0, done.stderr
  return done.stdout


@pytest.mark.slow
def test_losses_has_a_row_for_every_loss_and_writes_what_it_prints(tmp_path):
  size = ["--batch_size=64", "--num_classes=10", "--turns=1", f"--out_dir={tmp_path}"]
  printed = run("losses", *size)
  assert (tmp_path / "cpu.md").read_text() == printed.removesuffix("\n")
  rows = {line.split(" | ")[0].removeprefix("| ") for line in printed.splitlines()}
  assert set(losses.NAMES) <= rows


@pytest.mark.slow
def test_average_error_measures_both_ways():
  printed = run("average_error", "--losses=mae,nfl", "--classes=10")
  assert "one pass" in printed.splitlines()[0]
  assert [line.split()[:2] for line in printed.splitlines()[1:3]] == [
    ["mae", "10"],
    ["nfl", "10"],
  ]


@pytest.mark.slow
def test_training_speed_has_a_row_for_every_width_and_writes_what_it_prints(tmp_path):
  size = ["--widths=8,16", "--train_size=256", "--turns=1", "--seeds=2"]
  printed = run("training_speed", *size, f"--out_dir={tmp_path}")
  assert (tmp_path / "cpu.md").read_text() == printed.removesuffix("\n")
  table = [line for line in printed.splitlines() if line.startswith("| ")]
  header, _, *rows = ([cell.strip() for cell in line.split("|")[1:-1]] for line in table)
  assert header[:4] == ["hidden layers", "images/s", "2 seeds, images/s", "time / one"]
  assert [row[0] for row in rows] == ["8, 8", "16, 16"]
  for row in rows:
    assert all(float(cell.replace(",", "")) > 0 for cell in row[1:4])

import subprocess
import sys
import time

import pytest

from noisy_jax import losses


def run(module, *flags):
  command = [sys.executable, "-m", f"experiments.benchmarks.{module}", *flags]
  done = subprocess.run(command, capture_output=True, text=True)
  assert done.returncode == 0, done.stderr
  return done.stdout


def table(module, *flags, place):
  """The rows that a command prints, which are those that it writes."""
  printed = run(module, *flags, f"--out_dir={place}")
  assert (place / "cpu.md").read_text() == printed.removesuffix("\n")
  return rows(printed)


def rows(text):
  """The cells of a page's table, the header first."""
  table = [line for line in text.splitlines() if line.startswith("| ")]
  header, _, *others = ([cell.strip() for cell in x.split("|")[1:-1]] for x in table)
  return [header, *others]


def number(cell):
  return float(cell.replace(",", ""))


@pytest.mark.slow
def test_losses_has_a_row_for_every_loss_and_writes_what_it_prints(tmp_path):
  size = ["--batch_size=64", "--num_classes=10", "--turns=1"]
  found = table("losses", *size, place=tmp_path)
  assert set(losses.NAMES) <= {row[0] for row in found}


@pytest.mark.slow
def test_losses_write_each_row_at_once(tmp_path):
  module = "experiments.benchmarks.losses"
  size = ["--batch_size=64", "--num_classes=10", "--turns=1", f"--out_dir={tmp_path}"]
  process = subprocess.Popen([sys.executable, "-m", module, *size], stdout=-3)
  table = tmp_path / "cpu.md"
  try:
    while not (table.exists() and table.read_text().endswith("|\n")):
      assert process.poll() is None
      time.sleep(0.01)
    assert len(rows(table.read_text())) < len(losses.NAMES)
  finally:
    process.kill()
    process.wait()


@pytest.mark.slow
def test_fused_head_measures_each_form(tmp_path):
  size = "--losses=ce,mae", "--classes=50", "--sizes=8x4", "--chunk_size=20", "--turns=1"
  header, *found = table("fused_head", *size, place=tmp_path)
  assert [row[:4] for row in found] == [["ce", "50", "8", "4"], ["mae", "50", "8", "4"]]
  for form in ("logits (ms)", "fused (ms)", "logits (MB)", "fused (MB)"):
    assert all(number(row[header.index(form)]) >= 0 for row in found)


@pytest.mark.slow
def test_average_error_measures_both_ways_or_the_one_that_is_used(tmp_path):
  flags = ["--losses=mae,nfl", "--classes=10"]
  header, mae, nfl = table("average_error", *flags, place=tmp_path)
  assert header[2:4] == ["one pass (s)", "by gradients (s)"]
  assert (mae[0], nfl[0]) == ("mae", "nfl")
  assert all(float(cell) > 0 for cell in mae[2:])
  _, alone, _ = rows(run("average_error", *flags, "--noreference"))
  assert float(alone[2]) > 0
  assert alone[3] == nfl[2] == ""
  assert float(nfl[3]) > 0


@pytest.mark.slow
def test_training_speed_has_a_row_for_every_width_and_writes_what_it_prints(tmp_path):
  size = ["--widths=8,16", "--train_size=256", "--turns=1", "--seeds=2"]
  header, *networks = table("training_speed", *size, place=tmp_path)
  assert header[:4] == ["hidden layers", "images/s", "2 seeds, images/s", "time / one"]
  assert [row[0] for row in networks] == ["8, 8", "16, 16"]
  for row in networks:
    assert all(number(cell) > 0 for cell in row[1:4])


@pytest.mark.slow
def test_method_cost_has_a_row_for_each_method(tmp_path):
  size = ["--num_classes=10", "--width=8", "--train_size=1280", "--turns=1"]
  size += ["--methods=elr,meta(size=20)"]
  header, *methods = table("method_cost", *size, place=tmp_path)
  assert header == ["method", "ms a step", "/ none", "bytes an example"]
  assert [row[0] for row in methods] == ["`none`", "`elr`", "`meta(size=20)`"]
  assert methods[0][2] == "1.00"
  assert all(number(row[1]) > 0 and number(row[2]) > 0 for row in methods)
  # Targets of 10 classes in float32; meta has none.
  assert [row[3] for row in methods] == ["0", "40", "0"]


@pytest.mark.slow
def test_sparse_targets_compares_each_number_of_entries_with_all(tmp_path):
  size = "--num_classes=10", "--epochs=1", "--methods=car", "--entries=3"
  header, *found = table("sparse_targets", *size, place=tmp_path)
  names, (_, of_3), sizes = ([row[i] for row in found] for i in (0, 3, 4))
  assert header[3] == "total variation"
  assert names == ["`car`", "`car(entries=3)`"]
  # One epoch is in the warm-up, where targets stay the labels.
  assert number(of_3) == 0
  assert sizes == ["40", "28"]


@pytest.mark.slow
def test_convnet_speed_has_a_row_for_each_network_and_batch(tmp_path):
  size = ["--models=cnn4", "--batch_sizes=16,32", "--train_size=64", "--turns=1"]
  size += ["--matmul_size=128", "--torch_forms=eager", "--compute_dtype=float32"]
  header, first, second = table("convnet_speed", *size, place=tmp_path)
  assert header[:4] == ["network", "batch", "images/s", "utilisation"]
  assert [first[:2], second[:2]] == [["cnn4", "16"], ["cnn4", "32"]]
  rates, shares = (
    [number(row[place].rstrip("%")) for row in (first, second)] for place in (2, 3)
  )
  assert min(rates) > 0
  # The network and the peak are the same; a share is rounded to 0.1 %, a rate to 1.
  rounding = 0.1 * sum(rates) + sum(shares)
  assert shares[0] * rates[1] == pytest.approx(shares[1] * rates[0], abs=rounding)


@pytest.mark.slow
def test_epoch_profile_has_shares_of_operations_in_falling_order(tmp_path):
  size = ["--model=cnn4", "--batch_size=16", "--train_size=32", "--compute_dtype=float32"]
  header, *operations = table("epoch_profile", *size, "--rows=5", place=tmp_path)
  assert header == ["operation", "times", "ms", "share"]
  assert len(operations) == 5
  times = [number(row[2]) for row in operations]
  assert times == sorted(times, reverse=True)
  assert times[0] > 0
  assert 0 < sum(number(row[3].rstrip("%")) for row in operations) <= 100.3


@pytest.mark.slow
def test_first_step_is_measured_cold_and_warm_and_holds_the_imports(tmp_path):
  size = ["--models=mlp", "--image_size=8", "--batch_size=16"]
  header, *others = table("first_step", *size, place=tmp_path)
  assert header[1:] == ["cold (s)", "warm (s)"]
  assert [row[0] for row in others[2:]] == ["mlp"]
  assert all(number(cell) > 0 for row in others for cell in row[1:])


@pytest.mark.slow
@pytest.mark.parametrize("module", ["accelerator", "device_agreement"])
def test_what_needs_an_accelerator_says_so_in_one_line(module, tmp_path):
  command = [sys.executable, "-m", f"experiments.benchmarks.{module}"]
  done = subprocess.run([*command, f"--out_dir={tmp_path}"], capture_output=True, text=True)
  assert done.returncode == 1
  assert len(done.stderr.splitlines()) == 1
  assert "no accelerator" in done.stderr
  assert not list(tmp_path.iterdir())


def test_accelerator_refuses_an_unknown_part_and_names_the_known_ones(tmp_path):
  command = [sys.executable, "-m", "experiments.benchmarks.accelerator"]
  done = subprocess.run(
    [*command, f"--out_dir={tmp_path}", "--parts=x"], capture_output=True, text=True
  )
  assert done.returncode == 1
  assert done.stderr.startswith("error: parts: 'x', must be among all, agreement")

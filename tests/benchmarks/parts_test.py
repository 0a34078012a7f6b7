import itertools
import sys

import jax
import numpy as np
import pytest

from experiments.benchmarks import arithmetic, device, device_agreement, parts, race
from noisy_jax import models


@pytest.mark.parametrize(
  "backend, kind, name",
  [
    ("cpu", "cpu", "cpu.md"),
    ("gpu", "NVIDIA H100 80GB HBM3", "nvidia-h100-80gb-hbm3.md"),
    ("tpu", "TPU v5 lite", "tpu-v5-lite.md"),
  ],
)
def test_tables_are_named_after_the_device(backend, kind, name):
  assert device.Device(backend, kind).file_name == name


def test_other_processes_run_on_what_this_one_does():
  assert device.of_other_processes() == device.here()


def test_the_first_epoch_of_a_race_does_not_count_and_the_shortest_other_does():
  seconds = {"a": iter([0.1, 3.0, 2.0]), "b": iter([0.5, 1.0, 4.0])}
  racing = {name: lambda times=times: next(times) for name, times in seconds.items()}
  assert race.race(racing, 2) == {"a": 2.0, "b": 1.0}


def test_multiply_adds_are_weights_times_the_places_of_their_kernel():
  mlp = models.build("mlp", 10, widths=(7, 5))
  assert arithmetic.multiply_adds(mlp, (4, 3, 2)) == 24 * 7 + 7 * 5 + 5 * 10
  # Blocks of 32 and 64 channels, each halved after it; then 128 units.
  expected = 9 * 3 * 32 * 32**2 + 9 * 32 * 64 * 16**2 + 8 * 8 * 64 * 128 + 128 * 10
  cnn = models.build("cnn4", 10)
  assert arithmetic.multiply_adds(cnn, (32, 32, 3)) == expected
  count = arithmetic.multiply_adds(models.build("resnet34", 10), (32, 32, 3))
  assert count == pytest.approx(1.16e9, rel=0.005)


def _part(code):
  return parts.Part([sys.executable, "-c", code], share=1)


def test_a_part_that_takes_too_long_is_cut_off_and_the_next_one_runs(tmp_path):
  table = tmp_path / "table.md"
  slow = f"import pathlib, time; pathlib.Path({str(table)!r}).write_text('row'); "
  ends = parts.run(
    {
      "slow": _part(slow + "time.sleep(600)"),
      "failing": _part("import sys; print('why'); sys.exit(3)"),
      "quick": _part("import os; print(os.environ['COLOUR'])"),
    },
    seconds=15.0,
    environment={"COLOUR": "blue"},
  )
  outcomes = dict(itertools.islice(ends, 1))
  assert list(outcomes) == ["slow"]
  outcomes |= ends
  assert table.read_text() == "row"
  results = {name: outcome.result for name, outcome in outcomes.items()}
  assert list(results.values()) == ["cut off", "failed with status 3", "complete"]
  assert outcomes["failing"].output == "why\n"
  assert outcomes["quick"].output == "blue\n"
  # A third of the time.
  assert 5.0 <= outcomes["slow"].seconds < 15.0


def test_helpers_of_a_part_end_with_it():
  helper = "import time; time.sleep(600)"
  code = (
    "import subprocess, sys, time; "
    f"subprocess.Popen([sys.executable, '-c', {helper!r}]); time.sleep(600)"
  )
  # The helper holds the output open: waiting for its end would take ten minutes.
  outcomes = dict(parts.run({"a": _part(code)}, 1.0, {}))
  assert outcomes["a"].result == "cut off"
  assert outcomes["a"].seconds < 60


def test_differences_are_relative_to_the_largest_value():
  reference = {"value of a": np.array([1.0, -4.0]), "value of b": np.array([2.0])}
  found = {"value of a": np.array([1.5, -4.0]), "value of b": np.array([np.nan])}
  assert list(device_agreement.differences(found, reference).values()) == [0.125, np.inf]


@pytest.mark.slow
def test_results_of_two_devices_agree_and_each_has_a_tolerance():
  first, second = (
    device_agreement.results(device, names=["mae"], networks=["mlp"])
    for device in jax.devices()[:2]
  )
  found = device_agreement.differences(second, first)
  assert found
  for name, difference in found.items():
    assert difference <= device_agreement.tolerance(name), name
    assert np.ptp(first[name]) > 0, name

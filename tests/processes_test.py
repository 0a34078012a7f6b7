"""Two processes on one machine train like one."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from experiments import distributed
from noisy_jax.training.checkpoint import Checkpoints

RUN = ["--dataset=digits10", "--loss=mae", "--noise_rate=0.4", "--widths=16"]


def free_port():
  with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    return probe.getsockname()[1]


def start(workdir, *arguments, processes=2, devices=2):
  """Starts a run in that many processes, with that many devices each."""
  environment = os.environ | {
    "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"
  }
  command = [sys.executable, "-m", "experiments.train", *RUN, f"--workdir={workdir}"]
  address = f"--coordinator=127.0.0.1:{free_port()}"
  place = [address, f"--num_processes={processes}"] if processes > 1 else []
  return [
    subprocess.Popen(
      [*command, *arguments, *place, *([f"--process_id={i}"] if place else [])],
      env=environment,
      stdout=subprocess.PIPE,
      stderr=subprocess.STDOUT,
      text=True,
    )
    for i in range(processes)
  ]


def end(processes):
  """Waits for all; their output and exit statuses."""
  outputs = [process.communicate(timeout=200)[0] for process in processes]
  return outputs, [process.returncode for process in processes]


def last_arrays(workdir):
  with Checkpoints(workdir / "checkpoints") as checkpoints:
    return checkpoints.arrays(checkpoints.steps[-1])


def wait_for_checkpoint(workdir):
  for _ in range(1200):
    if list((workdir / "checkpoints").glob("[0-9]*[0-9]")):
      return
    time.sleep(0.1)
  pytest.fail("no checkpoint was written")


@pytest.mark.slow
def test_two_processes_train_like_one(tmp_path):
  outputs, statuses = end(start(tmp_path / "two", "--epochs=2"))
  assert statuses == [0, 0], outputs
  assert "epoch 2/2" in outputs[0]
  assert "epoch" not in outputs[1]
  outputs, statuses = end(start(tmp_path / "one", "--epochs=2", processes=1, devices=4))
  assert statuses == [0], outputs
  two, one = last_arrays(tmp_path / "two"), last_arrays(tmp_path / "one")
  assert two.keys() == one.keys()
  for name in one:
    np.testing.assert_allclose(two[name], one[name], atol=1e-3, err_msg=name)
  summaries = [
    json.loads((tmp_path / run / "summary.json").read_text()) for run in ("two", "one")
  ]
  assert summaries[0]["memorised"] == pytest.approx(summaries[1]["memorised"], abs=2e-3)


@pytest.mark.slow
def test_a_process_that_is_told_to_stop_stops_all_and_one_that_dies_ends_all(tmp_path):
  processes = start(tmp_path, "--epochs=500")
  wait_for_checkpoint(tmp_path)
  processes[1].send_signal(signal.SIGTERM)
  outputs, statuses = end(processes)
  assert statuses == [143, 143], outputs
  assert "the same command goes on from there" in outputs[0]

  processes = start(tmp_path, "--epochs=500")
  line = ""
  while not line.startswith("epoch"):
    line = processes[0].stdout.readline()
    assert line or processes[0].poll() is None
  processes[1].kill()
  killed = time.monotonic()
  outputs, statuses = end(processes)
  assert time.monotonic() - killed < 60
  assert 0 not in statuses
  assert "another task died" in outputs[0] or "another process has ended" in outputs[0]

  processes = start(tmp_path, "--epochs=500")
  while "going on in epoch" not in line:
    line = processes[0].stdout.readline()
    assert line or processes[0].poll() is None
  for process in processes:
    process.kill()
  end(processes)


@pytest.mark.parametrize(
  "values, message",
  [
    (("h:1", None, 0), "num_processes: missing, must be given with coordinator"),
    ((None, 2, 0), "coordinator: missing, must be given with num_processes"),
    (("h:1", 2, 2), "process_id: 2, must be below num_processes, 2"),
    (("host", 2, 0), "coordinator: 'host', must be HOST:PORT"),
  ],
)
def test_flags_that_do_not_fit_are_named(values, message, monkeypatch):
  names = ("_COORDINATOR", "_NUM_PROCESSES", "_PROCESS_ID")
  for name, value in zip(names, values, strict=True):
    holder = type("Holder", (), {"name": name.strip("_").lower(), "value": value})
    monkeypatch.setattr(distributed, name, holder)
  with pytest.raises(ValueError, match=f"^{message}$"):
    distributed.start()

import json
import os
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from noisy_jax.cli import multihost_flags
from noisy_jax.runs.checkpoints import Checkpoints
from tests.streamed_sets import write_folder

RUN = ["--dataset=digits10", "--loss=mae", "--noise_rate=0.4", "--widths=16"]


def free_port():
  with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    return probe.getsockname()[1]


class Runs:
  """A run in several processes, each with two devices and a log of its own."""

  def __init__(self, place, workdir, *arguments, processes=2, devices=2):
    flag = f"--xla_force_host_platform_device_count={devices}"
    environment = os.environ | {"XLA_FLAGS": flag}
    command = [sys.executable, "-m", "experiments.train", *RUN, f"--workdir={workdir}"]
    command += arguments
    if processes > 1:
      command += [f"--coordinator=127.0.0.1:{free_port()}", f"--num_processes={processes}"]
    self.logs = [place / f"{workdir.name}.{i}.log" for i in range(processes)]
    self.processes = []
    for i, log in enumerate(self.logs):
      place_of_this = [f"--process_id={i}"] if processes > 1 else []
      with log.open("w") as file:
        self.processes.append(
          subprocess.Popen(
            [*command, *place_of_this], env=environment, stdout=file, stderr=file
          )
        )

  def __enter__(self):
    return self

  def __exit__(self, *_):
    for process in self.processes:
      process.kill()
      process.wait()

  def wait(self):
    """The exit statuses of all."""
    return [process.wait(timeout=200) for process in self.processes]

  def wait_for(self, text):
    """Waits until process 0 has written this."""
    deadline = time.monotonic() + 200
    while text not in self.logs[0].read_text():
      assert self.processes[0].poll() is None, self.logs[0].read_text()
      assert time.monotonic() < deadline, self.logs[0].read_text()
      time.sleep(0.1)


def last_arrays(workdir):
  with Checkpoints(workdir / "checkpoints") as checkpoints:
    return checkpoints.arrays(checkpoints.steps[-1])


@pytest.mark.slow
@pytest.mark.parametrize("images", ["held", "streamed"])
def test_two_processes_train_like_one(images, tmp_path):
  two, one = tmp_path / "two", tmp_path / "one"
  settings = ["--epochs=2"]
  if images == "streamed":
    root = write_folder(tmp_path / "set")
    settings += [f"--dataset=folder:{root}", "--max_memory_gb=0", "--batch_size=4"]
    settings += ["--method=aum"]
  with Runs(tmp_path, two, *settings) as runs:
    assert runs.wait() == [0, 0], runs.logs[0].read_text()
    assert "epoch 2/2" in runs.logs[0].read_text()
    assert "epoch" not in runs.logs[1].read_text()
  with Runs(tmp_path, one, *settings, processes=1, devices=4) as runs:
    assert runs.wait() == [0]
  arrays, expected = last_arrays(two), last_arrays(one)
  assert arrays.keys() == expected.keys()
  for name, array in arrays.items():
    np.testing.assert_allclose(array, expected[name], atol=1e-3, err_msg=name)
  summaries = [json.loads((place / "summary.json").read_text()) for place in (two, one)]
  assert summaries[0]["memorised"] == pytest.approx(summaries[1]["memorised"], abs=2e-3)


@pytest.mark.slow
def test_one_process_stops_all_and_all_go_on(tmp_path):
  workdir = tmp_path / "run"
  with Runs(tmp_path, workdir, "--epochs=500") as runs:
    runs.wait_for("epoch 1/500")
    runs.processes[1].send_signal(signal.SIGTERM)
    assert runs.wait() == [143, 143]
    assert "the same command goes on from there" in runs.logs[0].read_text()
  with Runs(tmp_path, workdir, "--epochs=500") as runs:
    runs.wait_for("going on in epoch")
    runs.wait_for("/500")
    runs.processes[1].kill()
    killed = time.monotonic()
    runs.processes[0].wait(timeout=100)
    assert time.monotonic() - killed < 60
    log = runs.logs[0].read_text()
    assert "another setup died" in log or "another process has ended" in log


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
    monkeypatch.setattr(multihost_flags, name, holder)
  with pytest.raises(ValueError, match=f"^{message}$"):
    multihost_flags.start()

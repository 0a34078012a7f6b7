"""Files of a run that are damaged, changed or missing, and places that take none."""

import fcntl
import json

import numpy as np
import pytest

from noisy_jax import runs
from noisy_jax.runs import checkpoints
from tests.stopped_runs import (  # noqa: F401
  CONFIG,
  a_setup,
  change,
  few_steps_per_call,
  last_arrays,
  stopped_run,
)


def test_missing_lines_are_an_error(tmp_path):
  stopped_run(tmp_path, 2, 4)
  (tmp_path / "metrics.jsonl").write_text("")
  with pytest.raises(OSError, match=r"metrics\.jsonl lacks epochs before epoch 2"):
    runs.run(a_setup(), tmp_path)


def test_other_images_are_noticed(tmp_path):
  stopped_run(tmp_path, 1, 8)
  setup = a_setup()
  other = setup.train_labels._replace(clean=np.zeros_like(setup.train_labels.clean))
  with pytest.raises(OSError, match=r"labels\.npz has other clean than data and files now"):
    runs.run(setup._replace(train_labels=other), tmp_path)
  (tmp_path / "labels.npz").write_bytes(b"PK")
  with pytest.raises(OSError, match=r"labels\.npz is damaged"):
    runs.run(setup, tmp_path)


def test_two_runs_do_not_share_a_workdir(tmp_path):
  stopped_run(tmp_path, 1, 4)
  with (tmp_path / ".lock").open("a") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    with pytest.raises(runs.InUseError, match="is in use by another process"):
      runs.run(a_setup(), tmp_path)
  runs.run(a_setup(), tmp_path)


def test_a_full_disk_is_one_line_and_keeps_what_is_there(tmp_path, monkeypatch):
  stopped_run(tmp_path, 1, 8)
  before = last_arrays(tmp_path)
  manager = checkpoints.ocp.CheckpointManager

  def no_space(*_, **__):
    raise OSError(28, "No space left on device")

  with monkeypatch.context() as patch:
    patch.setattr(manager, "save", no_space)
    with pytest.raises(OSError, match=r"cannot be written .*No space left") as failure:
      runs.run(a_setup(), tmp_path)
  assert "\n" not in str(failure.value)
  after = last_arrays(tmp_path)
  assert all((after[name] == before[name]).all() for name in before)


def test_a_checkpoint_of_another_network_is_named(tmp_path):
  stopped_run(tmp_path, 1, 8)
  config = json.loads((tmp_path / "config.json").read_text())
  config["widths"] = [8]
  (tmp_path / "config.json").write_text(json.dumps(config))
  with pytest.raises(
    OSError, match=r"^workdir: .* the checkpoint has \(16,\) as the shape of .*bias, must"
  ):
    runs.run(a_setup(widths=(8,)), tmp_path)


def test_another_number_in_the_records_is_noticed(tmp_path):
  stopped_run(tmp_path, 3, 4)
  change(tmp_path / "metrics.jsonl", '"test_accuracy": 0.', '"test_accuracy": 0.9')
  with pytest.raises(OSError, match=r"metrics\.jsonl has changed since its checkpoint"):
    runs.run(a_setup(), tmp_path)


@pytest.mark.parametrize("line", ["", "[1]", "null", '{"epoch": 2}', "\xff", "[" * 10_000])
def test_damaged_records_are_named(line, tmp_path):
  stopped_run(tmp_path, 3, 4)
  path = tmp_path / "metrics.jsonl"
  first, _ = path.read_text().splitlines()
  path.write_bytes(f"{first}\n{line}\n".encode("latin-1"))
  with pytest.raises(OSError, match=r"^workdir: .*metrics\.jsonl") as failure:
    runs.run(a_setup(), tmp_path)
  assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
  "content", [b"", b"PK\x05\x06" + bytes(18), b"\x93NUMPY\x01\0", b"\x80\x04N.", None]
)
def test_damaged_labels_are_named(content, tmp_path):
  stopped_run(tmp_path, 1, 4)
  path = tmp_path / "labels.npz"
  path.unlink()
  if content is None:
    np.save(path.with_suffix(".npy"), np.arange(3))
    path.with_suffix(".npy").rename(path)
  else:
    path.write_bytes(content)
  with pytest.raises(OSError, match=r"^workdir: .*labels\.npz is damaged"):
    runs.run(a_setup(), tmp_path)


def test_labels_that_are_no_classes_are_refused(tmp_path):
  stopped_run(tmp_path, 1, 4)
  held = dict(np.load(tmp_path / "labels.npz"))
  np.savez(tmp_path / "labels.npz", **held | {"noisy": held["noisy"] + 9})
  with pytest.raises(OSError, match=r"labels\.npz is damaged \(labels: 1\d at position"):
    runs.run(a_setup(), tmp_path)


def test_a_summary_without_its_outcome_is_named(tmp_path):
  stopped_run(tmp_path, 1, 4)
  (tmp_path / "summary.json").write_text("{}")
  with pytest.raises(
    OSError, match=r"summary\.json lacks best_epoch, .*; without the file"
  ):
    runs.check_workdir(tmp_path, CONFIG)


def test_a_workdir_needs_a_name_that_is_text(tmp_path):
  with pytest.raises(OSError, match=r"^workdir: .*, must have a name in UTF-8"):
    runs.check_workdir(tmp_path / "\udcff", CONFIG)

import fcntl
import json

import numpy as np
import pytest

from noisy_jax import runs
from noisy_jax.runs import checkpoints
from tests.stopped_runs import CONFIG, a_setup, change, last_arrays


def last_line(workdir, line):
  path = workdir / "metrics.jsonl"
  first, _ = path.read_text().splitlines()
  path.write_bytes(f"{first}\n{line}\n".encode("latin-1"))


def no_classes(workdir):
  held = dict(np.load(workdir / "labels.npz"))
  np.savez(workdir / "labels.npz", **held | {"noisy": held["noisy"] + 9})


def one_array(workdir):
  with (workdir / "labels.npz").open("wb") as file:
    np.save(file, np.arange(3))


@pytest.mark.parametrize(
  "damage, message",
  [
    (lambda x: (x / "metrics.jsonl").write_text(""), "l lacks epochs before epoch 3"),
    (lambda x: change(x / "metrics.jsonl", '"test_accuracy": 0.', '"test_accuracy": 0.9'),
     r"metrics\.jsonl has changed since its checkpoint"),
    *((lambda x, line=line: last_line(x, line), r"metrics\.jsonl")
      for line in ("", "[1]", "null", '{"epoch": 2}', "\xff", "[" * 10_000)),
    *((lambda x, content=content: (x / "labels.npz").write_bytes(content), "npz is damaged")
      for content in (b"", b"PK\x05\x06" + bytes(18), b"\x93NUMPY\x01\0", b"\x80\x04N.")),
    (one_array, r"labels\.npz is damaged"),
    (no_classes, r"labels\.npz is damaged \(labels: 1\d at position"),
  ],
)  # fmt: skip
def test_damaged_records_are_named(damage, message, workdir):
  damage(workdir)
  with pytest.raises(OSError, match=rf"^workdir: .*{message}") as failure:
    runs.run(a_setup(), workdir)
  assert "\n" not in str(failure.value)


def test_other_images_are_noticed(workdir):
  setup = a_setup()
  other = setup.train_labels._replace(clean=np.zeros_like(setup.train_labels.clean))
  with pytest.raises(OSError, match=r"labels\.npz has other clean than data and files now"):
    runs.run(setup._replace(train_labels=other), workdir)
  (workdir / "labels.npz").write_bytes(b"PK")
  with pytest.raises(OSError, match=r"labels\.npz is damaged"):
    runs.run(setup, workdir)


def test_two_runs_do_not_share_a_workdir(workdir):
  with (workdir / ".lock").open("a") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    with pytest.raises(runs.InUseError, match="is in use by another process"):
      runs.run(a_setup(), workdir)
  runs.run(a_setup(), workdir)


def test_a_full_disk_is_one_line_and_keeps_what_is_there(workdir, monkeypatch):
  before = last_arrays(workdir)
  manager = checkpoints.ocp.CheckpointManager

  def no_space(*_, **__):
    raise OSError(28, "No space left on device")

  with monkeypatch.context() as patch:
    patch.setattr(manager, "save", no_space)
    with pytest.raises(OSError, match=r"cannot be written .*No space left") as failure:
      runs.run(a_setup(), workdir)
  assert "\n" not in str(failure.value)
  after = last_arrays(workdir)
  assert all((after[name] == before[name]).all() for name in before)


def test_a_checkpoint_of_another_network_is_named(workdir):
  config = json.loads((workdir / "config.json").read_text())
  config["widths"] = [8]
  (workdir / "config.json").write_text(json.dumps(config))
  with pytest.raises(OSError, match=r"^workdir: .* the checkpoint has \(16,\) as the shap"):
    runs.run(a_setup(widths=(8,)), workdir)


def test_a_summary_without_its_outcome_and_a_name_that_is_no_text_are_named(workdir):
  (workdir / "summary.json").write_text("{}")
  with pytest.raises(OSError, match=r"summary\.json lacks best_epoch, .*; without the fil"):
    runs.check_workdir(workdir, CONFIG)
  with pytest.raises(OSError, match=r"^workdir: .*, must have a name in UTF-8"):
    runs.check_workdir(workdir / "\udcff", CONFIG)

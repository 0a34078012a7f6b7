import json
import sys
import types

import jax
import numpy as np
import pytest

from noisy_jax import data, runs, training
from noisy_jax.runs import tensorboard


def an_epoch(epoch, **changes):
  values = dict.fromkeys(training.METRICS, 0.5) | {"epoch": epoch}
  values |= {"learned": None, "scheduled": None}
  return training.Epoch(**values | changes)


class Writer:
  """Stands in for tensorboardX.SummaryWriter."""

  written: dict[str, list] = {}  # noqa: RUF012

  def __init__(self, logdir):
    self._rows = self.written.setdefault(logdir, [])

  def add_scalar(self, name, value, step):
    self._rows.append((name, value, step))

  def flush(self):
    self._rows.append("flush")

  def close(self):
    self._rows.append("close")


@pytest.fixture
def written(monkeypatch):
  monkeypatch.setattr(tensorboard, "check_tensorboard", lambda: None)
  module = types.SimpleNamespace(SummaryWriter=Writer)
  monkeypatch.setitem(sys.modules, "tensorboardX", module)
  monkeypatch.setattr(Writer, "written", {})
  return Writer.written


def test_each_seed_gets_its_results_and_none_is_left_out(written, tmp_path):
  with tensorboard.event_files([tmp_path / "a", tmp_path / "b"]) as write:
    own = {"learned": {"gce.q": 2.0}, "scheduled": {"logit_bias": 0.5}}
    write([an_epoch(3, loss=1.0, memorised=None), an_epoch(3, **own)])
    first, second = written[str(tmp_path / "a")], written[str(tmp_path / "b")]
    assert first[-1] == second[-1] == "flush"
  names = set(training.METRICS) - {"epoch", "learned", "scheduled"}
  assert {row[0] for row in first[:-2]} == names - {"memorised"}
  names |= {"learned/gce.q", "scheduled/logit_bias"}
  assert {row[0] for row in second[:-2]} == names
  assert ("loss", 1.0, 3) in first
  assert ("learned/gce.q", 2.0, 3) in second
  assert ("scheduled/logit_bias", 0.5, 3) in second
  assert first[-1] == second[-1] == "close"


def test_a_run_writes_its_epochs_where_its_records_are(written, tmp_path):
  config = training.TrainConfig(dataset="digits10", widths=(4,), epochs=2, batch_size=64)
  dataset = data.digits(10, train_size=64, test_size=64)
  setup = runs.prepare(config, dataset=dataset, devices=jax.local_devices()[:1])
  runs.run(setup, tmp_path / "run", tensorboard=True)
  lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
  rows = written.pop(str(tmp_path / "run"))
  for line in map(json.loads, lines):
    assert ("test_loss", line["test_loss"], line["epoch"]) in rows
  runs.run(setup, tmp_path / "other")
  assert written == {}


def test_a_writer_that_fails_is_told_once(written, tmp_path, monkeypatch, capsys):
  def full(writer, *row):
    if writer._rows is written[str(tmp_path / "a")]:
      raise OSError("No space left on device\nmore")
    writer._rows.append(row)

  monkeypatch.setattr(Writer, "add_scalar", full)
  with tensorboard.event_files([tmp_path / "a", tmp_path / "b"]) as write:
    for epoch in (1, 2):
      write([an_epoch(epoch), an_epoch(epoch)])
  told = f"{tmp_path}/a: TensorBoard's file is left out (OSError: No space left on device)"
  assert capsys.readouterr().out == f"{told}; the run does without it\n"
  assert written[str(tmp_path / "a")] == []
  assert ("loss", 0.5, 2) in written[str(tmp_path / "b")]
  assert written[str(tmp_path / "b")][-1] == "close"


def test_a_missing_library_is_named_where_there_is_a_workdir(monkeypatch, tmp_path):
  monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
  with tensorboard.event_files([]) as write:
    write([an_epoch(1)])
  monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
  message = "^tensorboard: true, must be false without tensorboardX: pip install "
  with pytest.raises(ValueError, match=message), tensorboard.event_files([tmp_path]):
    pass


def test_the_file_holds_the_numbers(tmp_path):
  pytest.importorskip("tensorboardX")
  from tensorboardX.proto.event_pb2 import Event

  with tensorboard.event_files([tmp_path]) as write:
    write([an_epoch(1, loss=1.25)])
    write([an_epoch(2, loss=0.75)])
  (path,) = tmp_path.iterdir()
  losses = []
  for record in records_of(path.read_bytes()):
    event = Event.FromString(record)
    losses += [
      (event.step, value.simple_value)
      for value in event.summary.value
      if value.tag == "loss"
    ]
  np.testing.assert_array_equal(losses, [(1, 1.25), (2, 0.75)])


def records_of(content):
  """The records of a TFRecord file: length, its checksum, data, their checksum."""
  while content:
    length = int.from_bytes(content[:8], "little")
    yield content[12 : 12 + length]
    content = content[12 + length + 4 :]

import dataclasses
import json

import pytest

from noisy_jax import runs, training
from noisy_jax.runs import named_files, record_reader, records
from tests import workdirs

_OUTCOME = dict(test_accuracy=0.5, best_test_accuracy=0.5, best_epoch=1, seconds=1.0)


@pytest.mark.parametrize(
  ("setting", "value"),
  [
    ("labels", "{}.csv"),
    ("noise", "file:{}.npy"),
    ("noise", "file:{}.npy::worse"),
    ("noise", "matrix:{}.npy"),
    ("correction", "forward:{}.npy"),
    ("class_weights", "{}.csv"),
    ("example_weights", "{}.npy"),
  ],
)
def test_each_setting_that_names_a_file_has_a_digest(setting, value, tmp_path):
  config = training.TrainConfig(**{setting: value.format(tmp_path / "file")})
  assert named_files.digests(config) == {}
  for suffix in (".csv", ".npy"):
    (tmp_path / "file").with_suffix(suffix).write_text("1\n")
  before = named_files.digests(config)
  assert before.keys() == {setting}
  for suffix in (".csv", ".npy"):
    (tmp_path / "file").with_suffix(suffix).write_text("2\n")
  assert named_files.digests(config)[setting] != before[setting]


def test_words_and_other_kinds_name_no_file():
  config = training.TrainConfig(
    class_weights="balanced", noise="asymmetric:cifar10", noise_rate=0.4
  )
  assert named_files.digests(config) == {}


@pytest.fixture
def finished(tmp_path):
  """The workdir of a finished run with corrected labels, their file, and its config."""
  file, workdir = tmp_path / "labels.csv", tmp_path / "run"
  file.write_text("id,label\ntrain/0,1\n")
  config = dataclasses.replace(workdirs.CONFIG, labels=str(file))
  workdirs.save(workdir, [], config)
  records.finish(workdir, _OUTCOME)
  return workdir, file, config


def test_a_finished_run_knows_that_its_labels_have_changed(finished):
  workdir, file, config = finished
  assert runs.check_workdir(workdir, config) == _OUTCOME
  before = file.read_text()
  file.write_text("id,label\ntrain/0,2\n")
  with pytest.raises(OSError, match=rf"labels: {file}\); bring the former file back"):
    runs.check_workdir(workdir, config)
  file.write_text(before)
  assert runs.check_workdir(workdir, config) == _OUTCOME
  file.unlink()
  assert runs.check_workdir(workdir, config) == _OUTCOME
  assert record_reader.read_run(workdir)[0] == config


def test_a_run_of_an_older_version_has_no_digests(finished):
  workdir, file, config = finished
  facts = json.loads((workdir / "dataset.json").read_text())
  assert facts.pop("named_files").keys() == {"labels"}
  (workdir / "dataset.json").write_text(json.dumps(facts))
  file.write_text("id,label\ntrain/0,2\n")
  assert runs.check_workdir(workdir, config) == _OUTCOME


def test_a_run_without_such_files_writes_no_digests(tmp_path):
  workdirs.save(tmp_path / "run", [])
  assert "named_files" not in json.loads((tmp_path / "run" / "dataset.json").read_text())

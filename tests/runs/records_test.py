import dataclasses
import json
import shutil

import jax
import matplotlib.image
import numpy as np
import pytest

from noisy_jax import data, runs, training
from noisy_jax.runs import labels_file
from noisy_jax.runs.records import write_examples
from tests.small_setups import small_setup
from tests.stopped_runs import contents, records


def test_examples_may_have_names_that_are_no_text_and_no_score(tmp_path):
  columns = {"id": np.array(["\udcff.png", "ü.png"]), "score": np.array([0.25, np.nan])}
  write_examples(tmp_path, columns)
  content = (tmp_path / "examples.csv").read_bytes()
  assert content == b"id,score\r\n\xff.png,0.25\r\n\xc3\xbc.png,\r\n"


def test_examples_have_classes_by_name_where_there_are_names(tmp_path):
  columns = {
    "id": np.array(["a", "b", "c"]),
    "label": np.int32([1, 0, 1]),
    "predicted": np.int32([0, 0, 2]),
    "score": np.array([0.25, 0.5, 0.75]),
  }
  write_examples(tmp_path, columns, ("cat", "dog, wet", "\udcff"))
  content = (tmp_path / "examples.csv").read_bytes()
  assert content == (
    b'id,label,predicted,score\r\na,"dog, wet",cat,0.25\r\nb,cat,cat,0.5\r\n'
    b'c,"dog, wet",\xff,0.75\r\n'
  )
  write_examples(tmp_path, columns)
  assert b"\r\nc,1,2,0.75\r\n" in (tmp_path / "examples.csv").read_bytes()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
  setup, workdir = small_setup(), tmp_path_factory.mktemp("runs") / "new" / "run"
  return setup, workdir, runs.run(setup, workdir)


def test_run_leaves_its_records(run):
  setup, workdir, summary = run
  assert json.loads((workdir / "config.json").read_text())["widths"] == [16]
  assert json.loads((workdir / "versions.json").read_text())["jax"] == jax.__version__
  rows = [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]
  assert [row["epoch"] for row in rows] == [1, 2]
  assert set(rows[0]) == set(training.METRICS)
  assert json.loads((workdir / "summary.json").read_text()) == summary
  assert summary["test_accuracy"] == rows[-1]["test_accuracy"]
  assert all(row["seconds"] > 0 and row["images_per_second"] > 0 for row in rows)
  assert summary["realised_noise_rate"] == setup.train_labels.rate
  assert matplotlib.image.imread(workdir / "curves.png").shape[1] == 1400
  assert summary["num_parameters"] == (192 + 1) * 16 + (16 + 1) * 10
  facts = json.loads((workdir / "dataset.json").read_text())
  pixels = np.asarray(setup.dataset.train_images, np.float64)
  assert facts.pop("mean") == pytest.approx([pixels.mean()], rel=1e-6)
  assert facts.pop("std") == pytest.approx([pixels.std()], rel=1e-6)
  assert len(facts.pop("digest")) == 32
  assert facts.pop("content") == data.content(setup.dataset)
  assert facts.pop("class_names") == [str(digit) for digit in range(10)]
  counts = {"num_classes": 10, "train_examples": 320}
  assert facts == counts | {"image_shape": [8, 24, 1], "streamed": False}


def test_records_differ_between_runs_in_wall_clock_fields_alone(run, tmp_path, capsys):
  runs.run(small_setup(), tmp_path)
  assert records(tmp_path) == records(run[1])
  assert "epoch 2/2" in capsys.readouterr().out


def test_workdir_of_another_run_is_left_alone(run):
  setup, workdir, _ = run
  before = contents(workdir)
  other = dataclasses.replace(setup.config, loss="ce", seed=3)
  with pytest.raises(OSError, match=r"another config \(loss mae there, ce here; seed 0"):
    runs.check_workdir(workdir, other)
  with pytest.raises(OSError, match="another config"):
    runs.run(setup._replace(config=other), workdir)
  with pytest.raises(OSError, match="finished"):
    runs.run(setup, workdir)
  assert contents(workdir) == before
  assert runs.check_workdir(workdir, setup.config)["num_classes"] == 10


def test_an_older_workdir_has_defaults_and_a_strange_one_is_refused(run, tmp_path):
  config, workdir = run[0].config, shutil.copytree(run[1], tmp_path / "run")
  path = workdir / "config.json"
  held = json.loads(path.read_text())
  del held["l1"]
  path.write_text(json.dumps(held))
  assert runs.check_workdir(workdir, config) is not None
  other = dataclasses.replace(config, l1=0.5)
  with pytest.raises(OSError, match=r"another config \(l1 0.0 there, 0.5 here\)"):
    runs.check_workdir(workdir, other)
  (workdir / "summary.json").unlink()
  assert runs.check_workdir(workdir, config) is None
  path.unlink()
  with pytest.raises(OSError, match=r"holds versions\.json without config\.json"):
    runs.check_workdir(workdir, config)
  with pytest.raises(OSError, match="is a file, must be a directory"):
    runs.check_workdir(__file__, config)
  assert runs.check_workdir(tmp_path / "none", config) is None


def test_a_run_whose_older_version_noted_no_positions_goes_on(tmp_path):
  setup = small_setup(imbalance="exp:2")
  labels_file.write_or_check(tmp_path, setup)
  with np.load(tmp_path / "labels.npz") as file:
    arrays = {name: file[name] for name in file.files if name != "ids"}
  np.savez_compressed(tmp_path / "labels.npz", **arrays)
  labels_file.write_or_check(tmp_path, setup)
  np.savez_compressed(tmp_path / "labels.npz", **arrays, ids=setup.dataset.train_ids[::-1])
  with pytest.raises(OSError, match="has other ids than data and files now give"):
    labels_file.write_or_check(tmp_path, setup)


def test_labels_of_several_people_are_read_as_they_were_trained_on(tmp_path):
  setup = small_setup(1)
  votes = np.stack([setup.train_labels.noisy] * 3, axis=1)
  setup = setup._replace(train_labels=setup.train_labels._replace(votes=votes))
  labels_file.write_or_check(tmp_path, setup)
  read = labels_file.read(tmp_path, setup.dataset.num_classes)
  np.testing.assert_array_equal(read.votes, votes)

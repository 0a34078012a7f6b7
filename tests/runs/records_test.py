"""The records that a run leaves, and what is said where those of another are."""

import dataclasses
import json

import jax
import matplotlib.image
import numpy as np
import pytest

from noisy_jax import data, runs, training
from noisy_jax.runs.records import write_examples
from tests.small_setups import small_setup


def test_examples_may_have_names_that_are_no_text_and_no_score(tmp_path):
  columns = {"id": np.array(["\udcff.png", "ü.png"]), "score": np.array([0.25, np.nan])}
  write_examples(tmp_path, columns)
  content = (tmp_path / "examples.csv").read_bytes()
  assert content == b"id,score\r\n\xff.png,0.25\r\n\xc3\xbc.png,\r\n"


def test_run_leaves_its_records(tmp_path, capsys):
  workdir = tmp_path / "new" / "run"
  setup = small_setup()
  summary = runs.run(setup, workdir)
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
  assert "epoch 2/2" in capsys.readouterr().out


def test_dataset_json_describes_the_training_set(tmp_path):
  setup = small_setup(epochs=1)
  runs.run(setup, tmp_path)
  facts = json.loads((tmp_path / "dataset.json").read_text())
  pixels = np.asarray(setup.dataset.train_images, np.float64)
  assert facts.pop("mean") == pytest.approx([pixels.mean()], rel=1e-6)
  assert facts.pop("std") == pytest.approx([pixels.std()], rel=1e-6)
  assert len(facts.pop("digest")) == 32
  assert facts.pop("content") == data.content(setup.dataset)
  assert facts == {
    "num_classes": 10,
    "class_names": [str(digit) for digit in range(10)],
    "image_shape": [8, 24, 1],
    "streamed": False,
    "train_examples": 640,
  }


def test_records_differ_between_runs_in_wall_clock_fields_alone(tmp_path):
  rows = []
  for name in ("a", "b"):
    runs.run(small_setup(), tmp_path / name)
    lines = (tmp_path / name / "metrics.jsonl").read_text().splitlines()
    rows.append([json.loads(line) for line in lines])
  for row in rows[0] + rows[1]:
    del row["seconds"], row["images_per_second"]
  assert rows[0] == rows[1]


def contents(workdir):
  return {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()}


def test_workdir_of_another_run_is_left_alone(tmp_path):
  setup = small_setup(epochs=1)
  runs.run(setup, tmp_path)
  before = contents(tmp_path)
  other = dataclasses.replace(setup.config, loss="ce", seed=3)
  with pytest.raises(OSError, match=r"another config \(loss mae there, ce here; seed 0"):
    runs.check_workdir(tmp_path, other)
  with pytest.raises(OSError, match="another config"):
    runs.run(setup._replace(config=other), tmp_path)
  with pytest.raises(OSError, match="finished"):
    runs.run(setup, tmp_path)
  assert contents(tmp_path) == before
  assert runs.check_workdir(tmp_path, setup.config)["num_classes"] == 10


def test_a_workdir_older_than_a_setting_has_its_default(tmp_path):
  setup = small_setup(epochs=1)
  runs.run(setup, tmp_path)
  path = tmp_path / "config.json"
  held = json.loads(path.read_text())
  del held["l1"]
  path.write_text(json.dumps(held))
  assert runs.check_workdir(tmp_path, setup.config) is not None
  other = dataclasses.replace(setup.config, l1=0.5)
  with pytest.raises(OSError, match=r"another config \(l1 0.0 there, 0.5 here\)"):
    runs.check_workdir(tmp_path, other)


def test_strange_workdir_is_refused(tmp_path):
  setup = small_setup(epochs=1)
  runs.run(setup, tmp_path / "run")
  (tmp_path / "run" / "summary.json").unlink()
  assert runs.check_workdir(tmp_path / "run", setup.config) is None
  (tmp_path / "run" / "config.json").unlink()
  with pytest.raises(OSError, match=r"holds versions\.json without config\.json"):
    runs.check_workdir(tmp_path / "run", setup.config)
  with pytest.raises(OSError, match="is a file, must be a directory"):
    runs.check_workdir(__file__, setup.config)
  assert runs.check_workdir(tmp_path / "none", setup.config) is None

import csv
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from noisy_jax import data, runs, training
from noisy_jax.sweeps import cells, sweeper
from tests import stopped_runs
from tests.cli import evaluate_test
from tests.streamed_sets import (
  TEST_SIZE,
  a_config,
  a_setup,
  in_order,
  mlp_logits,
  write_folder,
)


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory):
  workdir = tmp_path_factory.mktemp("whole") / "run"
  runs.run(a_setup(folder), workdir)
  return workdir


def test_metrics_are_those_of_the_network_on_the_images(folder, whole):
  dataset = data.open_stream(f"folder:{folder}")
  arrays = stopped_runs.last_arrays(whole)
  row = json.loads((whole / "metrics.jsonl").read_text().splitlines()[-1])
  labels = dataset.test_labels
  logits = mlp_logits(arrays, in_order(dataset.test))
  ranks = np.argsort(-logits, axis=-1)
  assert row["test_accuracy"] == pytest.approx((ranks[:, 0] == labels).mean())
  expected = (ranks[:, :5] == labels[:, None]).any(-1).mean()
  assert row["test_top5"] == pytest.approx(expected)
  kept = np.load(whole / "labels.npz")
  assert (kept["clean"] == dataset.train_labels).all()
  flipped = kept["noisy"] != kept["clean"]
  assert flipped.sum() == 7
  predicted = mlp_logits(arrays, in_order(dataset.train)).argmax(-1)
  for name, of in (("memorised", "noisy"), ("corrected", "clean")):
    assert row[name] == pytest.approx((predicted == kept[of])[flipped].mean())


def test_results_do_not_depend_on_the_number_of_devices(folder, whole, tmp_path):
  runs.run(a_setup(folder, num_devices=4), tmp_path)
  rows, expected = stopped_runs.records(tmp_path), stopped_runs.records(whole)
  for row, expected_row in zip(rows, expected, strict=True):
    for name, value in expected_row.items():
      assert row[name] == (value if value is None else pytest.approx(value, rel=1e-3))


def test_a_stopped_run_ends_like_a_whole_one(folder, whole, tmp_path):
  stopped_runs.stopped_run(tmp_path, 2, 2, setup=a_setup(folder))
  runs.run(a_setup(folder), tmp_path)
  stopped_runs.assert_same_end(tmp_path, whole)


def test_a_run_goes_on_with_its_own_images_alone(folder, whole, tmp_path):
  root = shutil.copytree(folder, tmp_path / "set")
  stopped_runs.stopped_run(tmp_path / "run", 1, 2, setup=a_setup(root))
  for file in root.rglob("*.png"):
    # As a copy on another machine has them.
    os.utime(file, (1, 1))
  assert data.content(data.open_stream(f"folder:{root}")) == data.content(
    data.open_stream(f"folder:{folder}")
  )
  one, other = sorted((root / "test").rglob("*.png"))[:2]
  pixels = one.read_bytes()
  one.write_bytes(other.read_bytes())
  with pytest.raises(OSError, match=r"the data set has changed \(test images\)"):
    runs.run(a_setup(root), tmp_path / "run")
  trained = runs.load_trained(tmp_path / "run", "last")
  (note,) = runs.given_by_dataset(trained).notes
  assert note == f"folder:{root} has changed since the run began: test images"
  one.write_bytes(pixels)
  assert runs.given_by_dataset(trained).notes == ()
  runs.run(a_setup(root), tmp_path / "run")
  stopped_runs.assert_same_end(tmp_path / "run", whole)


def test_streamed_images_are_mixed_alike_on_any_devices(folder, whole, tmp_path):
  for num_devices in (1, 2):
    setup = a_setup(folder, num_devices=num_devices, augmentation="mixup", epochs=1)
    runs.run(setup, tmp_path / str(num_devices))
  alone, several = (stopped_runs.last_arrays(tmp_path / name) for name in ("1", "2"))
  name = "state.params.Dense_0.kernel"
  np.testing.assert_allclose(alone[name], several[name], rtol=1e-4, atol=1e-6)
  row, other = (stopped_runs.records(tmp_path / name)[0] for name in ("1", "2"))
  assert row["train_accuracy"] == pytest.approx(other["train_accuracy"], abs=1e-6)
  unmixed = stopped_runs.records(whole)[0]
  assert row["loss"] != pytest.approx(unmixed["loss"], rel=1e-3)


def test_seeds_have_orders_and_images_of_their_own(folder, whole, tmp_path):
  runs.run(a_setup(folder, seed=1), tmp_path)
  arrays, other = (stopped_runs.last_arrays(workdir) for workdir in (whole, tmp_path))
  name = "state.params.Dense_0.kernel"
  assert (arrays[name] != other[name]).any()
  with pytest.raises(ValueError, match=r"^seeds: 2, must be 1 with folder:.*, which is s"):
    runs.run_seeds(a_setup(folder), (0, 1), tmp_path / "seeds")
  assert not (tmp_path / "seeds").exists()
  with pytest.raises(ValueError, match=r"^seeds: 2, must be 1 with folder:"):
    next(training.train(a_setup(folder), seeds=(0, 1)))


def test_a_sweep_streams_to_one_network_at_a_time(folder, tmp_path):
  config = a_config(folder, epochs=1, noise_rate=0.0)
  cell = cells.Cell("set", "clean", "CE", config, (0, 1))
  assert sweeper.sweep([cell], tmp_path) == {}
  kept = [tmp_path / cell.slug / f"seed{seed}" / "summary.json" for seed in (0, 1)]
  losses = [json.loads(path.read_text())["loss"] for path in kept]
  assert losses[0] != losses[1]


def test_noise_is_shown_of_sets_in_memory_alone(folder):
  noise = training.noisy_set(a_config(folder))
  assert isinstance(noise.dataset, data.StreamedDataset)
  command = [sys.executable, "-m", "experiments.paper.figures", "--figure=noise"]
  command += [f"--dataset=folder:{folder}", "--max_memory_gb=0"]
  done = subprocess.run(command, capture_output=True, text=True)
  assert done.stderr == f"error: dataset: folder:{folder}, must fit in memory to be shown\n"


def test_evaluation_leaves_bad_images_of_other_sets_out(whole, tmp_path):
  root = write_folder(tmp_path / "set")
  (root / "test" / "class_3" / "03.png").write_bytes(b"")
  (root / "train" / "class_3" / "03.png").write_bytes(b"")
  (root / "test" / "class_3" / "notes.txt").touch()
  trained = runs.load_trained(whole)
  given = runs.given_by_dataset(trained, f"folder:{root}", "test")
  assert given.notes == (
    "left out 1 file that is no picture by its ending: 1 .txt",
    "left out 1 unreadable files: test/class_3/03.png",
  )
  assert len(given.ids) == len(given.labels) == len(given.images) == TEST_SIZE - 1
  labels = [int(id_.split("/")[1][-1]) for id_ in given.ids]
  np.testing.assert_array_equal(given.labels, labels)
  predicted = runs.predict(trained, given.images, given.labels).labels
  logits = mlp_logits(stopped_runs.last_arrays(whole), in_order(given.images))
  np.testing.assert_array_equal(predicted, logits.argmax(-1))


def test_any_folder_is_cut_as_test_images_are(folder, whole, tmp_path, capsys):
  root = write_folder(tmp_path / "set") / "test"
  (root / "class_3" / "03.png").write_bytes(b"")
  path = tmp_path / "predictions.csv"
  arguments = [f"--workdir={whole}", f"--images={root}", f"--predictions={path}"]
  assert evaluate_test.run(*arguments) is None
  note, result = capsys.readouterr().out.splitlines()
  assert note == "left out 1 unreadable files: class_3/03.png"
  assert result.endswith("8 examples")
  with path.open(newline="") as file:
    rows = {row["id"]: row for row in csv.DictReader(file)}
  assert "class_3/03.png" not in rows
  stream = data.open_stream(f"folder:{folder}").test
  predicted = mlp_logits(stopped_runs.last_arrays(whole), in_order(stream)).argmax(-1)
  for id_, label in zip(stream.ids(), predicted, strict=True):
    if id_ != "test/class_3/03.png":
      row = rows[id_.removeprefix("test/")]
      assert row["predicted"] == f"class_{label}"
      assert row["given"] == id_.split("/")[1]

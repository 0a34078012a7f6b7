import dataclasses

import numpy as np
import pytest

from noisy_jax import data, runs, training
from noisy_jax.runs import content
from tests import streamed_sets
from tests.stopped_runs import contents


def save(path, dataset):
  names = ("train_images", "train_labels", "test_images", "test_labels", "class_names")
  arrays = {name: getattr(dataset, name) for name in names}
  for split in ("train", "test"):
    images = np.rint(255 * arrays[f"{split}_images"]).astype(np.uint8)
    arrays[f"{split}_images"] = images
  np.savez(path, **arrays)
  return f"npz:{path}"


@pytest.fixture
def sets(tmp_path):
  """A set with some wrong labels, the same without them, and the file between them."""
  right = data.digits(10, train_size=200, test_size=50)
  labels = {"train": right.train_labels.copy(), "test": right.test_labels.copy()}
  rows = ["id,label"]
  for split, of_split in labels.items():
    for i in range(0, len(of_split), 3):
      rows.append(f"{split}/{i},{of_split[i]}")
      of_split[i] = (of_split[i] + 1) % 10
  wrong = right._replace(train_labels=labels["train"], test_labels=labels["test"])
  (tmp_path / "labels.csv").write_text("\n".join(rows) + "\n")
  return save(tmp_path / "wrong.npz", wrong), save(tmp_path / "right.npz", right)


def a_config(dataset, labels="none", **changes):
  settings = dict(dataset=dataset, labels=str(labels), widths=(4,), epochs=1)
  return training.TrainConfig(**settings | {"batch_size": 16} | changes)


def test_all_that_follows_is_as_with_right_labels(sets, tmp_path):
  wrong, right = sets
  changes = dict(noise="pairflip", noise_rate=0.3, imbalance="exp:4", validation="0.2")
  found, expected = (
    runs.prepare(a_config(name, labels, **changes))
    for name, labels in ((wrong, tmp_path / "labels.csv"), (right, "none"))
  )
  assert content.of_setup(found) == content.of_setup(expected)
  for name in ("noisy", "clean"):
    np.testing.assert_array_equal(
      getattr(found.train_labels, name), getattr(expected.train_labels, name)
    )
  assert not np.array_equal(
    found.dataset.test_labels, runs.prepare(a_config(wrong)).dataset.test_labels
  )


def test_a_run_is_measured_and_resumed_with_these_labels_alone(sets, tmp_path):
  workdir, file = tmp_path / "run", tmp_path / "labels.csv"
  file.write_text(file.read_text() + "train/1,\ntest/1,\n")
  config = a_config(sets[0], file)
  summary = runs.run(runs.prepare(config), workdir)
  assert summary["train_examples"] == 199
  trained = runs.load_trained(workdir)
  given = runs.given_by_dataset(trained)
  assert given.notes == (f"labels of {file}: 84 changed, 2 left out",)
  assert given.ids[:3] == ("0", "2", "3")
  predictions = runs.predict(trained, given.images, given.labels)
  assert runs.scores(given, predictions).accuracy == summary["test_accuracy"]
  assert len(runs.given_by_dataset(trained, split="train").labels) == 199

  longer, text = dataclasses.replace(config, epochs=2), file.read_text()
  files = contents(workdir)
  for old, new, part in (
    ("train/0,", "train/2,", "train labels"),
    ("test/0,", "test/2,", "test labels"),
    ("train/1,\n", "train/2,\n", "train images, train labels"),
  ):
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(OSError, match=rf"data set has changed \({part}\)"):
      runs.run(runs.prepare(longer, workdirs=[workdir]), workdir, more_epochs=True)
    assert {**contents(workdir), workdir / ".lock": b""} == files
  file.write_text(text.replace("test/0,", "test/2,", 1))
  assert runs.given_by_dataset(trained).notes[1].endswith("run began: test labels")
  file.write_text(text)
  runs.run(runs.prepare(longer, workdirs=[workdir]), workdir, more_epochs=True)
  file.unlink()
  with pytest.raises(FileNotFoundError, match=r"^labels: .*labels.csv, there is no such"):
    runs.given_by_dataset(trained)


def test_a_streamed_run_is_measured_with_these_labels(tmp_path):
  folder, file = streamed_sets.write_folder(tmp_path / "set"), tmp_path / "labels.csv"
  file.write_text(
    "id,label\ntrain/class_0/07.png,class_3\ntest/class_1/01.png,class_2\n"
    "train/class_6/06.png,\ntest/class_0/00.png,\n"
  )
  setup = streamed_sets.a_setup(folder, 1, labels=str(file), epochs=1)
  assert setup.train_labels.clean.tolist() == [0, 3, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6]
  summary = runs.run(setup, tmp_path / "run")
  trained = runs.load_trained(tmp_path / "run")
  given = runs.given_by_dataset(trained)
  assert given.notes == (f"labels of {file}: 2 changed, 2 left out",)
  assert given.labels.tolist() == [0, 2, 1, 2, 3, 4, 5, 6]
  predictions = runs.predict(trained, given.images, given.labels)
  assert runs.scores(given, predictions).accuracy == summary["test_accuracy"]


def test_a_streamed_set_with_a_validation_split_has_not_changed(tmp_path):
  folder = streamed_sets.write_folder(tmp_path / "set")
  runs.run(streamed_sets.a_setup(folder, 1, validation="0.25", epochs=1), tmp_path / "run")
  given = runs.given_by_dataset(runs.load_trained(tmp_path / "run"), split="train")
  assert given.notes == ()
  assert len(given.labels) == streamed_sets.TRAIN_SIZE

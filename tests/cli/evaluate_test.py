import csv
import dataclasses
import json

import cv2
import numpy as np
import pytest

from noisy_jax import data, runs, training
from noisy_jax.runs import checkpoints
from tests import commands, tfds_sets, workdirs

with commands.flags_apart() as FLAGS:
  from noisy_jax.cli import evaluate

run = commands.runner(evaluate, values=FLAGS)
CONFIG = training.TrainConfig(
  dataset="digits10", widths=(16,), epochs=1, batch_size=512, average_decay=0.9
)


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
  workdir = tmp_path_factory.mktemp("runs") / "run"
  runs.run(runs.prepare(CONFIG, dataset=data.digits(10)), workdir)
  return workdir


@pytest.fixture(scope="module")
def trained(workdir):
  return runs.load_trained(workdir)


@pytest.mark.parametrize("which", ["last", "best"])
def test_one_line_tells_the_result_which_is_that_of_the_summary(which, workdir, capsys):
  summary = json.loads((workdir / "summary.json").read_text())
  accuracy = summary["test_accuracy" if which == "last" else "best_test_accuracy"]
  trained = runs.load_trained(workdir, which)
  given = runs.given_by_dataset(trained)
  scores = runs.scores(given, runs.predict(trained, given.images, given.labels))
  assert (scores.accuracy, scores.top5) == (accuracy, summary["test_top5"])
  assert scores.num_labelled == 5000
  assert run(f"--workdir={workdir}", f"--checkpoint={which}") is None
  assert capsys.readouterr().out == (
    f"digits10 test, after epoch 1 of 1: accuracy {accuracy:.4f}, top-5 "
    f"{summary['test_top5']:.4f}, 5,000 examples\n"
  )


def test_predictions_are_those_of_the_averaged_weights(workdir, tmp_path):
  path = tmp_path / "predictions.csv"
  assert run(f"--workdir={workdir}", f"--predictions={path}") is None
  with path.open(newline="") as file:
    rows = list(csv.DictReader(file))
  # The network once more, in numpy.
  with checkpoints.Checkpoints(workdir / "checkpoints", read_only=True) as kept:
    arrays = kept.arrays(kept.steps[-1])
  dataset = data.digits(10)
  pixels = np.asarray(dataset.train_images, np.float64)
  x = (dataset.test_images - pixels.mean()) / pixels.std()
  x = x.reshape(len(x), -1)
  for layer in ("Dense_0", "Dense_1"):
    weights, bias = (arrays[f"state.average.{layer}.{part}"] for part in ("kernel", "bias"))
    x = (np.maximum(x, 0) if layer == "Dense_1" else x) @ weights.astype(float) + bias
  probabilities = np.exp(x - x.max(-1, keepdims=True))
  probabilities /= probabilities.sum(-1, keepdims=True)
  assert [row["id"] for row in rows] == [str(i) for i in range(5000)]
  assert [int(row["given"]) for row in rows] == dataset.test_labels.tolist()
  found = np.array([float(row["probability"]) for row in rows])
  np.testing.assert_allclose(found, probabilities.max(-1), rtol=1e-4)
  # Where two classes are equally likely to float32, either may be named.
  of_named = probabilities[np.arange(5000), [int(row["predicted"]) for row in rows]]
  np.testing.assert_allclose(of_named, probabilities.max(-1), rtol=1e-4)


def test_an_unfinished_run_says_where_it_is(tmp_path, capsys):
  workdirs.save(tmp_path, [(2, (2, 0), 1.0, 0.3), (3, (2, 1), 1.0, None)])
  assert run(f"--workdir={tmp_path}") is None
  note, line = capsys.readouterr().out.splitlines()
  # The run had 64 and 10 of these images.
  assert note == "digits10 has changed since the run began: test images, test labels"
  assert line.startswith("digits10 test, after epoch 1 of 9 and step 1 of the next: acc")


def write_png(path, image):
  path.parent.mkdir(parents=True, exist_ok=True)
  pixels = np.rint(255 * image[..., 0]).astype(np.uint8)
  path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())


def test_a_folder_of_any_order(workdir, trained, tmp_path, capsys):
  dataset = data.digits(10, test_size=40)
  root = tmp_path / "images"
  for i, (image, label) in enumerate(zip(*dataset[2:4], strict=True)):
    folder = ("", "strange/", f"{label}/", f"{label}/deep/3/")[i % 4]
    write_png(root / f"{folder}{i:02d}.png", image)
  whole = (root / "00.png").read_bytes()
  (root / "7").mkdir(exist_ok=True)
  (root / "7" / "torn.png").write_bytes(whole[: len(whole) // 2])
  (root / "empty.jpg").write_bytes(b"")
  (root / "7" / "notes.txt").write_text("no image")
  path = tmp_path / "out.csv"
  assert run(f"--workdir={workdir}", f"--images={root}", f"--predictions={path}") is None
  with path.open(newline="") as file:
    rows = {row["id"]: row for row in csv.DictReader(file)}
  assert len(rows) == 40
  assert list(rows) == sorted(rows)
  correct = 0
  images = np.rint(255 * dataset.test_images).astype(np.uint8)
  expected = runs.predict(trained, images)
  for id_, row in rows.items():
    i = int(id_[-6:-4])
    assert row["predicted"] == str(expected.labels[i])
    assert float(row["probability"]) == pytest.approx(expected.confidences[i], rel=1e-4)
    assert row["given"] == (str(dataset.test_labels[i]) if i % 4 > 1 else "")
    correct += row["given"] == row["predicted"]
  *notes, result = capsys.readouterr().out.splitlines()
  assert notes == [
    "left out 1 file that is no picture by its ending: 1 .txt",
    "left out 2 unreadable files: 7/torn.png, empty.jpg",
  ]
  assert f"{root}, after epoch 1 of 1: accuracy {correct / 20:.4f}, top-5 " in result
  assert result.endswith(", 20 labelled of 40 examples")
  assert run(f"--workdir={workdir}", f"--images={root}/strange") is None
  assert capsys.readouterr().out.endswith(": 10 examples, none with a label\n")


def npz(path, num_classes=10, names=None, shape=(8, 24)):
  arrays = {} if names is None else {"class_names": np.array(names)}
  images = np.zeros((num_classes, *shape), np.uint8)
  labels = np.arange(num_classes)
  for split in ("train", "test"):
    arrays |= {f"{split}_images": images, f"{split}_labels": labels}
  np.savez(path, **arrays)
  return f"npz:{path}"


def test_another_set_has_the_classes_of_the_run(trained, tmp_path):
  name = npz(tmp_path / "same.npz", names=[str(i) for i in range(10)])
  given = runs.given_by_dataset(trained, name, "train")
  np.testing.assert_array_equal(given.labels, np.arange(10))
  assert given.notes == ()
  name = npz(tmp_path / "turned.npz", names=[str(9 - i) for i in range(10)])
  given = runs.given_by_dataset(trained, name)
  np.testing.assert_array_equal(given.labels, np.arange(10)[::-1])
  name = npz(tmp_path / "other.npz", names=["0", "one", *map(str, range(2, 10))])
  given = runs.given_by_dataset(trained, name)
  np.testing.assert_array_equal(given.labels, np.arange(10))
  assert given.notes == ("classes go by their numbers: 'one' there is '1' in the run",)


def test_classes_that_noise_held_out_stay_out(tmp_path):
  config = dataclasses.replace(workdirs.CONFIG, noise="open_set:3", noise_rate=0.1)
  workdirs.save(tmp_path, [(1, (2, 0), 1.0, 0.1)], config)
  given = runs.given_by_dataset(runs.load_trained(tmp_path))
  assert np.unique(given.labels).tolist() == list(range(7))
  labels = data.digits(10).test_labels
  assert given.ids == tuple(map(str, np.flatnonzero(labels < 7)))


@pytest.mark.parametrize(
  "arguments, message",
  [
    (["--workdir=/nowhere"], "workdir: /nowhere, there is no such directory"),
    (["--workdir={tmp}"], "workdir: {tmp} has no config.json, must be of a run"),
    ([], "workdir: None, must be that of a run"),
    (["--workdir={run}", "--checkpoint=next"], "checkpoint: 'next', must be last or best"),
    (["--workdir={run}", "--split=val"], "split: 'val', must be test or train"),
    (["--workdir={run}", "--dataset=digits100"], "dataset: digits100 has 100 classes, mus"),
    (["--workdir={run}", "--dataset=npz:{tmp}/set.npz"],
     "dataset: npz:{tmp}/set.npz has examples of shape [8, 8, 1], must be [8, 24, 1] as"),
    (["--workdir={run}", "--dataset=cifar11"], "dataset: unknown 'cifar11'; known: digits"),
    (["--workdir={run}", "--images={tmp}/no"], "images: {tmp}/no, there is no such folder"),
    (["--workdir={run}", "--images={tmp}"], "images: {tmp} has no picture (.png, .jpg"),
    (["--workdir={run}", "--images={tmp}", "--split=test"], "split: test, must be left ou"),
    (["--workdir={run}", "--predictions={tmp}/set.npz"],
     "predictions: {tmp}/set.npz exists, and this command has not written it; remove"),
    (["--workdir={run}", "--predictions={tmp}"],
     "predictions: {tmp} exists, and this command has not written it; remove"),
    (["--workdir={run}", "--predictions={tmp}/no/p.csv"], "predictions: {tmp}/no, there i"),
    (["{run}"], "unexpected argument '{run}'"),
  ],
)  # fmt: skip
def test_bad_input_gets_one_line(arguments, message, workdir, tmp_path, capsys):
  npz(tmp_path / "set.npz", shape=(8, 8))
  places = {"run": workdir, "tmp": tmp_path}
  code = run(*(argument.format(**places) for argument in arguments))
  assert code.startswith("error: " + message.format(**places))
  assert "\n" not in code
  assert capsys.readouterr().out == ""


def test_predictions_are_written_anew(workdir, tmp_path):
  path = tmp_path / "p.csv"
  for checkpoint_ in ("best", "last"):
    arguments = f"--checkpoint={checkpoint_}", f"--predictions={path}"
    assert run(f"--workdir={workdir}", *arguments) is None
    assert len(path.read_text().splitlines()) == 5001
  path.write_text("id,predicted\n")
  assert "has not written it" in run(f"--workdir={workdir}", f"--predictions={path}")
  assert path.read_text() == "id,predicted\n"


def test_the_place_of_the_data_is_remembered(tmp_path, monkeypatch, capsys):
  labels = np.arange(64) % 10
  place, workdir = tmp_path / "tfds", tmp_path / "run"
  tfds_sets.prepare_cifar10(place, {"train": labels, "test": labels[:32]})
  config = dataclasses.replace(CONFIG, dataset="cifar10", batch_size=32)
  monkeypatch.chdir(tmp_path)
  setup = runs.prepare(config, data_dir="tfds")
  runs.run(setup, workdir)
  monkeypatch.chdir("/")
  assert run(f"--workdir={workdir}") is None
  assert "cifar10 test, after epoch 1 of 1" in capsys.readouterr().out
  # A copy elsewhere is the same run, and what is asked for comes first.
  place.rename(tmp_path / "moved")
  assert run(f"--workdir={workdir}").startswith("error: data_dir: no cifar10 in")
  assert run(f"--workdir={workdir}", f"--data_dir={tmp_path}/moved") is None
  assert runs.check_workdir(workdir, config) is not None
  (workdir / "places.json").write_text("{}")
  assert run(f"--workdir={workdir}").startswith(f"error: workdir: {workdir}/places.json is")


def test_a_failed_write_leaves_nothing(workdir, tmp_path, monkeypatch):
  def no_space(*_):
    raise OSError(28, "No space left on device")

  monkeypatch.setattr(csv, "writer", no_space)
  code = run(f"--workdir={workdir}", f"--predictions={tmp_path}/p.csv")
  assert (
    code
    == f"error: predictions: {tmp_path}/p.csv cannot be written (No space left on device)"
  )
  assert list(tmp_path.iterdir()) == []

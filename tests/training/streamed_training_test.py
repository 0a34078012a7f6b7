"""Training on streamed images: the same loop, records, resumption and evaluation."""

import csv
import dataclasses
import json
import os
import shutil
import subprocess
import sys

import jax
import numpy as np
import pytest
from PIL import Image

from noisy_jax import data, runs, training
from noisy_jax.data import webvision
from noisy_jax.sweeps import cells, sweeper
from noisy_jax.training import datasets, input_pipeline
from tests import stopped_runs, tfds_sets, webvision_tree
from tests.cli import evaluate_test

NUM_CLASSES, TRAIN_SIZE, TEST_SIZE = 7, 14, 9
STEPS = 3  # of an epoch


def write_folder(root):
  """Image i has label i % 7; sizes differ."""
  for split, size in (("train", TRAIN_SIZE), ("test", TEST_SIZE)):
    for i in range(size):
      file = root / split / f"class_{i % NUM_CLASSES}" / f"{i:02d}.png"
      file.parent.mkdir(parents=True, exist_ok=True)
      webvision_tree.photograph(i, 20 + i, 30).save(file)
  return root


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
  monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
  return write_folder(tmp_path_factory.mktemp("set"))


def a_config(folder, **changes):
  settings = dict(noise="pairflip", noise_rate=0.5, widths=(4,), epochs=2, batch_size=4)
  settings |= dict(dataset=f"folder:{folder}", max_memory_gb=0, learning_rate=0.01)
  settings |= dict(logit_bias=4.0, bias_schedule="fading")
  return training.TrainConfig(**settings | changes)


def a_setup(folder, num_devices=2, **changes):
  devices = jax.local_devices()[:num_devices]
  return runs.prepare(a_config(folder, **changes), devices=devices)


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory):
  workdir = tmp_path_factory.mktemp("whole") / "run"
  runs.run(a_setup(folder), workdir)
  return workdir


def mlp_logits(arrays, images):
  """What the network says, in float64."""
  mean, std = (np.array(x) for x in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
  x = ((images / 255 - mean) / std).reshape(len(images), -1)
  for layer in ("Dense_0", "Dense_1"):
    weights, bias = (arrays[f"state.params.{layer}.{p}"] for p in ("kernel", "bias"))
    x = (np.maximum(x, 0) if layer == "Dense_1" else x) @ weights.astype(float) + bias
  return x


def in_order(stream):
  batches = list(stream.test_batches(1))
  return np.concatenate([batch.images for batch in batches])


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


def test_calls_bring_the_batches_of_the_stream(folder):
  setup = a_setup(folder, num_devices=2)
  indices = data.epoch_rows(TRAIN_SIZE, 4, seed=5, epoch=2)
  calls = list(input_pipeline.of_setup(setup, (5,)).train(2, indices[None], 1))
  batches = list(setup.dataset.train.train_batches(4, seed=5, epoch=2, start=1))
  assert len(calls) == len(batches) == STEPS - 1
  for (examples, rows), batch, row in zip(calls, batches, indices[1:], strict=True):
    np.testing.assert_array_equal(rows, [[[0, 1]], [[0, 1]]])
    keys = data.example_keys(data.epoch_key(5, 2), row)
    expected = data.color_jitter(keys, batch.images)
    np.testing.assert_array_equal(np.concatenate(examples.images), expected)
    labels = np.concatenate(np.asarray(examples.labels))
    np.testing.assert_array_equal(labels, setup.train_labels.noisy[row])


def images_by_index(folder, *, num_devices=1, seed=0, epoch=1, start=0, **changes):
  """What the network is trained on: index to image."""
  setup = a_setup(folder, num_devices, **changes)
  size = setup.config.batch_size
  rows = data.epoch_rows(TRAIN_SIZE, size, seed=seed, epoch=epoch)
  calls = input_pipeline.of_setup(setup, (seed,)).train(epoch, rows[None], start)
  images = [np.concatenate(examples.images) for examples, _ in calls]
  return dict(zip(rows[start:].ravel().tolist(), np.concatenate(images), strict=True))


@pytest.mark.parametrize(
  "changes", [{"num_devices": 2}, {"num_devices": 4}, {"batch_size": 6}, {"start": 2}]
)
def test_an_image_is_the_same_on_any_device_in_any_batch_after_any_start(folder, changes):
  expected, got = images_by_index(folder), images_by_index(folder, **changes)
  assert len(got) == len(expected) - 4 * changes.get("start", 0)
  for index, image in got.items():
    np.testing.assert_array_equal(image, expected[index])


def test_seed_and_epoch_change_the_colours_alone_where_crops_cannot_tell(tmp_path):
  root = write_folder(tmp_path / "set")
  for file in root.glob("train/*/*.png"):
    Image.new("RGB", (20, 20), (180, 120, 60)).save(file)
  colours = {
    tuple(image[0, 0].tolist())
    for seed, epoch in ((0, 1), (0, 2), (1, 1))
    for image in images_by_index(root, seed=seed, epoch=epoch).values()
  }
  assert len(colours) == 3 * 12


def test_images_to_measure_with_stay_as_they_are(folder):
  setup = a_setup(folder)
  calls = list(input_pipeline.of_setup(setup, (0,)).test())
  images = np.concatenate([np.concatenate(examples.images) for examples, _ in calls])
  np.testing.assert_array_equal(images[:TEST_SIZE], in_order(setup.dataset.test))
  labels = np.concatenate([np.concatenate(examples.labels) for examples, _ in calls])
  np.testing.assert_array_equal(labels[:TEST_SIZE], setup.dataset.test_labels)


def test_the_next_batch_is_asked_for_before_a_call_is_used(folder):
  setup, asked = a_setup(folder, num_devices=1), []

  def batches():
    for i in range(3):
      asked.append(i)
      yield data.Batch(np.zeros((1, 224, 224, 3), np.uint8), np.array([i], np.int32))

  labels = np.arange(3, dtype=np.int32)
  calls = input_pipeline.streamed(labels, setup.mean, setup.std, setup.devices)(batches())
  seen = [(len(asked), int(examples.labels[0, 0])) for examples, _ in calls]
  assert seen == [(2, 0), (3, 1), (3, 2)]


def test_results_do_not_depend_on_the_number_of_devices(folder, whole, tmp_path):
  runs.run(a_setup(folder, num_devices=4), tmp_path)
  rows, expected = stopped_runs.records(tmp_path), stopped_runs.records(whole)
  for row, expected_row in zip(rows, expected, strict=True):
    for name, value in expected_row.items():
      assert row[name] == (value if value is None else pytest.approx(value, rel=1e-3))


@pytest.mark.parametrize("epoch, steps_done", [(1, 1), (2, 2)])
def test_a_stopped_run_ends_like_a_whole_one(epoch, steps_done, folder, whole, tmp_path):
  stopped_runs.stopped_run(tmp_path, epoch, steps_done, setup=a_setup(folder))
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


def test_images_that_cannot_be_read_are_no_part_of_the_set(tmp_path):
  root = write_folder(tmp_path / "set")
  for name in ("train/class_2/09.png", "test/class_3/03.png"):
    (root / name).write_bytes(b"")
  setup = a_setup(root, on_bad_image="skip")
  assert setup.dataset.notes == (
    "left out 2 unreadable images: train/class_2/09.png, test/class_3/03.png",
  )
  right = np.array([int(id_.split("/")[1][-1]) for id_ in setup.dataset.train.ids()])
  assert len(right) == TRAIN_SIZE - 1
  np.testing.assert_array_equal(setup.train_labels.clean, right)
  assert len(setup.train_labels.noisy) == TRAIN_SIZE - 1
  rows = data.epoch_rows(TRAIN_SIZE - 1, 4, seed=0, epoch=1)
  calls = list(input_pipeline.of_setup(setup, (0,)).train(1, rows[None], 0))
  for (examples, _), row in zip(calls, rows, strict=True):
    labels = np.concatenate(np.asarray(examples.labels))
    np.testing.assert_array_equal(labels, setup.train_labels.noisy[row])
    assert all(image.std() > 0 for image in np.concatenate(examples.images))
  counted = sum(
    (rows >= 0).sum() for _, rows in input_pipeline.of_setup(setup, (0,)).test()
  )
  assert counted == TEST_SIZE - 1
  with pytest.raises(OSError, match=r"class_3/03\.png cannot be read as an image"):
    list(input_pipeline.of_setup(a_setup(root), (0,)).test())


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


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
  root = tmp_path_factory.mktemp("webvision")
  tree, imagenet = webvision_tree.write(root / "files"), root / "imagenet"
  webvision_tree.write_imagenet(imagenet)
  webvision.prepare("mini", manual_dir=tree, data_dir=root, imagenet_dir=imagenet)
  return root


WEBVISION = training.TrainConfig(
  dataset="webvision/mini",
  max_memory_gb=0,
  extra_test="webvision_imagenet/mini:validation",
  widths=(4,),
  epochs=1,
  batch_size=4,
)


def test_webvision_is_tested_on_imagenet_too(sets, tmp_path, capsys):
  summary = runs.run(runs.prepare(WEBVISION, data_dir=sets), tmp_path / "run")
  row = json.loads((tmp_path / "run" / "metrics.jsonl").read_text())
  evaluate = [f"--workdir={tmp_path}/run", f"--data_dir={sets}"]
  imagenet = ["--dataset=webvision_imagenet/mini", "--split=validation"]
  capsys.readouterr()
  for prefix, size, more in (("", 3, []), ("extra_", 100, imagenet)):
    path = tmp_path / f"{prefix}predictions.csv"
    assert evaluate_test.run(*evaluate, *more, f"--predictions={path}") is None
    accuracy, top5 = (summary[f"{prefix}test_{name}"] for name in ("accuracy", "top5"))
    assert row[f"{prefix}test_accuracy"] == accuracy
    line = capsys.readouterr().out.splitlines()[-1]
    assert f"accuracy {accuracy:.4f}, top-5 {top5:.4f}, {size} images" in line
    with path.open(newline="") as file:
      rows = list(csv.DictReader(file))
    assert len(rows) == size
    hits = [row["predicted"] == row["given"] for row in rows]
    assert np.mean(hits) == pytest.approx(accuracy)
  assert len({row["id"] for row in rows}) == 100


def test_any_folder_is_cut_as_test_images_are(folder, whole, tmp_path, capsys):
  root = write_folder(tmp_path / "set") / "test"
  (root / "class_3" / "03.png").write_bytes(b"")
  path = tmp_path / "predictions.csv"
  arguments = [f"--workdir={whole}", f"--images={root}", f"--predictions={path}"]
  assert evaluate_test.run(*arguments) is None
  note, result = capsys.readouterr().out.splitlines()
  assert note == "left out 1 unreadable files: class_3/03.png"
  assert result.endswith("8 images")
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


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"image_size": 32}, "image_size: 32, must be left out or 224 with folder:"),
    ({"augmentation": "crop+flip"}, r"augmentation: 'crop\+flip', must be none with fold"),
    ({"imbalance": "exp:2"}, "imbalance: 'exp:2', must be none with folder:"),
    ({"method": "elr"}, "method: elr, must neither remember nor take out single exam"),
    ({"method": "meta"}, "method: meta, must neither remember nor take out single ex"),
    ({"method": "meta", "loss": "gce(q=auto)"}, "method: meta, must neither remember nor"),
    ({"noise": "instance"}, "noise: instance, must follow from the labels alone with fol"),
    ({"noise": "open_set:2"}, "noise: open_set:2, must follow from the labels alone"),
    ({"batch_size": 16}, "batch_size: 16, must be at most the 14 training examples"),
    ({"extra_test": "webvision/mini:none"}, "data_dir: no webvision/mini in"),
  ],
)
def test_what_a_stream_cannot_do_gets_one_line(folder, changes, message):
  with pytest.raises((ValueError, OSError), match=f"^{message}") as error:
    runs.prepare(a_config(folder, **changes), data_dir="/nowhere")
  assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["webvision/mini", "folder:x:test", ":test", "webvision:"])
def test_extra_test_must_name_a_split(text):
  with pytest.raises(ValueError, match=r"^extra_test: .*, must be none or NAME:SPLIT"):
    training.TrainConfig(extra_test=text)
  with pytest.raises(ValueError, match=r"^extra_test: 'cifra10:test': dataset: unknown"):
    training.TrainConfig(extra_test="cifra10:test")


def test_extra_test_must_fit_the_set(sets, folder):
  config = dataclasses.replace(WEBVISION, max_memory_gb=4, image_size=8)
  with pytest.raises(ValueError, match="must be none with webvision/mini, which is in mem"):
    runs.prepare(config, data_dir=sets)
  config = a_config(folder, extra_test=WEBVISION.extra_test)
  with pytest.raises(ValueError, match=r"has 50 classes, must have the 7 of folder:"):
    runs.prepare(config, data_dir=sets)


def test_extra_test_must_have_the_classes_of_the_set(sets):
  dataset = training.open_dataset(WEBVISION, sets)
  names = dataset.class_names

  def extra(class_names):
    other = dataset._replace(class_names=class_names)
    return datasets.open_extra_test(WEBVISION.parts.data, other, sets)

  with pytest.raises(ValueError, match=r"has 'n00000001 .*' as class 1, must have 'x' as "):
    extra((names[0], "x", *names[2:]))
  # Without names of their own, classes are called by their numbers.
  for class_names in (names, tuple(map(str, range(50)))):
    assert len(extra(class_names)) == 100


def test_bad_images_of_the_extra_test_are_left_out_too(tmp_path, caplog):
  examples = [
    {"id": f"test_{i}", "image": tfds_sets.encoded(20 * i), "label": i} for i in range(4)
  ]
  examples[2]["image"] = b""
  features, both = tfds_sets.CIFAR10_FEATURES, dict.fromkeys(("train", "test"), examples)
  tfds_sets.prepare(tmp_path, "cifar10", "3.0.2", features, both)
  config = dataclasses.replace(WEBVISION, extra_test="cifar10:test", on_bad_image="skip")
  dataset = data.open_stream("cifar10", tmp_path)
  stream = datasets.open_extra_test(config.parts.data, dataset, tmp_path)
  assert sorted(stream.labels) == [0, 1, 3]
  assert "extra_test: left out 1 images, such as test_2" in caplog.text


def test_the_size_in_memory_decides_what_is_streamed(folder, sets):
  size = 3 * 20 * 30 * (TRAIN_SIZE + TEST_SIZE)
  assert data.decoded_bytes(f"folder:{folder}") == size
  assert data.decoded_bytes(f"folder:{folder}", image_size=7) == 3 * 49 * 23
  assert data.decoded_bytes("webvision/mini", sets) == 3 * 30 * 40 * 9
  assert data.decoded_bytes("digits10") == data.decoded_bytes("npz:none") == 0

  def is_streamed(**changes):
    config = a_config(folder, **changes)
    return isinstance(training.open_dataset(config, sets), data.StreamedDataset)

  assert is_streamed(max_memory_gb=0.99e-9 * size)
  assert not is_streamed(max_memory_gb=1e-9 * size * (224 / 20) ** 2, image_size=20)
  assert not is_streamed(dataset="digits10", max_memory_gb=0)


def test_images_of_many_sizes_may_be_streamed(folder):
  with pytest.raises(ValueError, match="--max_memory_gb=0 streams them"):
    runs.prepare(a_config(folder, max_memory_gb=4))


@pytest.mark.slow
def test_resnet50_trains_on_a_stream(sets, tmp_path):
  config = dataclasses.replace(WEBVISION, model="resnet50")
  setup = runs.prepare(config, data_dir=sets, devices=jax.local_devices()[:1])
  summary = runs.run(setup, tmp_path)
  assert np.isfinite(summary["loss"])
  assert summary["num_parameters"] > 20e6

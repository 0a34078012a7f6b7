import csv
import dataclasses
import json

import jax
import numpy as np
import pytest

from noisy_jax import data, runs, training
from noisy_jax.data import webvision
from noisy_jax.training import datasets
from tests import tfds_sets, webvision_tree
from tests.cli import evaluate_test
from tests.streamed_sets import TEST_SIZE, TRAIN_SIZE, a_config


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
    assert f"accuracy {accuracy:.4f}, top-5 {top5:.4f}, {size} examples" in line
    with path.open(newline="") as file:
      rows = list(csv.DictReader(file))
    assert len(rows) == size
    hits = [row["predicted"] == row["given"] for row in rows]
    assert np.mean(hits) == pytest.approx(accuracy)
  assert len({row["id"] for row in rows}) == 100


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"image_size": 32}, "image_size: 32, must be left out or 224 with folder:"),
    ({"augmentation": "crop+flip"}, r"augmentation: 'crop\+flip', must be none, mixup or"),
    ({"imbalance": "exp:2"}, "imbalance: 'exp:2', must be none with folder:"),
    ({"method": "meta"}, "method: meta, must not take out clean examples with folder:"),
    ({"method": "meta", "loss": "gce(q=auto)"}, "method: meta, must not take out clean ex"),
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
  images = [tfds_sets.encoded(20 * i) for i in range(4)]
  examples = [{"id": f"test_{i}", "image": x, "label": i} for i, x in enumerate(images)]
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
  config = dataclasses.replace(WEBVISION, model="resnet50", extra_test="none")
  setup = runs.prepare(config, data_dir=sets, devices=jax.local_devices()[:1])
  summary = runs.run(setup, tmp_path)
  assert np.isfinite(summary["loss"])
  assert summary["num_parameters"] > 20e6

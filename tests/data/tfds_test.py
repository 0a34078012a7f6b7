import importlib.util
import json

import numpy as np
import pytest

from noisy_jax import data
from tests import tfds_sets

pytestmark = pytest.mark.filterwarnings("ignore")


def load(form, tmp_path, **options):
  return data.load(f"tiny_trees/{form}", tmp_path, download=True, **options)


def test_a_set_of_ones_own_is_prepared_where_told_and_read(tmp_path):
  dataset = load("plain", tmp_path)
  assert dataset.train_images.shape == (6, 4, 4, 3)
  assert dataset.train_images.dtype == np.uint8
  assert dataset.test_images.shape == (3, 4, 4, 3)
  assert dataset.num_classes == 3
  assert dataset.class_names == ("ash", "beech", "cedar")
  assert dataset.notes == ()
  # The files are shuffled; image, label and id must stay together.
  index = np.array([int(name.removeprefix("train_")) for name in dataset.train_ids])
  assert sorted(index) == list(range(6))
  np.testing.assert_array_equal(dataset.train_images[:, 0, 0, 0], 20 * index)
  np.testing.assert_array_equal(dataset.train_labels, index % 3)
  assert sorted(dataset.test_ids) == ["test_0", "test_1", "test_2"]


def test_nothing_is_prepared_untold(tmp_path):
  with pytest.raises(FileNotFoundError, match="or try --download"):
    data.load("tiny_trees/plain", tmp_path)
  assert not list(tmp_path.rglob("*array_record*"))


def test_grey_sets_keep_one_channel_and_validation_stands_in_for_test(tmp_path):
  dataset = load("grey", tmp_path)
  assert dataset.train_images.shape == (6, 4, 4, 1)
  assert len(dataset.test_labels) == 3
  assert dataset.train_ids is None
  # Image and label go by the supervised keys.
  assert load("renamed", tmp_path).train_images.shape == (6, 4, 4, 3)
  (note,) = dataset.notes
  assert note == "tiny_trees/grey has no split test; tested on validation"


def test_a_first_configuration_is_named(tmp_path):
  dataset = data.load("tiny_trees", tmp_path, download=True)
  (note,) = dataset.notes
  assert note == "tiny_trees has configurations; this is the first, tiny_trees/plain"


def test_images_of_many_sizes_need_one(tmp_path):
  with pytest.raises(ValueError, match=r"of shape \[4, \d, 3\] and of .* --image_size=N"):
    load("mixed", tmp_path)
  dataset = load("mixed", tmp_path, image_size=5)
  assert dataset.train_images.shape == (6, 5, 5, 3)
  shades = [20 * int(name[-1]) for name in dataset.train_ids]
  np.testing.assert_array_equal(dataset.train_images.max((1, 2, 3)), shades)
  # Those of one size can be scaled too.
  assert load("wide", tmp_path).train_images.shape == (6, 4, 8, 3)
  assert load("wide", tmp_path, image_size=2).train_images.shape == (6, 2, 2, 3)


@pytest.mark.parametrize(
  "form, options, message",
  [
    ("unlabelled", {}, "must be an image classification set; its features are image$"),
    ("untested", {}, "train and test or validation; it has (train, extra|extra, train)"),
    ("plain", {"image_size": 0}, "image_size: 0, must be an integer from 1 up"),
  ],
)
def test_sets_of_another_kind_are_refused(tmp_path, form, options, message):
  with pytest.raises(ValueError, match=message):
    load(form, tmp_path, **options)


def test_unknown_version_is_told_with_the_known(tmp_path):
  with pytest.raises(ValueError, match=r"'cifar10:9\.9\.9', unknown version; .* only: 3"):
    data.load("cifar10:9.9.9", tmp_path)


def test_a_builder_that_fails_is_told_in_one_line_with_what_to_run(tmp_path):
  with pytest.raises(FileNotFoundError) as raised:
    load("needs_tensorflow", tmp_path)
  command = "tfds build tiny_trees/needs_tensorflow --file_format=array_record"
  assert f"run: {command} --data_dir={tmp_path}" in str(raised.value)
  assert "\n" not in str(raised.value)
  with pytest.raises(OSError, match="preparing tiny_trees/broken failed") as raised:
    load("broken", tmp_path)
  assert "the server has gone" in str(raised.value)
  assert "\n" not in str(raised.value)


@pytest.mark.parametrize("download", [False, True])
def test_unprepared_set_says_what_to_run(tmp_path, download, monkeypatch):
  # Also where TensorFlow is installed: as if it were not.
  find_spec = importlib.util.find_spec
  monkeypatch.setattr(
    importlib.util,
    "find_spec",
    lambda name: None if name == "tensorflow" else find_spec(name),
  )
  with pytest.raises(FileNotFoundError) as raised:
    data.load("cifar10", tmp_path, download=download)
  assert f"data_dir: no cifar10 in {tmp_path} as array_record" in str(raised.value)
  command = f"tfds build cifar10 --file_format=array_record --data_dir={tmp_path}"
  assert str(raised.value).endswith(command)
  assert not list(tmp_path.iterdir())


def test_prepared_set_is_read_whole(tmp_path):
  labels = {"train": [i % 10 for i in range(1203)], "test": [3, 1, 2]}
  tfds_sets.prepare_cifar10(tmp_path, labels)
  dataset = data.load("cifar10", tmp_path)
  assert dataset.num_classes == 10
  assert dataset.train_images.shape == (1203, 4, 4, 3)
  assert dataset.train_images.dtype == np.uint8
  # The files are shuffled; images and labels must stay together.
  np.testing.assert_array_equal(dataset.train_images[:, 0, 0, 0], 20 * dataset.train_labels)
  np.testing.assert_array_equal(np.sort(dataset.test_labels), [1, 2, 3])
  assert len(set(dataset.train_ids)) == 1203


def test_another_file_format_says_what_to_run(tmp_path):
  tfds_sets.prepare_cifar10(tmp_path, {"train": [1, 2, 3], "test": [3, 1]})
  info = tmp_path / "cifar10" / "3.0.2" / "dataset_info.json"
  info.write_text(info.read_text().replace("array_record", "tfrecord"))
  with pytest.raises(FileNotFoundError, match=r"as array_record; .* run: tfds build cifar"):
    data.load("cifar10", tmp_path, download=True)


@pytest.mark.parametrize("pattern", ["*test.array_record*", "dataset_info.json"])
def test_damaged_set_is_told_in_one_line(tmp_path, pattern):
  tfds_sets.prepare_cifar10(tmp_path, {"train": [1, 2, 3], "test": [3, 1]})
  (victim,) = tmp_path.glob(f"cifar10/3.0.2/{pattern}")
  victim.write_bytes(victim.read_bytes()[:-20])
  with pytest.raises(OSError, match=r"data_dir: cifar10 in .* is damaged") as raised:
    data.load("cifar10", tmp_path)
  assert "\n" not in str(raised.value)


def test_labels_outside_the_classes_are_named(tmp_path):
  tfds_sets.prepare_cifar10(tmp_path, {"train": [1, 2, 9], "test": [3]})
  labels = tmp_path / "cifar10" / "3.0.2" / "features.json"
  text = json.dumps(json.loads(labels.read_text())).replace('"numClasses": "10"',
    '"numClasses": "9"')  # fmt: skip
  labels.write_text(text)
  # With a version, TFDS describes the set by its files rather than by its own code.
  with pytest.raises(ValueError, match=r"train_labels: 9 at position ., must be in"):
    data.load("cifar10:3.0.2", tmp_path)


@pytest.mark.parametrize("options", [{}, {"download": True}])
def test_a_try_leaves_no_temporary_folder(options, tmp_path, monkeypatch):
  (tmp_path / "tmp").mkdir()
  monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
  with pytest.raises(FileNotFoundError, match="no cifar10 in"):
    data.load("cifar10", tmp_path / "sets", **options)
  if options:
    load("plain", tmp_path / "sets")
  assert not list((tmp_path / "tmp").iterdir())

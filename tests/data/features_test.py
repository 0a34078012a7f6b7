"""Features in place of images: from arrays, a file and a directory."""

import chex
import numpy as np
import pytest

from noisy_jax import data


def arrays(**changes):
  rng = np.random.default_rng(0)
  right = {
    "train_features": rng.normal(3, 5, (6, 4)).astype(np.float32),
    "train_labels": np.array([0, 1, 2, 1, 0, 2]),
    "test_features": rng.normal(3, 5, (2, 4)).astype(np.float32),
    "test_labels": np.array([2, 0]),
  }
  return {name: value for name, value in (right | changes).items() if value is not None}


def saved(directory, source, values):
  if source == "npz":
    np.savez(directory / "set.npz", **values)
    return f"npz:{directory}/set.npz"
  (directory / "set").mkdir()
  for name, value in values.items():
    np.save(directory / "set" / name, value)
  return f"npy:{directory}/set"


@pytest.mark.parametrize("source", ["npz", "npy"])
def test_what_was_saved_is_read(tmp_path, source):
  more = {"class_names": np.array(list("abc")), "train_ids": np.array(list("uvwxyz"))}
  name = saved(tmp_path, source, arrays() | more)
  dataset = data.load(name)
  chex.assert_trees_all_equal(dataset.train_images, arrays()["train_features"])
  chex.assert_trees_all_equal(dataset.test_images, arrays()["test_features"])
  chex.assert_trees_all_equal(dataset.train_labels, np.int32([0, 1, 2, 1, 0, 2]))
  assert (dataset.class_names, dataset.num_classes) == (("a", "b", "c"), 3)
  assert "".join(dataset.train_ids) == "uvwxyz"
  assert dataset.test_ids is None
  assert dataset.image_shape == (4,)
  assert not dataset.labels_trusted
  assert data.has_features(data.parse_name(name))
  # Nothing is read before it is needed.
  assert isinstance(dataset.train_images, np.memmap) == (source == "npy")


def test_a_directory_of_images_is_read(tmp_path):
  images = np.random.default_rng(0).integers(0, 256, (6, 3, 5), np.uint8)
  values = arrays(train_features=None, test_features=None)
  name = saved(
    tmp_path, "npy", values | {"train_images": images, "test_images": images[:2]}
  )
  chex.assert_trees_all_equal(data.load(name).train_images, images[..., None])
  assert not data.has_features(data.parse_name(name))


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int64, np.uint8, bool])
def test_numbers_of_any_type_become_float32(dtype):
  features = np.arange(24).reshape(6, 4).astype(dtype)
  dataset = data.from_arrays(features, [0, 1] * 3, features.tolist(), [0, 1] * 3)
  chex.assert_trees_all_equal(dataset.train_images, features.astype(np.float32))
  chex.assert_trees_all_equal(dataset.test_images, dataset.train_images)


def test_each_feature_is_standardised_by_itself():
  features = np.random.default_rng(0).normal(5, 3, (50, 20)) * np.arange(20)
  labels = np.arange(50) % 3
  mean, std = data.from_arrays(features, labels, features, labels).channel_statistics()
  chex.assert_trees_all_close(mean, features.mean(0), rtol=1e-5, atol=1e-5)
  expected = np.where(np.arange(20) > 0, features.std(0), 1)
  chex.assert_trees_all_close(std, expected, rtol=1e-5)


def test_features_far_from_0_have_their_deviation():
  features = np.random.default_rng(0).normal(1e6, 1, (200_000, 2)).astype(np.float32)
  mean, std = data.channel_statistics(features)
  exact = features.astype(np.float64)
  chex.assert_trees_all_close(mean, exact.mean(0), rtol=1e-7)
  chex.assert_trees_all_close(std, exact.std(0), rtol=1e-6)


@pytest.mark.parametrize("source", ["npz", "npy"])
@pytest.mark.parametrize(
  "changes, message",
  [
    ({"test_features": None}, r"set(\.npz)? lacks test_features; it has train_features, "),
    ({"train_images": np.zeros((6, 2, 2), np.uint8)}, "train_images beside train_features"),
    (
      {"train_features": np.zeros((6, 2, 2))},
      r"float64\[6, 2, 2\], must be numbers of \[n",
    ),
    (
      {"train_features": np.array([["a"]] * 6)},
      r"train_features: <U1\[6, 1\], must be num",
    ),
    ({"test_features": np.zeros((2, 3))}, r"\[3\] each, must be \[4\]"),
    (
      {"test_features": np.full((2, 4), np.inf)},
      r"test_features: inf at \[0, 0\], must be",
    ),
    ({"train_ids": np.array(["a", "b"])}, "train_ids: 2 of them, must be 6"),
  ],
)
def test_wrong_arrays_are_named(tmp_path, source, changes, message):
  name = saved(tmp_path, source, arrays(**changes))
  with pytest.raises(ValueError, match=message) as raised:
    data.load(name)
  assert "\n" not in str(raised.value)


def test_missing_and_damaged_directories_are_told_in_one_line(tmp_path):
  with pytest.raises(FileNotFoundError, match="none, there is no such directory"):
    data.load(f"npy:{tmp_path}/none")
  name = saved(tmp_path, "npy", arrays())
  (tmp_path / "set" / "train_labels.npy").write_bytes(b"text")
  with pytest.raises(OSError, match=r"train_labels\.npy cannot be read as an array"):
    data.load(name)


def test_arrays_are_passed_and_not_loaded():
  assert str(data.parse_name("arrays:intents")) == "arrays:intents"
  with pytest.raises(ValueError, match="arrays:intents, must be passed beside the config"):
    data.load("arrays:intents")

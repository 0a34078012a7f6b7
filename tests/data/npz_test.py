import numpy as np
import pytest

from noisy_jax import data


def arrays(**changes):
  rng = np.random.default_rng(0)
  right = {
    "train_images": rng.integers(0, 256, (5, 4, 6, 3), np.uint8),
    "train_labels": np.array([0, 1, 2, 1, 0]),
    "test_images": rng.integers(0, 256, (2, 4, 6, 3), np.uint8),
    "test_labels": np.array([2, 0], np.uint8),
  }
  return {name: value for name, value in (right | changes).items() if value is not None}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_was_saved_is_read(tmp_path, save):
  save(tmp_path / "set.npz", **arrays())
  dataset = data.load(f"npz:{tmp_path}/set.npz")
  for name, value in arrays().items():
    np.testing.assert_array_equal(getattr(dataset, name), value)
  assert dataset.train_labels.dtype == dataset.test_labels.dtype == np.int32
  assert dataset.num_classes == 3
  assert dataset.class_names == ()


def test_images_get_channels_and_names_say_how_many_classes_there_are(tmp_path):
  grey = {name: arrays()[name][..., 0] for name in ("train_images", "test_images")}
  np.savez(tmp_path / "set.npz", **arrays(**grey))
  dataset = data.from_npz(tmp_path / "set.npz")
  assert dataset.train_images.shape == (5, 4, 6, 1)
  np.testing.assert_array_equal(dataset.train_images[..., 0], grey["train_images"])
  np.savez(tmp_path / "set.npz", **arrays(class_names=np.array(list("abcd"))))
  dataset = data.from_npz(tmp_path / "set.npz")
  assert dataset.num_classes == 4
  assert dataset.class_names == ("a", "b", "c", "d")


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"test_labels": None, "train_labels": None}, "lacks train_labels, test_labels; it ha"),
    ({"train_images": np.zeros((5, 4, 6, 3))}, r"train_images: float64\[5, 4, 6, 3\], mus"),
    ({"train_images": np.zeros((5, 3, 32, 32), np.uint8)},
     r"train_images: uint8\[n, 3, 32, 32\] has its channels first, must be \[n, height, w"),
    ({"class_names": np.array(["a", "b"])}, r"train_labels: 2 at position 2, must be in"),
    ({"test_labels": np.array([0, 9])}, "labels: 9, must be below 7, the number of lab"),
    ({"test_labels": np.array([0, 2**62])}, "labels: 4611686018427387904, must be below"),
    ({"class_names": np.array(list("aba"))}, "class_names: 'a' names two classes"),
    ({"class_names": np.array(["a"])}, r"class_names: <U1\[1\], must be .* at least two s"),
    ({"class_names": np.arange(3)}, r"class_names: int64\[3\], must be one row of at leas"),
  ],
)  # fmt: skip
def test_wrong_arrays_are_named(tmp_path, changes, message):
  np.savez(tmp_path / "set.npz", **arrays(**changes))
  with pytest.raises(ValueError, match=message) as raised:
    data.from_npz(tmp_path / "set.npz")
  assert "\n" not in str(raised.value)


def test_missing_and_damaged_files_are_told_in_one_line(tmp_path):
  with pytest.raises(FileNotFoundError, match=r"none\.npz, there is no such file"):
    data.load(f"npz:{tmp_path}/none.npz")
  file = tmp_path / "set.npz"
  np.savez(file, **arrays())
  whole = file.read_bytes()
  objects = arrays(train_labels=np.array([0, None, 1, 2, 1]))
  for content in (whole[:-50], whole[:300] + b"\xff\xfe" + whole[302:], b"text", b"", None):
    if content is None:
      np.savez(file, allow_pickle=True, **objects)
    else:
      file.write_bytes(content)
    with pytest.raises(OSError, match=r"set\.npz cannot be read as arrays") as raised:
      data.from_npz(file)
    assert "\n" not in str(raised.value)


def test_an_image_size_is_refused(tmp_path):
  with pytest.raises(ValueError, match="image_size: 8, must be left out for npz:"):
    data.load(f"npz:{tmp_path}/set.npz", image_size=8)

import os
import shutil

import cv2
import numpy as np
import pytest

from noisy_jax import data
from tests.data.image_folders import make, write


def test_images_labels_names_and_ids_belong_together(tmp_path):
  dataset = data.load(f"folder:{make(tmp_path / 'set')}")
  assert dataset.num_classes == 2
  assert dataset.class_names == ("class_000", "class_001")
  assert dataset.train_images.shape == (6, 4, 4, 3)
  assert dataset.train_images.dtype == np.uint8
  np.testing.assert_array_equal(dataset.train_labels, [0, 0, 0, 1, 1, 1])
  np.testing.assert_array_equal(dataset.train_images[:, 0, 0, 0], [0, 10, 20, 50, 60, 70])
  assert dataset.train_ids[4] == "train/class_001/1.png"
  np.testing.assert_array_equal(dataset.test_labels, [0, 1])
  np.testing.assert_array_equal(dataset.test_images[:, 0, 0, 0], [0, 50])
  assert list(dataset.test_ids) == ["test/class_000/0.png", "test/class_001/0.png"]
  assert dataset.notes == ()


def test_hundreds_of_classes_of_which_the_test_set_may_lack_some(tmp_path):
  make(tmp_path, num_classes=300, train_size=1, test="val")
  shutil.rmtree(tmp_path / "val" / "class_001")
  dataset = data.from_folder(tmp_path)
  assert dataset.num_classes == 300
  assert dataset.notes == ("no folder test; tested on val",)
  np.testing.assert_array_equal(dataset.train_labels, np.arange(300))
  np.testing.assert_array_equal(dataset.train_images[:, 0, 0, 0], 50 * np.arange(300) % 250)
  np.testing.assert_array_equal(dataset.test_labels, np.delete(np.arange(300), 1))


def test_what_counts_as_an_image(tmp_path):
  make(tmp_path)
  write(tmp_path / "train" / "class_000" / "deep" / "er" / "a.JPG", 200)
  write(tmp_path / "train" / "class_000" / "b.jpeg", 210)
  for other in ("notes.txt", ".hidden.png", ".tool/0.png"):
    path = tmp_path / "train" / "class_000" / other
    path.parent.mkdir(exist_ok=True)
    path.write_text("no image")
  (tmp_path / "train" / ".tool").mkdir()
  (tmp_path / "README").write_text("beside the splits")
  dataset = data.from_folder(tmp_path)
  assert data.class_counts(dataset.train_labels, 2).tolist() == [5, 3]
  assert dataset.notes == ("left out 1 file that is no picture by its ending: 1 .txt",)
  assert "train/class_000/deep/er/a.JPG" in dataset.train_ids


def test_grey_images_keep_one_channel_unless_one_has_colour(tmp_path):
  make(tmp_path, channels=1)
  grey = data.from_folder(tmp_path)
  assert grey.train_images.shape == (6, 4, 4, 1)
  np.testing.assert_array_equal(grey.train_images[:, 0, 0, 0], [0, 10, 20, 50, 60, 70])
  write(tmp_path / "test" / "class_000" / "colour.png", 9)
  assert data.from_folder(tmp_path).train_images.shape == (6, 4, 4, 3)


def test_images_of_many_sizes_need_one(tmp_path):
  make(tmp_path)
  write(tmp_path / "train" / "class_001" / "wide.png", 99, width=9)
  with pytest.raises(ValueError, match=r"wide\.png has 4x9 pixels .* --image_size=N"):
    data.from_folder(tmp_path)
  dataset = data.from_folder(tmp_path, image_size=3)
  assert dataset.train_images.shape == (7, 3, 3, 3)
  assert (dataset.train_images[-1] == 99).all()


def test_shrinking_averages_the_area(tmp_path):
  make(tmp_path, height=8, width=8)
  stripes = np.zeros((8, 8, 3), np.uint8)
  stripes[:, ::2] = 200
  cv2.imwrite(str(tmp_path / "train" / "class_000" / "0.png"), stripes)
  image = data.from_folder(tmp_path, image_size=1).train_images[0]
  # Taking single pixels would give 0 or 200.
  np.testing.assert_allclose(image, 100, atol=2)


@pytest.mark.parametrize("content", ["truncated", "text", "deep"])
def test_a_bad_image_fails_or_is_left_out_by_name(tmp_path, content):
  make(tmp_path)
  bad = tmp_path / "train" / "class_000" / "1.png"
  if content == "truncated":
    noise = np.random.default_rng(0).integers(0, 256, (4, 4, 3), np.uint8)
    cv2.imwrite(str(bad), noise)
    bad.write_bytes(bad.read_bytes()[:60])
  elif content == "text":
    bad.write_text("no image")
  else:
    cv2.imwrite(str(bad), np.full((4, 4), 1000, np.uint16))
  (tmp_path / "test" / "class_000" / "0.jpg").write_bytes(b"")
  with pytest.raises(OSError, match="cannot be read as an image") as raised:
    data.from_folder(tmp_path)
  assert str(bad) in str(raised.value)
  assert "2 of 9 files cannot; --on_bad_image=skip leaves them out" in str(raised.value)
  assert "\n" not in str(raised.value)
  dataset = data.from_folder(tmp_path, on_bad_image="skip")
  again = data.from_folder(tmp_path, on_bad_image="skip")
  for got in (dataset, again):
    np.testing.assert_array_equal(got.train_images[:, 0, 0, 0], [0, 20, 50, 60, 70])
    np.testing.assert_array_equal(got.train_labels, [0, 0, 1, 1, 1])
    assert "train/class_000/1.png" not in got.train_ids
    np.testing.assert_array_equal(got.test_labels, [0, 1])
    assert got.notes[0][:51] == "left out 2 unreadable images: train/class_000/1.png"


def spoil(*splits):
  def change(root):
    for split in splits:
      for file in (root / split).rglob("*.png"):
        file.write_bytes(b"")

  return change


@pytest.mark.parametrize(
  "change, error, message",
  [
    (lambda root: [shutil.rmtree(path) for path in root.glob("train/*")],
     FileNotFoundError, "/train has no classes; each must be a folder"),
    (lambda root: [shutil.rmtree(path) for path in root.glob("test/*")],
     FileNotFoundError, "/test has no classes"),
    (lambda root: shutil.rmtree(root / "train" / "class_001"),
     ValueError, "/train has 1 class, must have at least 2"),
    (lambda root: (root / "train" / "empty").mkdir(),
     FileNotFoundError, r"/train/empty has no picture \(\.png, \.jpg,"),
    (lambda root: write(root / "test" / "new" / "0.png", 1), ValueError,
     "class 'new' of .*/test, must be one of train; 1 of 3 are not"),
    (lambda root: os.rename(root / "train", root / "x"), FileNotFoundError,
     "has no folder train, but test; must have train/CLASS/ beside it, or CLASS/ alone"),
    (spoil("test"), OSError, "has a split of which no image can be read"),
    (spoil("train"), OSError, "has a split of which no image can be read"),
    (spoil("train", "test"), OSError, "none of 8 files can be read as an image"),
  ],
)  # fmt: skip
def test_folders_of_another_form_are_refused(tmp_path, change, error, message):
  change(make(tmp_path))
  with pytest.raises(error, match=message):
    data.from_folder(tmp_path, on_bad_image="skip")


def test_options_and_missing_folders(tmp_path):
  with pytest.raises(FileNotFoundError, match="nowhere, there is no such folder"):
    data.load(f"folder:{tmp_path}/nowhere")
  with pytest.raises(ValueError, match="image_size: 0, must be an integer from 1 up"):
    data.from_folder(tmp_path, image_size=0)
  with pytest.raises(ValueError, match="on_bad_image: 'drop', must be fail or skip"):
    data.from_folder(tmp_path, on_bad_image="drop")


@pytest.mark.parametrize("kind", ["pipe", "broken link", "link to itself"])
def test_what_is_no_file_is_a_bad_image(kind, tmp_path):
  path = make(tmp_path / "set") / "train" / "class_000" / "9.png"
  if kind == "pipe":
    os.mkfifo(path)
  else:
    path.symlink_to("none.png" if kind == "broken link" else "9.png")
  with pytest.raises(OSError, match=r"9\.png cannot be read as an image"):
    data.from_folder(tmp_path / "set")
  dataset = data.from_folder(tmp_path / "set", on_bad_image="skip")
  assert dataset.notes == ("left out 1 unreadable images: train/class_000/9.png",)

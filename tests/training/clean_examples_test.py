import dataclasses

import cv2
import numpy as np
import pytest

from noisy_jax import data, noise, training
from noisy_jax.training.clean_examples import add, take_out
from noisy_jax.training.label_noise import NoisySet

CONFIG = training.TrainConfig(dataset="digits10", loss="ce", batch_size=64)


def a_noisy_set(ids=None, foreign=None):
  labels = (np.arange(20) % 4).astype(np.int32)
  images = np.arange(20, dtype=np.uint8).reshape(20, 1, 1, 1)
  dataset = data.Dataset(
    images,
    labels,
    images[:4],
    labels[:4],
    4,
    ("a", "b", "c", "d"),
    ids,
    labels_trusted=True,
  )
  noisy = noise.NoisyLabels((labels + 1) % 4, labels, 4)
  return NoisySet(dataset, noisy, foreign)


@pytest.mark.parametrize("ids", [None, np.array([f"{i:02}" for i in range(20)])])
def test_clean_examples_leave_the_training_set(ids):
  rest = take_out(a_noisy_set(ids), 6, seed=3)
  clean = rest.clean
  taken, kept = clean.images.ravel(), rest.dataset.train_images.ravel()
  np.testing.assert_array_equal(np.sort(np.concatenate([taken, kept])), np.arange(20))
  np.testing.assert_array_equal(clean.labels, taken % 4)
  np.testing.assert_array_equal(rest.labels.clean, kept % 4)
  np.testing.assert_array_equal(rest.labels.noisy, (kept + 1) % 4)
  np.testing.assert_array_equal(rest.dataset.train_labels, kept % 4)
  np.testing.assert_array_equal(rest.dataset.train_ids.astype(int), kept)
  again, other = (take_out(a_noisy_set(ids), 6, seed=seed).clean for seed in (3, 4))
  np.testing.assert_array_equal(again.images, clean.images)
  assert (other.images != clean.images).any()


def test_foreign_images_are_not_taken():
  foreign = np.arange(20) < 12
  rest = take_out(a_noisy_set(foreign=foreign), 8, seed=0)
  np.testing.assert_array_equal(np.sort(rest.clean.images.ravel()), np.arange(12, 20))
  assert rest.foreign.all()
  with pytest.raises(ValueError, match="method: size: 9, must be at most 8 clean examples"):
    take_out(a_noisy_set(foreign=foreign), 9, seed=0)


def with_clean(clean, **changes):
  noisy = a_noisy_set()
  config = dataclasses.replace(CONFIG, method="meta", clean=clean)
  noisy = noisy._replace(dataset=noisy.dataset._replace(**changes))
  return add(config.parts.data, noisy, 6, config.noise_seed)


def test_where_labels_are_not_trusted_clean_examples_come_from_the_user(tmp_path):
  with pytest.raises(ValueError, match="clean: none, must be folder:PATH or npz:FILE with"):
    with_clean("none", labels_trusted=False)
  assert len(with_clean("none").clean.labels) == 6
  images, labels = np.full((3, 1, 1), 7, np.uint8), np.array([3, 0, 1])
  arrays = {"images": images, "labels": labels, "class_names": np.array(list("dcba"))}
  np.savez(tmp_path / "clean.npz", **arrays)
  given = with_clean(f"npz:{tmp_path}/clean.npz", labels_trusted=False)
  # By the names of the classes, whatever their order in the file.
  assert given.clean.labels.tolist() == [0, 3, 2]
  np.testing.assert_array_equal(given.clean.images, images[..., None])
  assert len(given.labels.noisy) == 20
  for name in ("b/1.png", "d/deep/2.png"):
    (tmp_path / "clean" / name).parent.mkdir(parents=True, exist_ok=True)
    grey = np.full((3, 3), 200, np.uint8)
    (tmp_path / "clean" / name).write_bytes(cv2.imencode(".png", grey)[1].tobytes())
  given = with_clean(f"folder:{tmp_path}/clean", labels_trusted=False)
  assert given.clean.labels.tolist() == [1, 3]
  assert given.clean.images.shape == (2, 1, 1, 1)


def test_clean_examples_that_are_trained_or_tested_on_are_told(tmp_path):
  # Images of the set are its numbers from 0 to 19; the first four are tested on.
  images = np.array([5, 6, 40], np.uint8).reshape(3, 1, 1)
  np.savez(tmp_path / "clean.npz", images=images, labels=np.array([1, 3, 0]))
  (note,) = with_clean(f"npz:{tmp_path}/clean.npz").dataset.notes
  assert note == "2 training images are also clean examples, 1 with the same label"
  images[0] = 3
  np.savez(tmp_path / "clean.npz", images=images, labels=np.array([1, 3, 0]))
  with pytest.raises(ValueError, match="has 1 of the test images, must have none of them"):
    with_clean(f"npz:{tmp_path}/clean.npz")


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"images": np.zeros((3, 2, 2), np.uint8)}, r"shape \[3, 2, 2, 1\], must be n of both"),
    ({"images": np.zeros((2, 1, 1), np.uint8)}, "3 labels and images of shape"),
    ({"images": np.zeros((3, 1, 1))}, r"images: float64\[3, 1, 1\], must be uint8"),
    ({"labels": np.array([0, 1, 4])}, r"labels: 4 at position 2, must be in \[0, 4\)"),
    ({"labels": None}, "lacks labels; it has images"),
    ({"class_names": np.array(list("abce"))}, "class_names: 'd', must be in both data"),
    ({"class_names": np.array(list("aabcd"))}, "class_names: 'a', must be in both data"),
  ],
)
def test_clean_examples_that_do_not_fit_are_refused(changes, message, tmp_path):
  arrays = {"images": np.zeros((3, 1, 1), np.uint8), "labels": np.arange(3)} | changes
  file = tmp_path / "clean.npz"
  np.savez(file, **{name: array for name, array in arrays.items() if array is not None})
  with pytest.raises(ValueError, match=f"^clean: npz:{file}: .*{message}"):
    with_clean(f"npz:{file}")


def test_clean_images_without_a_class_are_refused(tmp_path):
  (tmp_path / "e").mkdir()
  (tmp_path / "e" / "1.png").write_bytes(cv2.imencode(".png", np.eye(3))[1].tobytes())
  with pytest.raises(ValueError, match=r"e/1.png, one of 1 such files, must lie in a fold"):
    with_clean(f"folder:{tmp_path}")
  (tmp_path / "e" / "1.png").write_bytes(b"")
  with pytest.raises(OSError, match=r"clean: folder:.* none of 1 files can be read"):
    with_clean(f"folder:{tmp_path}")


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"clean": "digits10", "method": "meta"}, "clean: unknown 'digits10'; known: none, f"),
    ({"clean": "npz:", "method": "meta"}, "clean: unknown 'npz:'"),
    ({"clean": "npz:x", "method": "elr"}, "clean: npz:x, must be none with method elr"),
  ],
)
def test_settings_of_clean_examples_are_checked(changes, message):
  with pytest.raises(ValueError, match=message):
    dataclasses.replace(CONFIG, **changes)

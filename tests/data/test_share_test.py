"""Sets without a test split, of which a tenth of each class becomes one."""

import hashlib
import os
import shutil

import numpy as np
import pytest

from noisy_jax import data
from noisy_jax.data.test_share import in_test_share
from tests.data.image_folders import make, write

SIZES = {"cat": 24, "dog": 15, "eel": 2, "fox": 1}
SHARES = {"cat": 2, "dog": 2, "eel": 1, "fox": 0}
NOTE = "a tenth of each class is the test split"


def write_classes(root, sizes=SIZES):
  """Class c holds shades 60 c + i; every third picture lies deeper."""
  for c, (name, size) in enumerate(sizes.items()):
    for i in range(size):
      write(root / name / ("deep" if i % 3 == 0 else "") / f"{i}.png", 60 * c + i)
  return root


def expected_share(ids):
  """The ids with the smallest hashes of each class, one class after the other."""
  chosen = set()
  for name, share in SHARES.items():
    own = [id_ for id_ in ids if id_.removeprefix("train/").startswith(f"{name}/")]
    own.sort(key=lambda id_: hashlib.sha256(id_.encode()).hexdigest())
    chosen.update(own[:share])
  return chosen


@pytest.mark.parametrize("where", ["", "train"])
def test_a_folder_without_test_images_gives_a_tenth_of_each_class(tmp_path, where):
  root = tmp_path / "set"
  write_classes(root / where)
  dataset = data.from_folder(root)
  reason = "no folder test, nor val" if where else "no folder train"
  assert dataset.notes == (f"{reason}: {NOTE}",)
  assert dataset.class_names == tuple(SIZES)
  files = {os.path.relpath(file, root) for file in root.rglob("*.png")}
  test = expected_share(files)
  assert set(dataset.test_ids) == test
  assert set(dataset.train_ids) == files - test
  for split in ("train", "test"):
    ids, images, labels = (
      getattr(dataset, f"{split}_{part}") for part in ("ids", "images", "labels")
    )
    of_id = [list(SIZES).index(id_.split("/")[-3 if "deep" in id_ else -2]) for id_ in ids]
    np.testing.assert_array_equal(labels, of_id)
    numbers = [int(id_.split("/")[-1].removesuffix(".png")) for id_ in ids]
    shades = 60 * np.array(of_id) + numbers
    np.testing.assert_array_equal(images[:, 0, 0, 0], shades)
    # Paths are sorted in each class.
    assert list(ids) == sorted(ids)
  streamed = data.open_stream(f"folder:{root}")
  assert streamed.notes == dataset.notes
  for split in ("train", "test"):
    assert streamed.images(split).ids() == tuple(getattr(dataset, f"{split}_ids"))
    np.testing.assert_array_equal(
      streamed.images(split).labels, getattr(dataset, f"{split}_labels")
    )
  assert data.decoded_bytes(f"folder:{root}") == 3 * 16 * sum(SIZES.values())


def test_the_share_stays_when_images_turn_bad_and_the_folder_moves(tmp_path):
  root = write_classes(tmp_path / "set")
  before = data.from_folder(root)
  root = shutil.copytree(root, tmp_path / "copy")
  bad = [root / before.test_ids[0], root / before.train_ids[3]]
  for file in bad:
    file.write_bytes(b"")
  after = data.from_folder(root, on_bad_image="skip")
  assert list(after.test_ids) == list(before.test_ids[1:])
  assert list(after.train_ids) == np.delete(before.train_ids, 3).tolist()
  assert after.notes[1].startswith("left out 2 unreadable images: ")
  streamed = data.open_stream(f"folder:{root}", on_bad_image="skip")
  assert streamed.train.ids() == tuple(after.train_ids)
  assert streamed.test.ids() == tuple(after.test_ids)
  # Neither split's list of bad images takes the other's place in the cache.
  assert streamed.train.source.place != streamed.test.source.place


def test_what_lies_beside_the_classes_is_told(tmp_path):
  root = write_classes(tmp_path, {"cat": 3, "dog": 3})
  write(root / "loose.png", 1)
  for file in ("README.md", "docs/notes.txt", "cat/list.csv", ".hidden/x/0.png"):
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).touch()
  dataset = data.from_folder(root)
  assert dataset.class_names == ("cat", "dog")
  assert dataset.notes == (
    f"no folder train: {NOTE}",
    "left out folders without pictures: docs",
    f"left out 1 pictures in {root}, which are in no class",
    "left out 2 files that are no pictures by their ending: 1 .csv, 1 .md",
  )


@pytest.mark.parametrize(
  "sizes, error, message",
  [
    (
      {},
      FileNotFoundError,
      "no folder train, and pictures in 0 of its 0 folders; must",
    ),
    ({"photos/cat": 2, "photos/dog": 2}, FileNotFoundError, "in 1 of its 1 folders; must"),
    ({"cat": 2, "Test": 2}, FileNotFoundError, "has no folder train, but Test; must have"),
    ({"validation/a": 2, "training/a": 2}, FileNotFoundError, "folder train, but training"),
    ({"cat": 1, "dog": 1}, ValueError, "one example a class and no test split"),
    ({"train/cat": 1, "train/dog": 1}, ValueError, "/train has one example a class and no"),
  ],
)
def test_folders_with_neither_are_refused(tmp_path, sizes, error, message):
  root = write_classes(tmp_path, sizes)
  for read in (data.from_folder, lambda root: data.open_stream(f"folder:{root}")):
    with pytest.raises(error, match=message) as raised:
      read(root)
    assert str(raised.value).startswith(f"dataset: {root}")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
  "link, target",
  [
    ("cat/up", ".."),
    ("cat/up", "../.."),
    ("cat/other", "../dog"),
    ("cat/a.png", "../dog/1.png"),
    ("cat/a.png", "1.png"),
    ("ant", "cat"),
    ("zoo", "."),
    ("zoo", "cat/deep"),
  ],
)
def test_links_back_into_the_classes_are_refused(tmp_path, link, target):
  root = write_classes(tmp_path / "set", {"cat": 3, "dog": 3})
  path = root / link
  path.symlink_to(target)
  for read in (data.from_folder, lambda root: data.open_stream(f"folder:{root}")):
    with pytest.raises(ValueError, match=rf"^dataset: {path} leads to .*must lead out of"):
      read(root)


def test_classes_and_files_may_be_links_out_of_the_set(tmp_path):
  pool = make(tmp_path / "pool") / "train"
  root = write_classes(tmp_path / "set", {"cat": 3})
  (root / "dog").symlink_to(pool / "class_001")
  (root / "cat" / "x.png").symlink_to(pool / "class_000" / "0.png")
  (root / "loop").symlink_to("loop")
  dataset = data.from_folder(root)
  assert data.class_counts(dataset.train_labels, 2).tolist() == [3, 2]
  assert data.class_counts(dataset.test_labels, 2).tolist() == [1, 1]


def test_names_alone_decide():
  rng = np.random.default_rng(0)
  labels = rng.integers(0, 7, 400)
  names = np.array([f"{label}/{i}" for i, label in enumerate(labels)])
  chosen = in_test_share("the set", names, labels)
  counts = np.bincount(labels)
  np.testing.assert_array_equal(
    np.bincount(labels[chosen]), (counts / 10 + 0.5).astype(int)
  )
  order = rng.permutation(400)
  again = in_test_share("elsewhere", names[order], labels[order])
  np.testing.assert_array_equal(again, chosen[order])
  # Classes do not depend on each other, and growth changes the choice of few.
  alone = in_test_share("a class", names[labels == 3], labels[labels == 3])
  np.testing.assert_array_equal(alone, chosen[labels == 3])
  more = in_test_share("the set", [*names, "3/new"], np.append(labels, 3))[:-1]
  assert (more != chosen).sum() <= 2


@pytest.mark.parametrize("source", ["npz", "npy"])
@pytest.mark.parametrize("with_ids", [True, False])
def test_arrays_without_a_test_split_give_a_tenth_of_each_class(tmp_path, source, with_ids):
  rng = np.random.default_rng(1)
  arrays = {
    "train_features": rng.normal(size=(60, 3)).astype(np.float32),
    "train_labels": rng.integers(0, 3, 60),
  }
  if with_ids:
    arrays["train_ids"] = np.array([f"row {i}" for i in range(60)])
  if source == "npz":
    np.savez(tmp_path / "set.npz", **arrays)
  for name, array in arrays.items():
    np.save(tmp_path / name, array)
  dataset = data.load(f"npz:{tmp_path}/set.npz" if source == "npz" else f"npy:{tmp_path}")
  assert dataset.notes == (f"no test arrays: {NOTE}",)
  assert dataset.num_classes == 3
  # Positions decide, whether there are ids or not.
  positions = [str(i) for i in range(60)]
  is_test = in_test_share("the set", positions, arrays["train_labels"])
  assert 3 <= is_test.sum() <= 9
  ids = arrays.get("train_ids", np.array(positions))
  for split, chosen in (("train", ~is_test), ("test", is_test)):
    np.testing.assert_array_equal(dataset.images(split), arrays["train_features"][chosen])
    np.testing.assert_array_equal(
      getattr(dataset, f"{split}_labels"), arrays["train_labels"][chosen]
    )
    np.testing.assert_array_equal(getattr(dataset, f"{split}_ids"), ids[chosen])


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"test_labels": [0]}, r"lacks test_images; it has train_images, "),
    ({"test_ids": ["a"]}, "lacks test_images, test_labels; it has"),
    ({"test_features": np.zeros((1, 3))}, "lacks test_images, test_labels; it has"),
    ({"train_labels": [0, 1]}, "train_labels: 2 of them, must be 6 as train_images"),
    ({"train_labels": 3}, "labels: 3, must be below 2, the number of labels"),
    ({"train_labels": np.arange(6)}, r"npz:.* has one example a class and no test split"),
  ],
)
def test_arrays_with_a_part_of_a_test_split_are_refused(tmp_path, changes, message):
  arrays = {"train_images": np.zeros((6, 2, 2, 3), np.uint8), "train_labels": [0, 1] * 3}
  np.savez(tmp_path / "set.npz", **arrays | changes)
  with pytest.raises(ValueError, match=message) as raised:
    data.from_npz(tmp_path / "set.npz")
  assert "\n" not in str(raised.value)

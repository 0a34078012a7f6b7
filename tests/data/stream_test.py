import os
import threading
import time

import cv2
import numpy as np
import pytest

from noisy_jax import data
from noisy_jax.data import image_transforms, order, webvision
from tests import tfds_sets, webvision_tree
from tests.data.streams import open_folder, train

pytestmark = pytest.mark.filterwarnings("ignore")

TRAIN_SIZE, TEST_SIZE = 11, 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
  """Image i of a split has label i % 2 and shade 20 i; those to train on have detail."""
  root = tmp_path_factory.mktemp("set")
  for split, size in {"train": TRAIN_SIZE, "test": TEST_SIZE}.items():
    for i in range(size):
      file = root / split / f"class_{i % 2}" / f"{i:02d}.png"
      file.parent.mkdir(parents=True, exist_ok=True)
      image = np.full((20, 30, 3), 20 * i, np.uint8)
      if split == "train":
        image[..., 0], image[..., 1] = np.arange(20)[:, None], np.arange(30)
      cv2.imwrite(str(file), image)
  return root


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
  root = tmp_path_factory.mktemp("webvision")
  tree = webvision_tree.write(root / "files")
  webvision.prepare("mini", manual_dir=tree, data_dir=root / "sets")
  return root / "sets"


def test_labels_are_known_up_front(folder):
  streamed = open_folder(folder)
  in_memory = data.load(f"folder:{folder}")
  assert (len(streamed.train), len(streamed.test)) == (TRAIN_SIZE, TEST_SIZE)
  assert streamed.num_classes == 2
  assert streamed.class_names == in_memory.class_names
  assert streamed.train_labels.dtype == np.int32
  np.testing.assert_array_equal(streamed.train_labels, in_memory.train_labels)
  np.testing.assert_array_equal(streamed.test_labels, in_memory.test_labels)
  assert streamed.notes == in_memory.notes == ()
  for split in ("train", "test"):
    assert getattr(streamed, split).ids() == tuple(getattr(in_memory, f"{split}_ids"))


def test_batches_hold_the_images_of_their_indices(folder):
  (first, *_) = open_folder(folder).train.train_batches(4, seed=0, epoch=0)
  assert first.images.shape == (4, 224, 224, 3)
  assert first.images.dtype == np.uint8
  assert first.indices.dtype == np.int32
  streamed, in_memory = open_folder(folder), data.load(f"folder:{folder}")
  for batch in streamed.test.test_batches(2):
    for image, index in zip(batch.images, batch.indices, strict=True):
      if index >= 0:
        assert (image == in_memory.test_images[index, 0, 0, 0]).all()


def test_an_epoch_has_each_example_once_but_for_the_rest(folder):
  streamed = open_folder(folder)
  images, indices = train(streamed, 4)
  assert len(indices) == 8
  assert len(set(indices)) == 8
  assert set(indices) <= set(range(TRAIN_SIZE))
  _, all_indices = train(streamed, 1)
  assert sorted(all_indices) == list(range(TRAIN_SIZE))
  # An image does not depend on its batch.
  others, other_indices = train(streamed, 3)
  np.testing.assert_array_equal(indices, other_indices[:8])
  np.testing.assert_array_equal(images, others[:8])


def test_seed_and_epoch_decide_order_and_images(folder):
  images, indices = train(open_folder(folder), seed=3, epoch=2)
  again, same = train(open_folder(folder), seed=3, epoch=2)
  np.testing.assert_array_equal(indices, same)
  np.testing.assert_array_equal(images, again)
  for other in ({"seed": 4, "epoch": 2}, {"seed": 3, "epoch": 3}):
    other_images, other_indices = train(open_folder(folder), **other)
    assert (indices != other_indices).any()
    common = set(indices) & set(other_indices)
    assert common
    for index in common:
      one = images[indices == index]
      two = other_images[other_indices == index]
      assert (one != two).any()


@pytest.mark.parametrize("start", [0, 1, 3, 5])
def test_a_later_start_gives_the_rest(folder, start):
  streamed = open_folder(folder)
  batches = list(streamed.train.train_batches(2, seed=0, epoch=1))
  rest = list(streamed.train.train_batches(2, seed=0, epoch=1, start=start))
  assert len(rest) == 5 - start
  for expected, got in zip(batches[start:], rest, strict=True):
    np.testing.assert_array_equal(expected.indices, got.indices)
    np.testing.assert_array_equal(expected.images, got.images)


@pytest.mark.parametrize("num_threads", [1, 2, 7])
def test_threads_change_nothing(folder, num_threads):
  streamed = open_folder(folder)
  expected = train(streamed, 2)
  got = train(streamed, 2, num_threads=num_threads)
  np.testing.assert_array_equal(expected[1], got[1])
  np.testing.assert_array_equal(expected[0], got[0])
  tests = [list(streamed.test.test_batches(2, num_threads=n)) for n in (1, num_threads)]
  for one, two in zip(*tests, strict=True):
    np.testing.assert_array_equal(one.images, two.images)


@pytest.mark.parametrize("process_count", [2, 4])
def test_processes_share_the_same_batches(folder, process_count):
  streamed = open_folder(folder)
  parts = [
    list(
      streamed.train.train_batches(
        4, seed=0, epoch=1, process_index=index, process_count=process_count
      )
    )
    for index in range(process_count)
  ]
  for whole, *shares in zip(
    streamed.train.train_batches(4, seed=0, epoch=1), *parts, strict=True
  ):
    for field in ("images", "indices"):
      joined = np.concatenate([getattr(share, field) for share in shares])
      np.testing.assert_array_equal(joined, getattr(whole, field))
  tests = [
    batch.indices
    for index in range(process_count)
    for batch in streamed.test.test_batches(
      4, process_index=index, process_count=process_count
    )
  ]
  indices = np.concatenate(tests)
  assert sorted(indices[indices >= 0]) == list(range(TEST_SIZE))


def test_each_test_image_comes_once_in_order(folder):
  streamed = open_folder(folder)
  batches = list(streamed.test.test_batches(3))
  np.testing.assert_array_equal(batches[0].indices, [0, 1, 2])
  np.testing.assert_array_equal(batches[1].indices, [3, 4, -1])
  assert (batches[1].images[2] == 127).all()
  again = list(streamed.test.test_batches(3))
  np.testing.assert_array_equal(batches[1].images, again[1].images)


def test_the_order_is_uniform():
  rows = [order.epoch_rows(4, 4, seed=0, epoch=epoch)[0] for epoch in range(2000)]
  counts = np.stack([np.bincount(column, minlength=4) for column in np.transpose(rows)])
  assert np.abs(counts - 500).max() < 5 * np.sqrt(2000 * 3 / 16)


def test_names_options_and_sizes_are_checked(folder):
  for name in ("digits10", "npz:here", "cifra10", "folder:"):
    with pytest.raises(ValueError, match="dataset: "):
      data.open_stream(name)
  with pytest.raises(ValueError, match="on_bad_image: 'hide', must be fail or skip"):
    open_folder(folder, on_bad_image="hide")
  streamed = open_folder(folder)
  for batch_size in (0, 12):
    with pytest.raises(ValueError, match=rf"batch_size: {batch_size}, must be in \[1, 11"):
      streamed.train.train_batches(batch_size, seed=0, epoch=1)
  with pytest.raises(ValueError, match="batch_size: 4, must be a multiple of the 3 proc"):
    streamed.train.train_batches(4, seed=0, epoch=1, process_count=3)
  with pytest.raises(ValueError, match="batch_size: 4, must be a multiple of the 3 proc"):
    streamed.test.test_batches(4, process_count=3)


def test_prepared_sets_stream_as_they_load(prepared):
  streamed = data.open_stream("webvision/mini", prepared)
  in_memory = data.load("webvision/mini", prepared, image_size=8)
  np.testing.assert_array_equal(streamed.train_labels, in_memory.train_labels)
  np.testing.assert_array_equal(streamed.test_labels, in_memory.test_labels)
  assert streamed.class_names == in_memory.class_names
  assert streamed.train.ids() == tuple(in_memory.train_ids)
  assert streamed.notes == in_memory.notes
  assert streamed.notes[0].endswith("has no split test; tested on validation")
  for batch in streamed.test.test_batches(1):
    number = webvision_tree.VALIDATION.index(streamed.test_labels[batch.indices[0]])
    expected = np.empty((224, 224, 3), np.uint8)
    photograph = np.asarray(webvision_tree.photograph(100 + number))
    image_transforms.for_testing(photograph, expected)
    # But for what JPEG loses.
    assert np.abs(batch.images[0].astype(int) - expected).mean() < 12
  _, indices = train(streamed, 2)
  assert sorted(indices) == list(range(6))


def test_a_split_can_be_measured_on_besides(prepared):
  extra = data.parse_extra_test("webvision/mini:validation")
  streamed = data.open_test_stream(extra, prepared)
  test = data.open_stream("webvision/mini", prepared).test
  np.testing.assert_array_equal(streamed.labels, test.labels)
  one, two = (next(iter(each.test_batches(3))) for each in (streamed, test))
  np.testing.assert_array_equal(one.images, two.images)
  with pytest.raises(ValueError, match="split: 'test', must be one of train, validation"):
    data.open_test_stream(data.parse_extra_test("webvision/mini:test"), prepared)
  extra = data.parse_extra_test("webvision_imagenet/mini:validation")
  with pytest.raises(FileNotFoundError, match="--imagenet_dir=IMAGENET --data_dir="):
    data.open_test_stream(extra, prepared)


def test_labels_of_prepared_sets_are_kept(prepared, monkeypatch):
  def labels():
    return data.open_stream("webvision/mini", prepared).train_labels

  right = labels()
  (file,) = prepared.glob("webvision/mini/*/labels_train.npz")
  with np.load(file) as arrays:
    held = dict(arrays)
  np.savez(file, **held | {"labels": right[::-1]})
  np.testing.assert_array_equal(labels(), right[::-1])
  for content in (b"", b"PK", file.read_bytes()[:-4]):
    file.write_bytes(content)
    np.testing.assert_array_equal(labels(), right)
  np.savez(file, **held | {"labels": right[::-1], "fingerprint": np.array("another")})
  np.testing.assert_array_equal(labels(), right)

  def refuse(*arguments, **options):
    raise PermissionError("read-only")

  file.unlink()
  monkeypatch.setattr("tempfile.TemporaryDirectory", refuse)
  np.testing.assert_array_equal(labels(), right)
  assert not file.exists()


def test_labels_of_records_that_were_replaced_are_read_again(tmp_path):
  places = [tmp_path / name for name in ("one", "two")]
  labels = ([1, 2, 3, 4], [4, 3, 2, 1])
  for place, row in zip(places, labels, strict=True):
    tfds_sets.prepare_cifar10(place, {"train": row, "test": row})

  def read(place):
    return data.open_stream("cifar10", place).train_labels[:4].tolist()

  one, two = (read(place) for place in places)
  assert sorted(one) == sorted(two)
  assert one != two
  files = [next(place.glob("cifar10/*/*train.array_record*")) for place in places]
  assert files[0].stat().st_size == files[1].stat().st_size
  time_ns = files[0].stat().st_mtime_ns
  files[1].replace(files[0])
  os.utime(files[0], ns=(time_ns, time_ns))
  assert read(places[0]) == two


def test_threads_end_when_batches_are_dropped(folder):
  before = threading.active_count()
  batches = open_folder(folder).train.train_batches(1, seed=0, epoch=1, num_threads=3)
  next(batches)
  assert threading.active_count() > before
  del batches
  deadline = time.monotonic() + 20
  while threading.active_count() > before and time.monotonic() < deadline:
    time.sleep(0.01)
  assert threading.active_count() <= before

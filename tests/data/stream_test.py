"""Streamed sets: their order, their images, and what is said of those that are wrong."""

import os
import threading
import time

import cv2
import numpy as np
import pytest
from PIL import Image

from noisy_jax import data
from noisy_jax.data import decode, image_transforms, order, readable, stream, webvision
from tests import tfds_sets, webvision_tree

pytestmark = pytest.mark.filterwarnings("ignore")

TRAIN_SIZE, TEST_SIZE = 11, 5


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
  monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


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


def open_folder(folder, **options):
  return data.open_stream(f"folder:{folder}", **options)


def train(streamed, batch_size=4, *, seed=0, epoch=1, **options):
  batches = list(
    streamed.train.train_batches(batch_size, seed=seed, epoch=epoch, **options)
  )
  return (
    np.concatenate([batch.images for batch in batches]),
    np.concatenate([batch.indices for batch in batches]),
  )


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
  _, indices = train(streamed, 4)
  assert len(indices) == 8
  assert len(set(indices)) == 8
  assert set(indices) <= set(range(TRAIN_SIZE))
  _, all_indices = train(streamed, 1)
  assert sorted(all_indices) == list(range(TRAIN_SIZE))


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


def test_an_image_does_not_depend_on_its_batch(folder):
  streamed = open_folder(folder)
  images, indices = train(streamed, 4)
  others, other_indices = train(streamed, 3)
  np.testing.assert_array_equal(indices, other_indices[:8])
  np.testing.assert_array_equal(images, others[:8])


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


def test_images_go_by_the_names_of_their_set(folder, prepared):
  streamed, in_memory = open_folder(folder), data.load(f"folder:{folder}")
  assert streamed.train.ids() == tuple(in_memory.train_ids)
  assert streamed.test.ids() == tuple(in_memory.test_ids)
  streamed = data.open_stream("webvision/mini", prepared)
  in_memory = data.load("webvision/mini", prepared, image_size=8)
  assert streamed.train.ids() == tuple(in_memory.train_ids)


def test_the_order_is_uniform():
  rows = [order.epoch_rows(4, 4, seed=0, epoch=epoch)[0] for epoch in range(2000)]
  counts = np.stack([np.bincount(column, minlength=4) for column in np.transpose(rows)])
  assert np.abs(counts - 500).max() < 5 * np.sqrt(2000 * 3 / 16)


def test_sizes_are_checked(folder):
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
  streamed = data.open_test_stream(
    data.parse_extra_test("webvision/mini:validation"), prepared
  )
  test = data.open_stream("webvision/mini", prepared).test
  np.testing.assert_array_equal(streamed.labels, test.labels)
  one, two = (next(iter(each.test_batches(3))) for each in (streamed, test))
  np.testing.assert_array_equal(one.images, two.images)
  with pytest.raises(ValueError, match="split: 'test', must be one of train, validation"):
    data.open_test_stream(data.parse_extra_test("webvision/mini:test"), prepared)
  with pytest.raises(FileNotFoundError, match="--imagenet_dir=IMAGENET --data_dir="):
    data.open_test_stream(
      data.parse_extra_test("webvision_imagenet/mini:validation"), prepared
    )


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


@pytest.fixture
def spoiled(tmp_path):
  """Six training images, of which one is cut short and one will go."""
  for split in ("train", "test"):
    for i in range(6):
      file = tmp_path / split / f"class_{i % 2}" / f"{i}.jpg"
      file.parent.mkdir(parents=True, exist_ok=True)
      webvision_tree.photograph(i).save(file)
  bad = tmp_path / "train" / "class_0" / "2.jpg"
  bad.write_bytes(bad.read_bytes()[:-100])
  return tmp_path


def test_a_bad_image_stops_training_by_name(spoiled):
  with pytest.raises(OSError, match="cannot be read as an image") as raised:
    train(open_folder(spoiled), 1)
  message = str(raised.value)
  assert str(spoiled / "train" / "class_0" / "2.jpg") in message
  assert "--on_bad_image=skip leaves such images out" in message
  assert "\n" not in message


def test_bad_images_are_left_out_where_told(spoiled):
  (spoiled / "test" / "class_0" / "4.jpg").write_bytes(b"")
  os.mkfifo(spoiled / "test" / "class_1" / "9.jpg")
  (spoiled / "test" / "class_1" / "7.jpg").symlink_to("none.jpg")
  streamed = open_folder(spoiled, on_bad_image="skip")
  in_memory = data.load(f"folder:{spoiled}", image_size=8, on_bad_image="skip")
  assert streamed.notes == in_memory.notes
  assert streamed.notes[0].startswith(
    "left out 4 unreadable images: train/class_0/2.jpg, test/class_0/4.jpg, test/class_1/7"
  )
  for split in ("train", "test"):
    stream = getattr(streamed, split)
    labels, ids = (getattr(in_memory, f"{split}_{part}") for part in ("labels", "ids"))
    assert stream.ids() == tuple(ids)
    assert stream.labels.dtype == np.int32
    np.testing.assert_array_equal(stream.labels, labels)
    assert len(stream) == len(ids) == 5
    expected, batches = np.empty((224, 224, 3), np.uint8), list(stream.test_batches(1))
    for index, batch in enumerate(batches):
      assert batch.indices.tolist() == [index]
      photograph = Image.open(spoiled / ids[index])
      image_transforms.for_testing(np.asarray(photograph), expected)
      assert np.abs(batch.images[0].astype(int) - expected).max() <= 3
  images, indices = train(streamed, 1)
  assert sorted(indices) == list(range(5))
  assert all(image.std() > 0 for image in images)


def test_what_can_be_read_is_kept_until_a_file_changes(spoiled, monkeypatch):
  decoded = []

  def counting(encoded):
    decoded.append(encoded)
    return decode.decode_rgb(encoded)

  monkeypatch.setattr(readable, "decode_rgb", counting)
  for _ in range(2):
    assert len(open_folder(spoiled, on_bad_image="skip").train) == 5
    assert len(decoded) == 12
  streamed = open_folder(spoiled, on_bad_image="skip")
  # What is left out of a set already is not counted in it.
  again, bad = streamed.train.readable()
  assert (again.ids(), bad) == (streamed.train.ids(), ())
  decoded.clear()
  webvision_tree.photograph(2).save(spoiled / "train" / "class_0" / "2.jpg")
  whole = open_folder(spoiled, on_bad_image="skip")
  assert len(whole.train) == 6
  assert whole.notes == ()
  assert len(decoded) == 6  # those of the other split are as they were


def test_an_image_that_turns_bad_after_the_check_stops_the_run(spoiled):
  streamed = open_folder(spoiled, on_bad_image="skip")
  gone = spoiled / "train" / "class_1" / "3.jpg"
  gone.unlink()
  os.mkfifo(gone)
  with pytest.raises(
    OSError, match=rf"^dataset: {gone} cannot be read as an image \(it is n"
  ):
    train(streamed, 1)
  # The next start leaves it out.
  assert len(train(open_folder(spoiled, on_bad_image="skip"), 1)[1]) == 4


def test_a_split_without_any_good_image_is_refused(spoiled):
  for file in spoiled.glob("test/*/*.jpg"):
    file.write_bytes(b"")
  with pytest.raises(OSError, match=r"^dataset: .*/test, none of 6 images can be read$"):
    open_folder(spoiled, on_bad_image="skip")
  with pytest.raises(OSError, match=r"^images: .*/test, none of 6 images can be read$"):
    data.stream_images(spoiled / "test")


def test_bad_images_of_any_folder_are_named(spoiled):
  found = data.stream_images(spoiled / "train")
  assert found.bad == ("class_0/2.jpg",)
  assert found.paths == found.images.ids()
  assert found.paths == ("class_0/0.jpg", "class_0/4.jpg", *(
    f"class_1/{i}.jpg" for i in (1, 3, 5)
  ))  # fmt: skip


def test_bad_images_of_prepared_sets_are_left_out(tmp_path):
  features = tfds_sets.CIFAR10_FEATURES
  examples = {
    split: [
      {"id": f"{split}_{i}", "image": tfds_sets.encoded(20 * i), "label": i}
      for i in range(4)
    ]
    for split in ("train", "test")
  }
  whole = examples["train"][0]["image"]
  examples["train"][0]["image"] = whole[: len(whole) // 2]
  tfds_sets.prepare(tmp_path, "cifar10", "3.0.2", features, examples)
  streamed = data.open_stream("cifar10", tmp_path, on_bad_image="skip")
  assert streamed.notes == ("left out 1 unreadable images: train_0",)
  assert sorted(streamed.train.ids()) == ["train_1", "train_2", "train_3"]
  for batch in streamed.train.test_batches(1):
    index = int(batch.indices[0])
    label = streamed.train_labels[index]
    assert streamed.train.ids()[index] == f"train_{label}"
    assert (batch.images == 20 * label).all()
  plain = data.open_stream("cifar10", tmp_path)
  assert plain.train.ids()[0] == "train_0"
  # Not of the first image, which cannot be read.
  assert data.decoded_bytes("cifar10", tmp_path) == 3 * 4 * 4 * 8
  with pytest.raises(
    OSError, match=r"^dataset: train_0 of cifar10/3\.0\.2 train cannot be"
  ):
    list(plain.train.test_batches(1))


def test_a_damaged_record_is_named(tmp_path):
  tree = webvision_tree.write(tmp_path / "files")
  webvision.prepare("mini", manual_dir=tree, data_dir=tmp_path / "sets")
  streamed = data.open_stream("webvision/mini", tmp_path / "sets")
  (file,) = tmp_path.glob("sets/webvision/mini/*/*train.array_record*")
  content = bytearray(file.read_bytes())
  start = content.index(b"\xff\xd8")
  content[start + 50 : start + 90] = bytes(40)
  file.write_bytes(content)
  with pytest.raises(OSError, match=r"dataset: example \d of webvision/mini/1\.0\.0 train"):
    train(streamed, 1)


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


@pytest.mark.parametrize("name", ["digits10", "npz:here", "cifra10", "folder:"])
def test_other_names_are_refused(name):
  with pytest.raises(ValueError, match="dataset: "):
    data.open_stream(name)


def test_options_are_checked(folder):
  with pytest.raises(ValueError, match="on_bad_image: 'hide', must be fail or skip"):
    open_folder(folder, on_bad_image="hide")
  assert stream.CHANNEL_MEAN.dtype == stream.CHANNEL_STD.dtype == np.float32

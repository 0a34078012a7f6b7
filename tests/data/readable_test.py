import os

import numpy as np
import pytest
from PIL import Image

from noisy_jax import data
from noisy_jax.data import decode, image_transforms, readable, webvision
from tests import tfds_sets, webvision_tree
from tests.data.streams import open_folder, train

pytestmark = pytest.mark.filterwarnings("ignore")


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


def test_parts_of_one_size_are_told_apart(spoiled):
  stream = open_folder(spoiled).train
  for places in ([0, 1, 3], [1, 2, 4]):
    part, bad = stream.select(np.array(places)).readable()
    assert (len(part), bad) == (2, ("train/class_0/2.jpg",))


def test_an_image_that_turns_bad_after_the_check_stops_the_run(spoiled):
  streamed = open_folder(spoiled, on_bad_image="skip")
  gone = spoiled / "train" / "class_1" / "3.jpg"
  gone.unlink()
  os.mkfifo(gone)
  with pytest.raises(OSError, match=rf"^dataset: {gone} cannot be read as an image \(it"):
    train(streamed, 1)
  # The next start leaves it out.
  assert len(train(open_folder(spoiled, on_bad_image="skip"), 1)[1]) == 4


def test_bad_images_of_any_folder_are_named_and_none_good_is_refused(spoiled):
  found = data.stream_images(spoiled / "train")
  assert found.bad == ("class_0/2.jpg",)
  assert found.paths == found.images.ids()
  assert found.paths == ("class_0/0.jpg", "class_0/4.jpg", *(
    f"class_1/{i}.jpg" for i in (1, 3, 5)
  ))  # fmt: skip
  for file in spoiled.glob("test/*/*.jpg"):
    file.write_bytes(b"")
  with pytest.raises(OSError, match=r"^dataset: .*/test, none of 6 images can be read$"):
    open_folder(spoiled, on_bad_image="skip")
  with pytest.raises(OSError, match=r"^images: .*/test, none of 6 images can be read$"):
    data.stream_images(spoiled / "test")


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
  with pytest.raises(OSError, match=r"^dataset: train_0 of cifar10/3\.0\.2 train cannot b"):
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

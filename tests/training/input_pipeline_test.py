import numpy as np
import pytest
from PIL import Image

from noisy_jax import data
from noisy_jax.training import input_pipeline
from tests.streamed_sets import (
  STEPS,
  TEST_SIZE,
  TRAIN_SIZE,
  a_setup,
  in_order,
  write_folder,
)


def test_calls_bring_the_batches_of_the_stream(folder):
  setup = a_setup(folder, num_devices=2)
  indices = data.epoch_rows(TRAIN_SIZE, 4, seed=5, epoch=2)
  calls = list(input_pipeline.of_setup(setup, (5,)).train(2, indices[None], 1))
  batches = list(setup.dataset.train.train_batches(4, seed=5, epoch=2, start=1))
  assert len(calls) == len(batches) == STEPS - 1
  for (examples, rows), batch, row in zip(calls, batches, indices[1:], strict=True):
    np.testing.assert_array_equal(rows, [[[[0, 1]]], [[[0, 1]]]])
    keys = data.example_keys(data.epoch_key(5, 2), row)
    expected = data.color_jitter(keys, batch.images)
    np.testing.assert_array_equal(np.concatenate(examples.images), expected)
    labels = np.concatenate(np.asarray(examples.labels))
    np.testing.assert_array_equal(labels, setup.train_labels.noisy[row])
    np.testing.assert_array_equal(np.concatenate(examples.set_indices), row)


def images_by_index(folder, *, num_devices=1, seed=0, epoch=1, start=0, **changes):
  """What the network is trained on: index to image."""
  setup = a_setup(folder, num_devices, **changes)
  size = setup.config.batch_size
  rows = data.epoch_rows(TRAIN_SIZE, size, seed=seed, epoch=epoch)
  calls = input_pipeline.of_setup(setup, (seed,)).train(epoch, rows[None], start)
  images = [np.concatenate(examples.images) for examples, _ in calls]
  return dict(zip(rows[start:].ravel().tolist(), np.concatenate(images), strict=True))


@pytest.mark.parametrize(
  "changes", [{"num_devices": 2}, {"num_devices": 4}, {"batch_size": 6}, {"start": 2}]
)
def test_an_image_is_the_same_on_any_device_in_any_batch_after_any_start(folder, changes):
  expected, got = images_by_index(folder), images_by_index(folder, **changes)
  assert len(got) == len(expected) - 4 * changes.get("start", 0)
  for index, image in got.items():
    np.testing.assert_array_equal(image, expected[index])


def test_seed_and_epoch_change_the_colours_alone_where_crops_cannot_tell(tmp_path):
  root = write_folder(tmp_path / "set")
  for file in root.glob("train/*/*.png"):
    Image.new("RGB", (20, 20), (180, 120, 60)).save(file)
  colours = {
    tuple(image[0, 0].tolist())
    for seed, epoch in ((0, 1), (0, 2), (1, 1))
    for image in images_by_index(root, seed=seed, epoch=epoch).values()
  }
  assert len(colours) == 3 * 12


def test_images_to_measure_with_stay_as_they_are(folder):
  setup = a_setup(folder)
  calls = list(input_pipeline.of_setup(setup, (0,)).test())
  images = np.concatenate([np.concatenate(examples.images) for examples, _ in calls])
  np.testing.assert_array_equal(images[:TEST_SIZE], in_order(setup.dataset.test))
  labels = np.concatenate([np.concatenate(examples.labels) for examples, _ in calls])
  np.testing.assert_array_equal(labels[:TEST_SIZE], setup.dataset.test_labels)


def test_the_next_batch_is_asked_for_before_a_call_is_used(folder):
  setup, asked = a_setup(folder, num_devices=1), []

  def batches():
    for i in range(3):
      asked.append(i)
      yield data.Batch(np.zeros((1, 224, 224, 3), np.uint8), np.array([i], np.int32))

  labels = np.arange(3, dtype=np.int32)
  calls = input_pipeline.streamed(labels, setup.mean, setup.std, setup.devices)(batches())
  seen = [(len(asked), int(examples.labels[0, 0])) for examples, _ in calls]
  assert seen == [(2, 0), (3, 1), (3, 2)]


def test_images_that_cannot_be_read_are_no_part_of_the_set(tmp_path):
  root = write_folder(tmp_path / "set")
  for name in ("train/class_2/09.png", "test/class_3/03.png"):
    (root / name).write_bytes(b"")
  setup = a_setup(root, on_bad_image="skip")
  assert setup.dataset.notes == (
    "left out 2 unreadable images: train/class_2/09.png, test/class_3/03.png",
  )
  right = np.array([int(id_.split("/")[1][-1]) for id_ in setup.dataset.train.ids()])
  assert len(right) == TRAIN_SIZE - 1
  np.testing.assert_array_equal(setup.train_labels.clean, right)
  assert len(setup.train_labels.noisy) == TRAIN_SIZE - 1
  rows = data.epoch_rows(TRAIN_SIZE - 1, 4, seed=0, epoch=1)
  calls = list(input_pipeline.of_setup(setup, (0,)).train(1, rows[None], 0))
  for (examples, _), row in zip(calls, rows, strict=True):
    labels = np.concatenate(np.asarray(examples.labels))
    np.testing.assert_array_equal(labels, setup.train_labels.noisy[row])
    assert all(image.std() > 0 for image in np.concatenate(examples.images))
  counted = sum((x >= 0).sum() for _, x in input_pipeline.of_setup(setup, (0,)).test())
  assert counted == TEST_SIZE - 1
  with pytest.raises(OSError, match=r"class_3/03\.png cannot be read as an image"):
    list(input_pipeline.of_setup(a_setup(root), (0,)).test())

import numpy as np
import pytest

from noisy_jax import data

LABELS = np.array([3, 0, 2, 1, 3, 0], np.int32)
IMAGES = np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1)
NAMES = ("ash", "beech", "cedar", "dogwood")
IDS = np.array(list("abcdef"))
SET = data.Dataset(IMAGES, LABELS, IMAGES[:4], LABELS[:4], 4, NAMES, IDS)


def test_the_last_classes_go_and_their_training_images_come_back():
  kept, others = data.hold_out(SET, 2)
  assert data.check_dataset(kept).num_classes == 2
  assert kept.class_names == ("ash", "beech")
  np.testing.assert_array_equal(kept.train_labels, [0, 1, 0])
  np.testing.assert_array_equal(kept.train_images.ravel(), [1, 3, 5])
  assert list(kept.train_ids) == ["b", "d", "f"]
  np.testing.assert_array_equal(kept.test_labels, [0, 1])
  assert list(kept.test_ids) == ["1", "3"]
  np.testing.assert_array_equal(others.ravel(), [0, 2, 4])


@pytest.mark.parametrize("count", [-1, 0, 3, 4])
def test_one_class_goes_and_two_stay_at_least(count):
  message = f"count: {count}, must be a number of classes from 1 to 2"
  with pytest.raises(ValueError, match=message):
    data.hold_out(SET, count)


def test_a_split_without_images_is_refused():
  dataset = data.select(SET, "test", np.array([0, 2]))
  with pytest.raises(ValueError, match="count: 2 leaves no test image, must leave some"):
    data.hold_out(dataset, 2)

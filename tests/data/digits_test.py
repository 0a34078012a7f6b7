import numpy as np
import pytest
from sklearn.datasets import load_digits

from noisy_jax import data


def numbers_written(images):
  """Reads images back: which scans of scikit-learn they show, and the number they spell."""
  scans = load_digits()
  index = {np.float32(scan / 16).tobytes(): i for i, scan in enumerate(scans.images)}
  thirds = images[..., 0].reshape(-1, 8, 3, 8).transpose(0, 2, 1, 3)
  shown = np.array([[index[t.copy().tobytes()] for t in row] for row in thirds])
  return shown, scans.target[shown] @ [100, 10, 1]


def test_images_spell_numbers_and_labels_are_these_mod_k():
  dataset = data.digits(7, train_size=300, test_size=100)
  assert dataset.train_images.shape == (300, 8, 24, 1)
  assert dataset.train_images.dtype == np.float32
  assert dataset.train_images.min() == 0
  assert dataset.train_images.max() == 1
  for images, labels in (
    (dataset.train_images, dataset.train_labels),
    (dataset.test_images, dataset.test_labels),
  ):
    _, numbers = numbers_written(images)
    assert numbers.max() < 994  # 142 * 7: every class has as many numbers
    np.testing.assert_array_equal(numbers % 7, labels)


def test_train_and_test_show_different_scans():
  dataset = data.digits(10)
  train, _ = numbers_written(dataset.train_images)
  test, _ = numbers_written(dataset.test_images)
  assert not set(train.ravel()) & set(test.ravel())
  assert len(set(train.ravel()) | set(test.ravel())) == 1797
  assert 0.79 < len(set(train.ravel())) / 1797 < 0.81


def test_images_are_the_same_for_every_divisor_of_1000():
  ten, thousand = data.digits(10, train_size=500), data.digits(1000, train_size=500)
  np.testing.assert_array_equal(ten.train_images, thousand.train_images)
  np.testing.assert_array_equal(ten.test_images, thousand.test_images)
  np.testing.assert_array_equal(thousand.train_labels % 10, ten.train_labels)


@pytest.mark.parametrize("num_classes", [2, 3, 316, 600, 1000])
def test_classes_are_balanced(num_classes):
  dataset = data.digits(num_classes)
  assert len(dataset.train_labels) == 40_000
  assert len(dataset.test_labels) == 5_000
  counts = np.bincount(dataset.train_labels, minlength=num_classes)
  # Each of up to 1000 numbers as often as any other up to one.
  assert counts.max() - counts.min() <= 1000 // num_classes


def test_seed_decides_and_the_test_set_does_not_depend_on_the_training_set():
  same, again = data.digits(10, train_size=50), data.digits(10, train_size=50)
  other, more = data.digits(10, train_size=50, seed=1), data.digits(10, train_size=1000)
  np.testing.assert_array_equal(same.train_images, again.train_images)
  assert (same.train_images != other.train_images).any()
  np.testing.assert_array_equal(same.test_images, more.test_images)


def test_numbers_of_digit_classes_and_images_are_checked():
  with pytest.raises(ValueError, match=r"digits1001, must be digits2 \.\.\. digits1000"):
    data.digits(1001)
  with pytest.raises(ValueError, match="test_size: 0, must be at least 1"):
    data.digits(10, test_size=0)


@pytest.mark.parametrize(
  "name, message",
  [
    *(
      (name, r"known: digits2 \.\.\. digits1000, .* cifar10")
      for name in [
        "digits1",
        "digits1001",
        "digits",
        "digits-5",
        "digits010",
        "digits\u0661",
      ]
    ),
    ("cifar11", r"known: digits2 .* cifar10; TFDS has .*cifar10"),
    ("imagenet_resized/33x33", "imagenet_resized has the configurations 32x32"),
    ("cifar10/small", "cifar10 has no configurations"),
    ("qqqq", "TFDS has no such name"),
    ("cifar10:new", "TFDS has .*cifar10"),
    ("folder:", "known: .* folder:PATH, npz:FILE"),
  ],
)
def test_unknown_names_are_answered_with_the_nearest(name, message):
  for parse in (data.parse_name, data.load):
    with pytest.raises(ValueError, match=f"^dataset: unknown '{name}'; .*{message}"):
      parse(name)


@pytest.mark.parametrize(
  "name", ["digits2", "folder:/nowhere", "npz:x.npz", "mnist", "imagenet_resized/8x8:0.1.0"]
)
def test_known_names_are_known_without_files(name):
  data.parse_name(name)


@pytest.mark.parametrize(
  "options, message",
  [
    ({"image_size": 8}, "image_size: 8, must be left out for digits10"),
    ({"on_bad_image": "drop"}, "on_bad_image: 'drop', must be fail or skip"),
  ],
)
def test_options_a_set_cannot_follow_are_refused(options, message):
  with pytest.raises(ValueError, match=message):
    data.load("digits10", **options)


def tiny(**changes):
  dataset = data.Dataset(
    np.zeros((3, 2, 2, 1), np.uint8), np.array([0, 1, 1]), np.zeros((1, 2, 2, 1), np.uint8),
    np.array([0], np.uint8), 2, ("a", "b"), np.array(["x", "y", "z"]),
  )  # fmt: skip
  return dataset._replace(**changes)


def test_a_whole_set_passes_with_int32_labels():
  checked = data.check_dataset(tiny())
  assert checked.train_labels.dtype == checked.test_labels.dtype == np.int32
  assert checked.notes == ()


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"train_labels": np.array([0, 1, 2])}, r"train_labels: 2 at position 2, must be in"),
    ({"test_labels": np.array([-1])}, r"test_labels: -1 at position 0, must be in \[0"),
    ({"test_labels": np.array([0.0])}, r"test_labels: float64\[1\], must be one row"),
    ({"train_labels": np.array([0, 1])}, "train_labels: 2 of them, must be 3 as train_i"),
    ({"train_ids": np.array(["x"])}, "train_ids: 1 of them, must be 3 as train_images"),
    ({"class_names": ("a",)}, "class_names: 1 of them, must be 2 as num_classes"),
    ({"num_classes": 1}, "^num_classes: 1, must be a whole number from 2 on"),
    ({"train_images": np.zeros((3, 2, 2), np.uint8)}, r"train_images: uint8\[3, 2, 2\], "),
    ({"test_images": np.zeros((1, 2, 2, 1))}, "test_images: float64.* must be uint8 or"),
    ({"test_images": np.zeros((1, 2, 3, 1), np.uint8)}, r"test_images: \[2, 3, 1\] each"),
    ({"test_images": np.zeros((0, 2, 2, 1), np.uint8)}, "test_images: shape .* at least"),
  ],
)
def test_parts_that_do_not_fit_are_named(changes, message):
  with pytest.raises(ValueError, match=message):
    data.check_dataset(tiny(**changes))


@pytest.mark.parametrize("value", [255, -0.5, np.nan])
def test_float_images_have_white_at_1(value):
  images = np.float32([0, 1, value, value]).reshape(1, 2, 2, 1)
  message = r"_images: .* at \[0, 1, 0, 0\], must be in \[0, 1\], as white is 1 in float32"
  with pytest.raises(ValueError, match=message):
    data.from_arrays(np.clip(images, 0, 1), [0], images, [1])
  data.check_dataset(tiny(test_images=np.nan_to_num(images).clip(0, 1)))


def test_channels_come_last():
  rows = np.arange(4 * 3 * 5 * 6, dtype=np.uint8).reshape(4, 3, 5, 6)
  for dtype in (np.uint8, np.float32):
    first = rows if dtype == np.uint8 else rows / np.float32(255)
    with pytest.raises(ValueError, match="channels first") as raised:
      data.check_dataset(tiny(train_images=first[:3], test_images=first[3:]))
    message = str(raised.value)
    assert message == (
      f"train_images: {np.dtype(dtype)}[n, 3, 5, 6] has its channels first, must be "
      "[n, height, width, channels]: np.moveaxis(train_images, 1, -1)"
    )
    train_images = first[:3]
    last = eval(message.partition("]: ")[2])  # the advice, taken
    np.testing.assert_array_equal(last[2, 4, 5], train_images[2, :, 4, 5])
    data.check_dataset(tiny(train_images=last, test_images=np.moveaxis(first[3:], 1, -1)))


@pytest.mark.parametrize(
  "shape, is_right",
  [
    ((1, 5, 6), False), ((4, 5, 6), False), ((3, 1, 6), False), ((3, 32, 32), False),
    ((3, 5, 3), True), ((1, 6, 4), True), ((1, 1, 1), True), ((5, 6, 7), True),
    ((2, 5, 6), True), ((32, 32, 1), True), ((32, 3, 2), True),
  ],
)  # fmt: skip
def test_what_counts_as_channels_first(shape, is_right):
  train, test = np.zeros((3, *shape), np.uint8), np.zeros((1, *shape), np.uint8)
  if is_right:
    data.check_dataset(tiny(train_images=train, test_images=test))
    return
  with pytest.raises(ValueError, match=r"train_images: .* has its channels first, must be"):
    data.check_dataset(tiny(train_images=train, test_images=test))


def test_summary_counts_images_and_classes():
  labels = np.repeat(np.arange(10), 1500)
  assert data.summary(labels, 10) == "15,000 examples, 10 classes of 1,500 each"
  uneven = data.summary([0, 0, 2], 4)
  assert uneven == "3 examples, 4 classes of 0 to 2 each"
  np.testing.assert_array_equal(data.class_counts([0, 0, 2], 4), [2, 0, 1, 0])


def test_channel_statistics_put_white_at_one():
  floats = np.random.default_rng(0).random((2500, 4, 4, 3)).astype(np.float32)
  mean, std = data.channel_statistics(floats)
  np.testing.assert_allclose(mean, floats.mean((0, 1, 2)), rtol=1e-5)
  np.testing.assert_allclose(std, floats.std((0, 1, 2)), rtol=1e-5)
  bytes_ = np.rint(255 * floats).astype(np.uint8)
  np.testing.assert_allclose(data.channel_statistics(bytes_)[0], mean, atol=0.002)


@pytest.mark.parametrize("value", [0, 77, np.float32(0.1), np.float32(0.9)])
@pytest.mark.parametrize("shape", [(100, 8, 8, 1), (50, 8, 8, 3)])
def test_constant_channel_can_be_divided_by(value, shape):
  dtype = np.float32 if isinstance(value, np.float32) else np.uint8
  _, std = data.channel_statistics(np.full(shape, value, dtype))
  np.testing.assert_array_equal(std, np.ones(shape[-1]))

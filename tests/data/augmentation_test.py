import functools

import jax
import numpy as np
import pytest
from PIL import Image

from noisy_jax import data
from noisy_jax.data import augmentation

FUNCTIONS = augmentation.TRANSFORMATIONS
EVERYTHING = "crop+flip+rotate+cutout"


def under_jit(function, *arguments, **settings):
  """As the training loop calls it."""
  return jax.jit(functools.partial(function, **settings))(*arguments)


def keys_of(size, seed=0):
  return data.example_keys(jax.random.key(seed), np.arange(size))


def random_images(*shape, dtype=np.uint8, seed=0):
  # From 1 up: a zero is then always one that an augmentation put there.
  images = np.random.default_rng(seed).integers(1, 256, shape, np.uint8)
  return images if dtype == np.uint8 else (images / 255).astype(dtype)


def chi_square(counts):
  """Of equal chances for all; its mean is one less than the number of counts."""
  expected = counts.sum() / counts.size
  return (np.square(counts - expected) / expected).sum()


def test_crops_are_windows_of_the_framed_image_at_every_place_alike():
  images, padding = random_images(2000, 6, 9, 2), 2
  cropped = under_jit(augmentation.pad_and_crop, keys_of(2000), images, padding=2)
  framed = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
  places = 2 * padding + 1
  found = np.zeros((2000, places, places), bool)
  for top in range(places):
    for left in range(places):
      window = framed[:, top : top + 6, left : left + 9]
      found[:, top, left] = (window == cropped).all((1, 2, 3))
  # Random pixels: an image is one window of its own and no other.
  np.testing.assert_array_equal(found.sum((1, 2)), np.ones(2000))
  counts = found.sum(0)
  assert counts.min() > 0
  assert chi_square(counts) < 60  # 24 degrees of freedom: 60 is exceeded once in 15,000


@pytest.mark.parametrize(
  "function, setting",
  [(augmentation.pad_and_crop, {"padding": 0}), (augmentation.rotate, {"degrees": 0})],
)
def test_no_frame_no_shift_and_no_angle_no_turn(function, setting):
  images = random_images(10, 6, 9, 2)
  np.testing.assert_array_equal(under_jit(function, keys_of(10), images, **setting), images)


def test_half_of_the_images_are_mirrored_and_the_others_left_alone():
  images = random_images(2000, 3, 5, 2)
  flipped = np.asarray(under_jit(augmentation.flip, keys_of(2000), images))
  same = (flipped == images).all((1, 2, 3))
  mirrored = (flipped == images[:, :, ::-1]).all((1, 2, 3))
  np.testing.assert_array_equal(same ^ mirrored, np.ones(2000, bool))
  assert 900 < mirrored.sum() < 1100  # 4.5 standard deviations


def rotated_in_float64(image, degrees):
  """Nearest neighbour, pixel by pixel, and which pixels lie too near to an edge to tell."""
  height, width, _ = image.shape
  result, doubtful = np.zeros_like(image), np.zeros((height, width), bool)
  cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
  for i in range(height):
    for j in range(width):
      # From the centre, x to the right and y up; clockwise, back to where it came from.
      x, y = j - (width - 1) / 2, (height - 1) / 2 - i
      source = (height - 1) / 2 - (cos * y - sin * x), (width - 1) / 2 + cos * x + sin * y
      doubtful[i, j] = any(abs(s + 0.5 - round(s + 0.5)) < 1e-4 for s in source)
      row, column = (round(s) for s in source)
      if 0 <= row < height and 0 <= column < width:
        result[i, j] = image[row, column]
  return result, doubtful


@pytest.mark.parametrize("shape", [(32, 32, 3), (8, 24, 1), (7, 10, 2)])
def test_rotation_is_that_of_the_formula(shape):
  degrees = np.array([-20, -7.3, 0.4, 20, 65, 133, 180.5], np.float32)
  images = random_images(len(degrees), *shape)
  rotated = np.asarray(under_jit(augmentation.rotate_by, degrees, images))
  for actual, image, angle in zip(rotated, images, degrees, strict=True):
    expected, doubtful = rotated_in_float64(image, float(angle))
    assert doubtful.mean() < 0.02
    np.testing.assert_array_equal(actual[~doubtful], expected[~doubtful])


def test_right_angles_are_exact():
  images = random_images(4, 8, 8, 3)
  rotated = under_jit(augmentation.rotate_by, np.float32([0, 90, 180, -90]), images)
  expected = [np.rot90(image, turns) for image, turns in zip(images, range(4), strict=True)]
  np.testing.assert_array_equal(rotated, expected)


def test_rotation_agrees_with_pillow():
  # What torchvision calls for RandomRotation; it rounds coordinates to 1/65536.
  images, degrees = random_images(50, 32, 32, 3), np.linspace(-20, 20, 50)
  rotated = np.asarray(under_jit(augmentation.rotate_by, np.float32(degrees), images))
  expected = [
    np.asarray(Image.fromarray(image).rotate(angle, Image.Resampling.NEAREST))
    for image, angle in zip(images, degrees, strict=True)
  ]
  assert (rotated == np.stack(expected)).mean() > 0.999


def test_angles_fill_their_range():
  # A bright spot far right of the centre: where it goes tells the angle.
  images = np.zeros((1000, 61, 61, 1), np.uint8)
  images[:, 29:32, 57:60] = 255
  rotated = under_jit(augmentation.rotate, keys_of(1000), images, degrees=30)
  rotated = np.asarray(rotated)[..., 0] > 0
  steps = np.arange(-30, 31)
  up, right = (rotated * -steps[:, None]).sum((1, 2)), (rotated * steps).sum((1, 2))
  angles = np.degrees(np.arctan2(up, right))
  assert -31 < angles.min() < -29
  assert 29 < angles.max() < 31
  counts, _ = np.histogram(angles, 6, (-31, 31))
  assert chi_square(counts) < 27  # 5 degrees of freedom: exceeded once in 18,000


@pytest.mark.parametrize("size", [3, 4])
def test_cutout_is_a_clipped_square_around_any_pixel(size):
  images, height, width = random_images(3000, 6, 9, 2), 6, 9
  cut = np.asarray(under_jit(augmentation.cutout, keys_of(3000), images, size=size))
  found = np.zeros((3000, height, width), bool)
  for y in range(height):
    for x in range(width):
      expected = images.copy()
      top, left = y - size // 2, x - size // 2
      expected[:, max(top, 0) : top + size, max(left, 0) : left + size] = 0
      found[:, y, x] = (expected == cut).all((1, 2, 3))
  np.testing.assert_array_equal(found.sum((1, 2)), np.ones(3000))
  counts = found.sum(0)
  assert counts.min() > 0
  assert chi_square(counts) < 100  # 53 degrees of freedom: exceeded once in 10,000


@pytest.mark.parametrize(
  "name, dtype",
  [
    *((name, np.uint8) for name in FUNCTIONS),
    (EVERYTHING, np.uint8),
    (EVERYTHING, np.float32),
  ],
)
def test_same_images_in_any_batch_and_under_jit(name, dtype):
  images, keys = random_images(24, 16, 20, 3, dtype=dtype), keys_of(24)
  augment = data.parse_augmentation(name)
  whole = augment(keys, images)
  assert whole.shape == images.shape
  assert whole.dtype == dtype
  assert (whole != images).any((1, 2, 3)).sum() > 5
  jitted = jax.jit(augment)
  halves = [jitted(keys[part], images[part]) for part in (slice(0, 12), slice(12, 24))]
  np.testing.assert_array_equal(np.concatenate(halves), whole)
  # Another axis, as a tool of one's own may add it.
  pairs = jax.vmap(augment)(keys.reshape(2, 12), images.reshape(2, 12, *images.shape[1:]))
  np.testing.assert_array_equal(pairs.reshape(whole.shape), whole)


def test_keys_belong_to_examples():
  key = jax.random.key(3)
  some, others = np.array([5, 2, 9]), np.array([2, 7])
  first, second = data.example_keys(key, some), data.example_keys(key, others)
  assert first[1] == second[0]
  distinct = {bytes(row) for row in np.asarray(jax.random.key_data(keys_of(1000)))}
  assert len(distinct) == 1000


def test_steps_of_an_augmentation_are_independent():
  # With one key for both, the first draw of each would be the same.
  images = random_images(2000, 3, 5, 1)
  twice = np.asarray(data.parse_augmentation("flip+flip")(keys_of(2000), images))
  same = (twice == images).all((1, 2, 3)).mean()
  assert 0.45 < same < 0.55


def test_names_are_applied_in_their_order():
  images, keys = random_images(64, 8, 8, 1), keys_of(64)
  crop_first, flip_first = (
    np.asarray(data.parse_augmentation(text)(keys, images))
    for text in ("crop+flip", "flip+crop")
  )
  assert (crop_first != flip_first).any()
  for position, name in enumerate(("crop", "flip")):
    own_keys = jax.vmap(lambda key, i=position: jax.random.fold_in(key, i))(keys)
    images = FUNCTIONS[name](own_keys, images)
  np.testing.assert_array_equal(crop_first, images)


@pytest.mark.parametrize(
  "text, names",
  [
    ("none", ()),
    ("mnist", ()),
    ("cifar10", ("crop", "flip")),
    ("cifar100", ("crop", "flip", "rotate")),
    (" flip + cutout ", ("flip", "cutout")),
  ],
)
def test_text_and_augmentation_are_one(text, names):
  parsed = data.parse_augmentation(text)
  assert parsed.names == names
  again = data.parse_augmentation(str(parsed))
  assert again == parsed
  assert hash(again) == hash(parsed)
  images = random_images(4, 3, 5, 1)
  assert names or parsed(keys_of(4), images) is images


@pytest.mark.parametrize("text, name", [("crop+blur", "blur"), ("", ""), ("crop+", "")])
def test_unknown_names_come_with_the_known_ones(text, name):
  known = "known: crop, flip, rotate, cutout, .*joined by [+]; or none, mnist, cifar10, cif"
  with pytest.raises(ValueError, match=f"augmentation: unknown '{name}'; {known}"):
    data.parse_augmentation(text)


@pytest.mark.parametrize(
  "function, keyword, value, right",
  [
    (augmentation.pad_and_crop, "padding", -1, "an integer from 0 up"),
    (augmentation.rotate, "degrees", -20, r"in \[0, 180\]"),
    (augmentation.rotate, "degrees", float("nan"), r"in \[0, 180\]"),
    (augmentation.cutout, "size", 0, "an integer from 1 up"),
  ],
)
def test_settings_out_of_range_are_refused(function, keyword, value, right):
  with pytest.raises(ValueError, match=f"{keyword}: {value}, must be {right}"):
    function(keys_of(2), random_images(2, 4, 4, 1), **{keyword: value})

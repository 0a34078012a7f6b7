import io
import math

import numpy as np
import pytest
from PIL import Image

from noisy_jax.data import image_transforms
from noisy_jax.data.decode import decode_rgb
from tests import webvision_tree
from tests.data.uniform import assert_uniform


def rng(seed=0):
  return np.random.default_rng(seed)


def empty(size=image_transforms.IMAGE_SIZE):
  return np.zeros((size, size, 3), np.uint8)


@pytest.fixture(scope="module")
def boxes():
  """Of an image in which nine boxes of ten fit at once, [n, (top, left, height, width)]."""
  generator = rng()
  return np.array([image_transforms.random_box(1000, 1100, generator) for _ in range(4000)])


def test_boxes_lie_inside_with_uniform_area_shape_and_place(boxes):
  top, left, height, width = boxes.T
  assert (top >= 0).all()
  assert (left >= 0).all()
  assert (top + height <= 1000).all()
  assert (left + width <= 1100).all()
  share, ratio = height * width / (1000 * 1100), width / height
  assert share.min() >= 0.08 * 0.99
  assert share.max() <= 1
  assert ratio.min() >= 3 / 4 * 0.99
  assert ratio.max() <= 4 / 3 * 1.01
  # Up to half the image every box fits, so that none was drawn again.
  fits = (share > 0.09) & (share < 0.49)
  top, left, height, width, share = (row[fits] for row in (top, left, height, width, share))
  assert_uniform(share, 0.09, 0.49)
  # Sides are whole pixels, which moves their ratio past its bounds by a thousandth.
  assert_uniform(np.log(width / height), math.log(0.746), math.log(1.341))
  assert_uniform(top / (1000 - height), 0, 1)
  assert_uniform(left / (1100 - width), 0, 1)


@pytest.mark.parametrize(
  "height, width, expected",
  [(10, 1000, (0, 493, 10, 13)), (1000, 10, (493, 0, 13, 10)), (1, 1, (0, 0, 1, 1))],
)
def test_where_nothing_fits_the_middle_is_taken(height, width, expected):
  boxes = {image_transforms.random_box(height, width, rng(seed)) for seed in range(20)}
  assert expected in boxes
  for top, left, box_height, box_width in boxes:
    assert 0 <= top <= top + box_height <= height
    assert 0 <= left <= left + box_width <= width


def test_the_crop_is_the_scaled_box():
  # Position in the colours: each pixel tells where it comes from.
  image = np.zeros((200, 250, 3), np.uint8)
  image[..., 0] = np.arange(200)[:, None]
  image[..., 1] = np.arange(250)[None, :]
  flipped = 0
  for seed in range(40):
    top, left, height, width = image_transforms.random_box(200, 250, rng(seed))
    out = empty()
    image_transforms.random_resized_crop(image, rng(seed), out)
    rows, columns = out[..., 0].astype(float), out[..., 1].astype(float)
    if columns[0, 0] > columns[0, -1]:
      flipped, columns = flipped + 1, columns[:, ::-1]
    # The centre of pixel i is the point (i + 1/2) / 224 of the box.
    centres = (np.arange(224) + 0.5) / 224
    expected_rows = np.clip(top + height * centres - 0.5, top, top + height - 1)
    expected_columns = np.clip(left + width * centres - 0.5, left, left + width - 1)
    np.testing.assert_allclose(rows, np.tile(expected_rows[:, None], 224), atol=1)
    np.testing.assert_allclose(columns, np.tile(expected_columns, (224, 1)), atol=1)
  assert 8 <= flipped <= 32


@pytest.mark.parametrize("size", [(256, 341), (600, 800), (40, 30)])
def test_crops_look_as_pillow_scales_them(size):
  # Pillow, and so torchvision, weighs all pixels that shrink to one; we do from half up.
  image = np.asarray(webvision_tree.photograph(0, *size))
  for seed in range(10):
    top, left, height, width = image_transforms.random_box(*size, rng(seed))
    part = Image.fromarray(image[top : top + height, left : left + width])
    expected = np.asarray(part.resize((224, 224), Image.Resampling.BILINEAR)).astype(int)
    out = empty()
    image_transforms.random_resized_crop(image, rng(seed), out)
    differences = [np.abs(flip - expected).mean() for flip in (out, out[:, ::-1])]
    assert min(differences) < 1


def test_shrinking_far_averages_the_area():
  image = np.zeros((2240, 2240, 3), np.uint8)
  image[:, ::2] = 200
  out = empty()
  image_transforms.random_resized_crop(image, rng(3), out)
  # Taking single pixels would give 0 or 200.
  assert np.abs(out[:, 1:-1].astype(int) - 100).max() < 40


def test_training_images_follow_from_the_generator_alone():
  image = np.asarray(webvision_tree.photograph(0))
  outs = [empty(), np.full_like(empty(), 99), empty()]
  for out, seed in zip(outs, (5, 5, 6), strict=True):
    image_transforms.random_resized_crop(image, rng(seed), out)
  np.testing.assert_array_equal(outs[0], outs[1])
  assert (outs[0] != outs[2]).any()
  np.testing.assert_array_equal(image, np.asarray(webvision_tree.photograph(0)))


@pytest.mark.parametrize(
  "height, width", [(256, 256), (256, 341), (400, 256), (375, 500), (30, 40), (513, 512)]
)
def test_test_images_are_resized_and_cut_as_torchvision_does(height, width):
  image = webvision_tree.photograph(3, height, width)
  # Resize(256): the longer side is cut to an integer. CenterCrop(224).
  if height <= width:
    new_height, new_width = 256, int(256 * width / height)
  else:
    new_height, new_width = int(256 * height / width), 256
  if (new_height, new_width) != (height, width):
    image_256 = image.resize((new_width, new_height), Image.Resampling.BILINEAR)
  else:
    image_256 = image
  top, left = round((new_height - 224) / 2.0), round((new_width - 224) / 2.0)
  expected = np.asarray(image_256.crop((left, top, left + 224, top + 224)))
  out = empty()
  image_transforms.for_testing(np.asarray(image), out)
  np.testing.assert_array_equal(out, expected)


def encoded(image, **options):
  stream = io.BytesIO()
  image.save(stream, **options)
  return stream.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_jpegs_of_any_colours_decode_as_with_pillow(mode):
  file = encoded(webvision_tree.photograph(0).convert(mode), format="JPEG")
  expected = np.asarray(Image.open(io.BytesIO(file)).convert("RGB")).astype(int)
  assert np.abs(decode_rgb(file) - expected).max() <= 1


def test_a_noted_orientation_is_passed_over_and_other_files_are_refused():
  image = webvision_tree.photograph(0)
  exif = Image.Exif()
  exif[0x0112] = 6  # Turn by 90 degrees to view.
  assert decode_rgb(encoded(image, format="JPEG", exif=exif)).shape == (30, 40, 3)
  icon = encoded(Image.new("RGB", (16, 16)), format="ICO")
  for content in (b"<html>not found</html>", icon):
    with pytest.raises(OSError, match=r"^none of PNG, JPEG, WEBP, BMP, TIFF, GIF$"):
      decode_rgb(content)

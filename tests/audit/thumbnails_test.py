import base64
import io

import cv2
import numpy as np
import pytest
from PIL import Image

from noisy_jax.audit.thumbnails import thumbnails
from noisy_jax.data.stream import Stream


def pictures(made, number):
  """The thumbnails, cut out of their sheets, uint8[number, height, width, 3]."""
  sheets = [
    np.asarray(Image.open(io.BytesIO(base64.b64decode(sheet)))) for sheet in made.sheets
  ]
  cut = []
  for place in range(number):
    sheet, cell = sheets[place // made.per_sheet], place % made.per_sheet
    top = cell // made.columns * made.cell_height
    left = cell % made.columns * made.cell_width
    cut.append(sheet[top : top + made.height, left : left + made.width])
  return np.stack(cut)


def noise(*shape):
  return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def test_small_images_are_exact_and_in_the_order_asked_for():
  images = noise(130, 5, 32, 3)
  places = np.random.default_rng(1).permutation(130)[:113]
  made = thumbnails(images, places, max_bytes=1)
  assert (len(made.sheets), made.is_exact) == (2, True)
  np.testing.assert_array_equal(pictures(made, 113), images[places])


@pytest.mark.parametrize(
  "channels, shown", [(1, [0, 0, 0]), (2, [0, 0, 0]), (4, [0, 1, 2])]
)
def test_images_of_any_channels_and_floats_are_shown(channels, shown):
  images = noise(3, 4, 6, channels)
  places = np.arange(3)
  expected = images[..., shown]
  np.testing.assert_array_equal(pictures(thumbnails(images, places), 3), expected)
  floats = images.astype(np.float32) / 255
  np.testing.assert_array_equal(pictures(thumbnails(floats, places), 3), expected)


def test_large_images_shrink_and_take_no_colour_from_their_neighbours():
  images = np.zeros((12, 120, 300, 3), np.uint8)
  images[1::2] = 255
  made = thumbnails(images, np.arange(12))
  assert (made.width, made.height, made.is_exact) == (96, 38, False)
  shown = pictures(made, 12).astype(int)
  assert shown[::2].max() <= 2
  assert shown[1::2].min() >= 253
  assert (made.cell_width % 16, made.cell_height % 16) == (0, 0)
  # As narrow as can be.
  made = thumbnails(np.zeros((1, 1000, 2, 1), np.uint8), np.arange(1))
  assert (made.width, made.height) == (1, 96)


def test_sheets_fit_whatever_the_images():
  # Of 5,000 images there are 50 such sheets, in 54 MB.
  images, places = noise(200, 96, 96, 3), np.arange(200)
  sizes = []
  for max_bytes in (2 * 54_000_000 // 50, 800_000):
    made = thumbnails(images, places, max_bytes=max_bytes)
    sizes.append(sum(map(len, made.sheets)))
    assert sizes[-1] <= max_bytes
  # The quality goes no lower than it must.
  assert sizes[0] > 2 * sizes[1]
  # Small ones are not compressed further, and need not be.
  small = thumbnails(noise(100, 32, 32, 3), np.arange(100))
  assert 50 * len(small.sheets[0]) < 22_000_000


class Photographs:
  """A source of pictures of one shade each, which counts what is read."""

  class_names = ("one",)
  place = "here"

  def __init__(self, size):
    self.labels = np.zeros(size, np.int32)
    self.was_read = []

  def files(self):
    return []

  def read(self, index):
    self.was_read.append(int(index))
    shade = np.full((260, 256, 3), index * 10, np.uint8)
    return cv2.imencode(".png", shade)[1].tobytes()

  def id(self, index):
    return str(index)

  def name(self, index):
    return str(index)


@pytest.mark.filterwarnings("ignore")
def test_of_a_stream_only_the_images_shown_are_read():
  source = Photographs(25)
  places = np.array([7, 3, 19])
  made = thumbnails(Stream(source), places)
  assert (made.width, made.height) == (96, 96)
  shades = pictures(made, 3).mean(axis=(1, 2, 3))
  np.testing.assert_allclose(shades, 10 * places, atol=2)
  assert sorted(source.was_read) == [3, 7, 19]

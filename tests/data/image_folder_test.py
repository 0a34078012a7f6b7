import cv2
import numpy as np
import pytest

from noisy_jax import data


def write(path, image):
  path.parent.mkdir(parents=True, exist_ok=True)
  path.write_bytes(cv2.imencode(".png", image)[1].tobytes())


def test_an_image_does_not_depend_on_those_beside_it(tmp_path):
  grey = np.arange(16, dtype=np.uint8).reshape(4, 4)
  write(tmp_path / "b" / "grey.png", grey)
  alone = data.read_images(tmp_path, (4, 4, 3))
  np.testing.assert_array_equal(alone.images, np.repeat(grey[None, ..., None], 3, -1))
  write(tmp_path / "a.png", np.full((4, 4, 3), (10, 20, 30), np.uint8))
  both = data.read_images(tmp_path, (4, 4, 3))
  assert both.paths == ("a.png", "b/grey.png")
  assert both.bad == ()
  np.testing.assert_array_equal(both.images[0, 0, 0], [30, 20, 10])  # OpenCV writes BGR
  np.testing.assert_array_equal(both.images[1:], alone.images)
  with pytest.raises(ValueError, match="has images with colours, must have only grey imag"):
    data.read_images(tmp_path, (4, 4, 1))


def test_images_of_any_size_are_scaled(tmp_path):
  write(tmp_path / "wide.png", np.repeat(np.uint8([[0, 100]]), 2, axis=0))
  write(tmp_path / "tall.png", np.full((9, 3), 50, np.uint8))
  images = data.read_images(tmp_path, (3, 1, 1)).images
  assert images.shape == (2, 3, 1, 1)
  np.testing.assert_array_equal(images, np.full((2, 3, 1, 1), 50))


def test_what_cannot_be_read_is_left_out_and_files_have_one_or_three_channels(tmp_path):
  for name in ("b.png", ".hidden.png", "c.txt"):
    (tmp_path / name).write_bytes(b"no image")
  with pytest.raises(OSError, match="none of 1 files can be read as an image"):
    data.read_images(tmp_path, (4, 4, 1))
  write(tmp_path / "a.png", np.zeros((4, 4), np.uint8))
  found = data.read_images(tmp_path, (4, 4, 1))
  assert (found.paths, found.bad) == (("a.png",), ("b.png",))
  with pytest.raises(ValueError, match="images: files have 1 or 3 channels, must be 2"):
    data.read_images(tmp_path, (4, 4, 2))

"""Scaling images to one size."""

import numpy as np

from noisy_jax import checks


def resize(image: np.ndarray, image_size: int | tuple[int, int]) -> np.ndarray:
  """Scales each side of an image by itself, without cropping or padding.

  Scaling is bilinear; where it shrinks, each new pixel averages the area that it covers.

  Args:
    image: uint8[height, width, channels].
    image_size: height and width of the result, in pixels; one number stands for both.

  Returns:
    uint8[height, width, channels]; the image itself if it has that size.
  """
  from PIL import Image

  height, width = height_and_width(image_size)
  if image.shape[:2] == (height, width):
    return image
  # Channel by channel, as Pillow has no mode for some numbers of channels.
  channels = [
    Image.fromarray(np.ascontiguousarray(image[..., c])).resize(
      (width, height), Image.Resampling.BILINEAR
    )
    for c in range(image.shape[-1])
  ]
  return np.stack([np.asarray(channel) for channel in channels], axis=-1)


def height_and_width(image_size: int | tuple[int, int]) -> tuple[int, int]:
  """Height and width from a size, where one number stands for both."""
  return (image_size, image_size) if isinstance(image_size, int) else image_size


def check_image_size(image_size: int | None) -> None:
  """Refuses a size that no image can have.

  Args:
    image_size: height and width in pixels; None keeps the images' size.

  Raises:
    ValueError: if the size is not an integer from 1 up.
  """
  if image_size is not None:
    checks.whole_number("image_size", image_size, 1)

"""What every data set in memory looks like."""

from typing import NamedTuple

import numpy as np


class Dataset(NamedTuple):
  """Images and their clean labels, in host memory.

  Images are uint8 in [0, 255] or float32 in [0, 1], [n, height, width, channels]; labels
  are class ids in [0, num_classes), int32[n].
  """

  train_images: np.ndarray
  train_labels: np.ndarray
  test_images: np.ndarray
  test_labels: np.ndarray
  num_classes: int


def channel_statistics(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
  """Mean and standard deviation of each channel, over all pixels.

  Args:
    images: uint8 in [0, 255] or float32 in [0, 1], [n, height, width, channels].

  Returns:
    Two float32[channels], on the scale where white is 1. A constant channel has standard
    deviation 1, so that dividing by it is safe.
  """
  total, squares = np.zeros((2, images.shape[-1]))
  # In parts: all pixels in float64 would take eight times the memory of the images.
  for start in range(0, len(images), 1000):
    pixels = images[start : start + 1000].astype(np.float64)
    total += pixels.sum(axis=(0, 1, 2))
    squares += np.square(pixels).sum(axis=(0, 1, 2))
  white = 255.0 if images.dtype == np.uint8 else 1.0
  num_pixels = images.size // images.shape[-1]
  mean = total / num_pixels
  std = np.sqrt(np.maximum(squares / num_pixels - mean**2, 0.0))
  std = np.where(std > 0, std, white)
  return (mean / white).astype(np.float32), (std / white).astype(np.float32)

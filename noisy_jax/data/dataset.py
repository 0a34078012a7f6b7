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
  white = 255.0 if images.dtype == np.uint8 else 1.0
  mean = images.mean(axis=(0, 1, 2), dtype=np.float64) / white
  std = images.std(axis=(0, 1, 2), dtype=np.float64) / white
  return mean.astype(np.float32), np.where(std > 0, std, 1.0).astype(np.float32)

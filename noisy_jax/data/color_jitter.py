"""Random changes of colour on the host: brightness, contrast, saturation and hue.

Each change is a function of an image, uint8[height, width, 3], and an amount; results are
rounded and clipped to [0, 255]. Definitions are torchvision's, for 8 bits a channel.
"""

import numpy as np

_GREY = np.array([0.299, 0.587, 0.114])  # Rec. 601
_IDENTITY = np.eye(3)


def color_jitter(image: np.ndarray, rng: np.random.Generator) -> None:
  """All four changes, each by a random amount, in random order and in place.

  The factors of brightness, contrast and saturation are uniform in [0.6, 1.4], the turn of
  the hue in [-0.2, 0.2]: ColorJitter(0.4, 0.4, 0.4, 0.2).

  Args:
    image: uint8[height, width, 3], contiguous; takes the result.
    rng: where the randomness comes from.

  Source: torchvision's ColorJitter; for WebVision, Ma et al., ICML 2020.
  """
  amounts = rng.uniform([0.6, 0.6, 0.6, -0.2], [1.4, 1.4, 1.4, 0.2]).tolist()
  changed = image
  for position in rng.permutation(4):
    changed = CHANGES[position](changed, amounts[position])
  np.copyto(image, changed)


def brightness(image: np.ndarray, factor: float) -> np.ndarray:
  """factor x, of each colour x."""
  import cv2

  return cv2.transform(image, factor * _IDENTITY)


def contrast(image: np.ndarray, factor: float) -> np.ndarray:
  """factor x + (1 - factor) m, with m the mean of 0.299 R + 0.587 G + 0.114 B."""
  import cv2

  shift = (1 - factor) * (_GREY @ cv2.mean(image)[:3])
  return cv2.transform(image, np.insert(factor * _IDENTITY, 3, shift, axis=1))


def saturation(image: np.ndarray, factor: float) -> np.ndarray:
  """factor x + (1 - factor) g, with g the pixel's 0.299 R + 0.587 G + 0.114 B."""
  import cv2

  return cv2.transform(image, factor * _IDENTITY + (1 - factor) * _GREY)


def hue(image: np.ndarray, turn: float) -> np.ndarray:
  """The hue of HSV turned by this part of the circle; 1 / 256 is the smallest step.

  Hue, saturation and value have 8 bits each on the way, which alone moves a colour by up to
  some five steps of 256.
  """
  import cv2

  hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV_FULL)
  # Whole rows, of which hue is every third number: several times as fast as hue alone.
  turns = np.zeros(hsv.shape[1:], np.uint8)
  turns[:, 0] = round(256 * turn) % 256
  rows = hsv.reshape(len(hsv), -1)
  rows += turns.ravel()
  return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB_FULL)


CHANGES = (brightness, contrast, saturation, hue)

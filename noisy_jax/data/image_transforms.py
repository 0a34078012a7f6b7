"""Cropping and scaling images to one size on the host: random in training, fixed in tests.

Each image has its own random generator, so that the result depends on neither batches nor
threads. Definitions are torchvision's. The devices change the colours: `color_jitter`.
"""

import math

import numpy as np

IMAGE_SIZE = 224
_RESIZED = 256  # The shorter side of a test image, before its centre is cut out.
_SCALE = (0.08, 1.0)
_RATIO = (3 / 4, 4 / 3)


def random_resized_crop(
  image: np.ndarray, rng: np.random.Generator, out: np.ndarray
) -> None:
  """Cuts `random_box` out of an image, scales it, and mirrors it with probability 1/2.

  This is RandomResizedCrop and RandomHorizontalFlip. Scaling is bilinear. A sample takes in
  its two neighbours on each axis, so that every pixel counts when the sides shrink to
  half; below that, areas are averaged.

  Args:
    image: uint8[height, width, 3].
    rng: source of the randomness.
    out: uint8[size, size, 3], contiguous; takes the result.
  """
  import cv2

  top, left, height, width = random_box(image.shape[0], image.shape[1], rng)
  part = image[top : top + height, left : left + width]
  shrinks = max(height, width) > 2 * len(out)
  method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
  cv2.resize(part, out.shape[1::-1], dst=out, interpolation=method)
  if rng.random() < 0.5:
    cv2.flip(out, 1, dst=out)


def random_box(
  height: int, width: int, rng: np.random.Generator
) -> tuple[int, int, int, int]:
  """A rectangle of random area, shape and place inside an image.

  Its area is uniform in [0.08, 1] of the image's area, the logarithm of width / height is
  uniform in [ln 3/4, ln 4/3], and the place is uniform. If ten such rectangles do not fit,
  it is the largest in the middle whose width / height is in that range.

  Args:
    height: height of the image, in pixels.
    width: width of the image, in pixels.
    rng: source of the randomness.

  Returns:
    Top, left, height and width, in pixels.

  Source: torchvision's RandomResizedCrop; Szegedy et al., CVPR 2015.
  """
  for _ in range(10):
    area = height * width * rng.uniform(*_SCALE)
    ratio = math.exp(rng.uniform(math.log(_RATIO[0]), math.log(_RATIO[1])))
    box_width = round(math.sqrt(area * ratio))
    box_height = round(math.sqrt(area / ratio))
    if 0 < box_width <= width and 0 < box_height <= height:
      top = rng.integers(height - box_height + 1)
      left = rng.integers(width - box_width + 1)
      return int(top), int(left), box_height, box_width
  ratio = min(max(width / height, _RATIO[0]), _RATIO[1])
  box_width = min(width, max(1, round(height * ratio)))
  box_height = min(height, max(1, round(width / ratio)))
  return (height - box_height) // 2, (width - box_width) // 2, box_height, box_width


def for_testing(image: np.ndarray, out: np.ndarray) -> None:
  """Scales the shorter side of an image to 256, and cuts out the middle.

  This is Resize(256) and CenterCrop(224). Scaling is bilinear; where it shrinks, each pixel
  averages the area that it covers.

  Args:
    image: uint8[height, width, 3].
    out: uint8[size, size, 3]; takes the result.
  """
  from PIL import Image

  height, width = image.shape[:2]
  if min(height, width) != _RESIZED:
    shorter = min(height, width)
    height, width = _RESIZED * height // shorter, _RESIZED * width // shorter
    resized = Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR)
    image = np.asarray(resized)
  top, left = round((height - len(out)) / 2), round((width - len(out)) / 2)
  np.copyto(out, image[top : top + len(out), left : left + len(out)])

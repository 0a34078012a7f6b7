"""Instance-dependent label noise, in which the image decides the noisy label."""

import jax
import numpy as np
from numpy.typing import ArrayLike

from noisy_jax import checks
from noisy_jax.checks import check_labels
from noisy_jax.noise.noisy_labels import NoisyLabels

PIXELS = ("standardized", "raw", "unit")
_RATE_STD = 0.1
_CHUNK = 1000
_NUMBERS = 2**18
# Columns are read one by one up to this number, as of pixels, and together above.
_FEW = 16


def instance_dependent(
  labels: ArrayLike,
  images: np.ndarray,
  num_classes: int,
  rate: float,
  *,
  key: jax.Array,
  pixels: str = "standardized",
) -> NoisyLabels:
  """Flips each label at a rate of its own, to a class that depends on its image.

  With the flattened image x_i in R^d, its class y_i and W_y in R^{d x K} with entries from
  N(0, 1), one for each class,

    q_i ~ N(rate, 0.1^2) truncated to [0, 1]
    P(noisy = j) = q_i softmax_{j != y_i}(x_i W_{y_i})_j,    P(noisy = y_i) = 1 - q_i.

  Scores have a standard deviation near |x_i|, so that one target has nearly all of the
  softmax. The noise depends on the pixels of x_i:

  * `"standardized"`, our choice: each channel (last axis) has mean 0 and standard deviation
    1 over all images and pixels. Images have all directions, a class has many targets, and
    the noise of all images together is nearly symmetric.
  * `"raw"`, the published code: pixels from 0 to 255. All images have about the direction
    of the mean image, and most labels of a class get one or two targets.
  * `"unit"`: pixels from 0 to 1, for users of that code with scaled images. The noise is
    about the same as for raw pixels.

  On CIFAR-10 at rate 0.4, the commonest wrong label of a class has a share of 0.23 of its
  wrong labels with standardised pixels and 0.63 with raw ones, with a standard deviation of
  0.02 and 0.04 over six seeds. Chance alone would give 0.11.

  The truncation moves the mean of q_i, and so the realised rate: to 0.129 at rate 0.1,
  0.206 at 0.2, 0.400 at 0.4. Rate 0 means no noise, where the definition would give 0.080.

  Args:
    labels: clean class ids in [0, K), int[n].
    images: uint8 in [0, 255] or float in [0, 1], [n, ..., channels]; of any scale for
      "standardized".
    num_classes: K, at least 2.
    rate: centre of the distribution of q_i, in [0, 1).
    key: random key.
    pixels: `"standardized"`, `"raw"` or `"unit"`.

  Returns:
    `NoisyLabels`, on the host.

  Raises:
    ValueError: if the rate, the number of classes or a label is out of range, the pixels
      are unknown, or there is not one image for each label.

  Source: Xia et al., Part-dependent Label Noise, NeurIPS 2020, whose code has raw pixels.
  """
  if pixels not in PIXELS:
    raise ValueError(f"pixels: {pixels!r}, must be one of {', '.join(PIXELS)}")
  checks.number("rate", rate, "[0, 1)")
  clean = check_labels(labels, num_classes)
  if images.ndim < 2 or len(images) != len(clean):
    raise ValueError(
      f"images: shape {list(images.shape)}, must be [{len(clean)}, ..., channels]: one "
      "for each label"
    )
  if rate == 0:
    return NoisyLabels(clean.copy(), clean, num_classes)
  rate_key, flip_key, target_key, weight_key = jax.random.split(key, 4)
  bounds = -rate / _RATE_STD, (1 - rate) / _RATE_STD
  rates = rate + _RATE_STD * jax.random.truncated_normal(rate_key, *bounds, clean.shape)
  flipped = np.asarray(jax.random.uniform(flip_key, clean.shape) < rates)
  chance = np.asarray(jax.random.uniform(target_key, clean.shape))

  offset, scale = _scaling(images, pixels)
  noisy = clean.copy()
  # One W at a time, and images in parts, as all may not fit into memory.
  for label in np.unique(clean[flipped]):
    weights = _class_weights(weight_key, label, images[0].size, num_classes)
    members = np.flatnonzero(flipped & (clean == label))
    for part in np.split(members, range(_CHUNK, members.size, _CHUNK)):
      inputs = ((images[part] - offset) / scale).astype(np.float32).reshape(len(part), -1)
      noisy[part] = _draw_targets(inputs @ weights, label, chance[part])
  return NoisyLabels(noisy, clean, num_classes)


def channel_moments(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
  """Mean and standard deviation of each channel of images [n, ..., channels], float64.

  The standard deviation of a constant channel is exactly 0.
  """
  pixels = images.reshape(-1, images.shape[-1])
  mean = pixels.mean(axis=0, dtype=np.float64)
  # Around the mean, as the squares of features far from 0 would hide a small deviation; in
  # parts, as a copy of all pixels in float64 may not fit into memory.
  rows = max(1, _NUMBERS // pixels.shape[1])
  square = np.zeros(pixels.shape[1])
  for start in range(0, len(pixels), rows):
    distance = pixels[start : start + rows] - mean
    square += np.einsum("pc,pc->c", distance, distance) / len(pixels)
  # By rounding, the mean of a constant channel may be another number.
  if pixels.shape[1] <= _FEW:
    varies = np.array([channel.min() != channel.max() for channel in pixels.T])
  else:
    varies = pixels.min(axis=0) != pixels.max(axis=0)
  return mean, np.where(varies, np.sqrt(square), 0)


def _scaling(images, pixels):
  """The offset and the scale of pixels."""
  if pixels == "standardized":
    mean, std = channel_moments(images)
    return mean, np.where(std > 0, std, 1)
  largest_stored = 255 if images.dtype == np.uint8 else 1
  return 0, largest_stored / (255 if pixels == "raw" else 1)


def _class_weights(key, label, num_pixels, num_classes):
  key = jax.random.fold_in(key, label)
  return np.asarray(jax.random.normal(key, (num_pixels, num_classes)))


def _draw_targets(scores, label, chance):
  """One class for each row of scores, drawn from their softmax without the label."""
  scores = scores.astype(np.float64)
  scores[:, label] = -np.inf
  cumulative = np.cumsum(np.exp(scores - scores.max(axis=1, keepdims=True)), axis=1)
  return (cumulative <= chance[:, None] * cumulative[:, -1:]).sum(axis=1)

"""Instance-dependent label noise: which labels change, and what to, follows the image."""

import jax
import numpy as np
from numpy.typing import ArrayLike

from noisy_jax import checks
from noisy_jax.checks import check_labels
from noisy_jax.noise.noisy_labels import NoisyLabels

PIXELS = ("standardized", "raw", "unit")
_RATE_STD = 0.1
_CHUNK = 1000
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
  """Flips each label at a rate of its own, to a class that its image decides.

  With the flattened image x_i in R^d, its class y_i and W_y in R^{d x K} with entries from
  N(0, 1), one for each class,

    q_i ~ N(rate, 0.1^2) truncated to [0, 1]
    P(noisy = j) = q_i softmax_{j != y_i}(x_i W_{y_i})_j,    P(noisy = y_i) = 1 - q_i.

  What x_i is decides how the noise looks. Scores have a standard deviation near |x_i|, so
  that one target takes nearly all of the softmax in any case, and

  * `"standardized"`, our choice: each channel (last axis) has mean 0 and standard deviation
    1 over all images and pixels. Images point everywhere, a class has many targets, and the
    noise of all images together is nearly symmetric;
  * `"raw"`, the published code: pixels from 0 to 255. All images point about the same way,
    that of the mean image, and most of a class goes to one or two targets;
  * `"unit"`: pixels from 0 to 1, as where others feed that code with scaled images. About
    the same.

  On CIFAR-10 at rate 0.4, of the wrong labels of a class the commonest takes 0.23 with
  standardised pixels and 0.63 with raw ones, with a standard deviation of 0.02 and 0.04
  over six seeds. Chance alone would give 0.11.

  The truncation moves the mean of q_i, and with it the realised rate: to 0.129 at rate
  0.1, 0.206 at 0.2, 0.400 at 0.4. Rate 0 is no noise, though the definition would still
  give 0.080.

  Args:
    labels: clean class ids in [0, K), int[n].
    images: uint8 in [0, 255] or float in [0, 1], [n, ..., channels]; standardized ones may
      have any scale.
    num_classes: K, at least 2.
    rate: centre of the distribution of q_i, in [0, 1).
    key: random key.
    pixels: `"standardized"`, `"raw"` or `"unit"`.

  Returns:
    `NoisyLabels`, on the host.

  Raises:
    ValueError: if the rate, the number of classes or a label is out of range, the pixels
      are unknown, or there is not one image for each label.

  Source: Xia et al., Part-dependent Label Noise, NeurIPS 2020, whose code takes pixels as
    they are stored.
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
  # One W at a time, and images in parts: all of them may not fit into memory.
  for label in np.unique(clean[flipped]):
    weights = _class_weights(weight_key, label, images[0].size, num_classes)
    members = np.flatnonzero(flipped & (clean == label))
    for part in np.split(members, range(_CHUNK, members.size, _CHUNK)):
      inputs = ((images[part] - offset) / scale).astype(np.float32).reshape(len(part), -1)
      noisy[part] = _draw_targets(inputs @ weights, label, chance[part])
  return NoisyLabels(noisy, clean, num_classes)


def channel_moments(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
  """Mean and standard deviation of each channel, over all images and pixels.

  Args:
    images: uint8 or float, [n, ..., channels].

  Returns:
    Two float64[channels], on the scale of the images; the deviation of a constant channel
    is exactly 0.
  """
  pixels = images.reshape(-1, images.shape[-1])
  mean = pixels.mean(axis=0, dtype=np.float64)
  # einsum casts in small buffers, where squaring would copy all pixels to float64.
  square = np.einsum("pc,pc->c", pixels, pixels, dtype=np.float64) / len(pixels)
  # A sum of float32 squares is rounded, and would leave a constant channel a deviation.
  if pixels.shape[1] <= _FEW:
    varies = np.array([channel.min() != channel.max() for channel in pixels.T])
  else:
    varies = pixels.min(axis=0) != pixels.max(axis=0)
  return mean, np.where(varies, np.sqrt(np.maximum(square - mean**2, 0)), 0)


def _scaling(images, pixels):
  """What is taken from images, and what they are divided by then."""
  if pixels == "standardized":
    mean, std = channel_moments(images)
    return mean, np.where(std > 0, std, 1)
  largest_stored = 255 if images.dtype == np.uint8 else 1
  return 0, largest_stored / (255 if pixels == "raw" else 1)


def _class_weights(key, label, num_pixels, num_classes):
  key = jax.random.fold_in(key, label)
  return np.asarray(jax.random.normal(key, (num_pixels, num_classes)))


def _draw_targets(scores, label, chance):
  """One class for each row of scores, never the label, drawn from their softmax."""
  scores = scores.astype(np.float64)
  scores[:, label] = -np.inf
  cumulative = np.cumsum(np.exp(scores - scores.max(axis=1, keepdims=True)), axis=1)
  return (cumulative <= chance[:, None] * cumulative[:, -1:]).sum(axis=1)

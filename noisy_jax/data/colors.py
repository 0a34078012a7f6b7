"""Random changes of colour on the device: brightness, contrast, saturation and hue.

Each change is a function of an image and an amount. The image is uint8[3, height, width],
red, green and blue from 0 to 255; the result is float32, not yet rounded or clipped to
[0, 255]. Definitions are torchvision's, with two differences: torchvision stores the hue in
8 bits on the way, and truncates where we round.
"""

import jax
import jax.numpy as jnp
import numpy as np


def color_jitter(keys: jax.Array, images: jax.Array | np.ndarray) -> jax.Array:
  """Applies all four changes, each by a random amount, in random order.

  The factors of brightness, contrast and saturation are uniform in [0.6, 1.4], the turn of
  the hue in [-0.2, 0.2]: ColorJitter(0.4, 0.4, 0.4, 0.2). After each change the colours are
  integers again, as in torchvision. This takes a quarter of the memory of float32. It also
  makes `contrast` add integers, whose sum is the same in any order, so that an image's
  colours follow from its key, whatever the batch.

  Args:
    keys: a key for each image, [n].
    images: uint8[n, height, width, 3].

  Returns:
    uint8[n, height, width, 3].

  Source: torchvision's ColorJitter; for WebVision, Ma et al., ICML 2020.
  """

  def change_all(key, image):
    order, amounts = random_changes(key)

    def change_once(planes, change):
      changed = jax.lax.switch(change, CHANGES, planes, amounts[change])
      return jnp.clip(jnp.round(changed), 0, 255).astype(jnp.uint8), None

    # Unrolled, XLA would compute each change again for every use of its result.
    planes, _ = jax.lax.scan(change_once, jnp.moveaxis(image, -1, 0), order)
    return jnp.moveaxis(planes, 0, -1)

  return jax.vmap(change_all)(keys, jnp.asarray(images))


def random_changes(key: jax.Array) -> tuple[jax.Array, jax.Array]:
  """The changes that `color_jitter` makes to an image.

  Args:
    key: the image's key.

  Returns:
    The changes in their order, as positions in `CHANGES`, int32[4]; and the amount of each
    of `CHANGES`, float32[4].
  """
  of_order, of_amounts = jax.random.split(key)
  low, high = jnp.array([0.6, 0.6, 0.6, -0.2]), jnp.array([1.4, 1.4, 1.4, 0.2])
  return (
    jax.random.permutation(of_order, len(CHANGES)),
    jax.random.uniform(of_amounts, (len(CHANGES),), minval=low, maxval=high),
  )


def brightness(image: jax.Array, factor: jax.Array) -> jax.Array:
  """factor x, of each colour x."""
  return factor * image.astype(jnp.float32)


def contrast(image: jax.Array, factor: jax.Array) -> jax.Array:
  """factor x + (1 - factor) m, with m the mean of 0.299 R + 0.587 G + 0.114 B."""
  _, height, width = image.shape
  sums = image.sum((1, 2), dtype=jnp.int32)
  scaled = factor * image.astype(jnp.float32)
  return scaled + (1 - factor) * _grey(sums) / (height * width)


def saturation(image: jax.Array, factor: jax.Array) -> jax.Array:
  """factor x + (1 - factor) g, with g the pixel's 0.299 R + 0.587 G + 0.114 B."""
  return factor * image.astype(jnp.float32) + (1 - factor) * _grey(image)[None]


def hue(image: jax.Array, turn: jax.Array) -> jax.Array:
  """Turns the hue h of HSV by this fraction of the circle.

  V is the largest of R, G and B, and C is the difference between the largest and the
  smallest. In sixths of the circle,

    h = (G - B) / C  where R = V,  2 + (B - R) / C  where G = V,  4 + (R - G) / C  else.

  The new colour is V - C min(max(2 - d, 0), 1), where d is the distance on the circle from
  h + 6 turn to the opposite of the colour: 3 for R, 5 for G, and 1 for B.
  """
  red, green, blue = image.astype(jnp.float32)
  value = jnp.maximum(jnp.maximum(red, green), blue)
  chroma = value - jnp.minimum(jnp.minimum(red, green), blue)
  # Grey has no hue: C is 0, and the quotient does not matter.
  divisor = jnp.maximum(chroma, 1)
  sixths = jnp.where(
    red == value,
    (green - blue) / divisor,
    jnp.where(green == value, 2 + (blue - red) / divisor, 4 + (red - green) / divisor),
  )
  sixths += 6 * turn
  return jnp.stack(
    [
      value - chroma * jnp.clip(2 - _distance(sixths, opposite), 0, 1)
      for opposite in (3, 5, 1)
    ]
  )


def _grey(colours):
  red, green, blue = colours.astype(jnp.float32)
  return 0.299 * red + 0.587 * green + 0.114 * blue  # Rec. 601


def _distance(sixths, other):
  """On the circle, [0, 3]."""
  apart = sixths - other
  return jnp.abs(apart - 6 * jnp.round(apart / 6))


CHANGES = (brightness, contrast, saturation, hue)

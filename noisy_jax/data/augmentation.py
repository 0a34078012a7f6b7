"""Random transformations of training images: pure functions, on the device.

Each image has its own random key. The result depends on that key alone, not on the batch
or the number of devices. Images are not yet standardised, so the zeros that fill a gap are
black.
"""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from noisy_jax import checks
from noisy_jax.data.mixing import MIXINGS, Mixing, parse_mixing

Images = jax.Array | np.ndarray


def pad_and_crop(keys: jax.Array, images: Images, *, padding: int = 4) -> jax.Array:
  """Shifts by up to `padding` pixels, vertically and horizontally; zeros move in.

  The image gets a black frame. A part of the former size is cut out of it, at one of
  (2 padding + 1)^2 equally likely places.

  Args:
    keys: [n].
    images: [n, height, width, channels].
    padding: width of the frame, from 0 up; 4 for CIFAR.

  Returns:
    Images of the same shape and dtype.

  Raises:
    ValueError: if the padding is out of range.

  Source: He et al., CVPR 2016; torchvision's RandomCrop(32, padding=4).
  """
  checks.whole_number("padding", padding, 0)

  def crop(key, image):
    top, left = jax.random.randint(key, (2,), 0, 2 * padding + 1)
    framed = jnp.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    return jax.lax.dynamic_slice(framed, (top, left, 0), image.shape)

  return jax.vmap(crop)(keys, images)


def flip(keys: jax.Array, images: Images) -> jax.Array:
  """Swaps left and right, with probability 1/2.

  Args:
    keys: [n].
    images: [n, height, width, channels].

  Returns:
    Images of the same shape and dtype.

  Source: He et al., CVPR 2016; torchvision's RandomHorizontalFlip.
  """

  def mirror(key, image):
    return jnp.where(jax.random.bernoulli(key), image[:, ::-1], image)

  return jax.vmap(mirror)(keys, images)


def rotate(keys: jax.Array, images: Images, *, degrees: float = 20) -> jax.Array:
  """Rotates by an angle from the uniform distribution on [-degrees, degrees).

  Args:
    keys: [n].
    images: [n, height, width, channels].
    degrees: largest angle, in [0, 180]; 20 for CIFAR-100.

  Returns:
    Images of the same shape and dtype, as `rotate_by` makes them.

  Raises:
    ValueError: if degrees is out of range.

  Source: torchvision's RandomRotation(20).
  """
  checks.number("degrees", degrees, "[0, 180]")

  def angle(key):
    return jax.random.uniform(key, minval=-degrees, maxval=degrees)

  return rotate_by(jax.vmap(angle)(keys), images)


def rotate_by(degrees: jax.Array, images: Images) -> jax.Array:
  """Rotates about the centre, counterclockwise as one looks at the image.

  The pixel at (x, y) from the centre, with y downwards, takes the value of the pixel at

    (x cos a - y sin a,  x sin a + y cos a)

  by nearest neighbour, without interpolation, or zero if this point is outside the image.

  Args:
    degrees: the angles a, float[n].
    images: [n, height, width, channels].

  Returns:
    Images of the same shape and dtype.
  """
  _, height, width, _ = images.shape
  y = (jnp.arange(height, dtype=jnp.float32) + 0.5 - height / 2)[:, None]
  x = (jnp.arange(width, dtype=jnp.float32) + 0.5 - width / 2)[None, :]

  def turn(radians, image):
    cos, sin = jnp.cos(radians), jnp.sin(radians)
    row = jnp.floor(x * sin + y * cos + height / 2).astype(jnp.int32)
    column = jnp.floor(x * cos - y * sin + width / 2).astype(jnp.int32)
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    return jnp.where(inside[..., None], image[row, column], 0)

  return jax.vmap(turn)(jnp.deg2rad(degrees), jnp.asarray(images))


def cutout(keys: jax.Array, images: Images, *, size: int = 16) -> jax.Array:
  """Blackens a square whose centre is any pixel, so that part of it may fall outside.

  Args:
    keys: [n].
    images: [n, height, width, channels].
    size: edge of the square, from 1 up; 16 for CIFAR-10.

  Returns:
    Images of the same shape and dtype.

  Raises:
    ValueError: if the size is out of range.

  Source: DeVries and Taylor, 2017. Their code standardises first: its square has the data
  set's mean colour, ours is black.
  """
  checks.whole_number("size", size, 1)
  _, height, width, _ = images.shape

  def cut(key, image):
    centre = jax.random.randint(key, (2,), 0, jnp.array([height, width]))
    top, left = centre - size // 2
    row, column = jnp.arange(height)[:, None], jnp.arange(width)[None, :]
    in_rows = (row >= top) & (row < top + size)
    in_columns = (column >= left) & (column < left + size)
    return jnp.where((in_rows & in_columns)[..., None], 0, image)

  return jax.vmap(cut)(keys, images)


# A chain of hundreds takes minutes to compile.
_MOST = 20
TRANSFORMATIONS: dict[str, Callable[[jax.Array, Images], jax.Array]] = {
  "crop": pad_and_crop,
  "flip": flip,
  "rotate": rotate,
  "cutout": cutout,
}


@dataclasses.dataclass(frozen=True)
class Augmentation:
  """Transformations in sequence; a function of (keys, images).

  Two augmentations with the same names are equal, so that jit compiles them once.

  Attributes:
    names: keys of `TRANSFORMATIONS`, in the order in which they apply; empty to leave
      images as they are.
    mixing: the way to mix the transformed and standardised images of a batch, which a call
      leaves to the training step; None to leave them apart.

  Raises:
    ValueError: if a name is unknown, with the known ones; or if there are more than 20.
  """

  names: tuple[str, ...] = ()
  mixing: Mixing | None = None

  def __post_init__(self):
    if len(self.names) > _MOST:
      raise ValueError(f"augmentation: {len(self.names)} names, must be at most {_MOST}")
    for name in self.names:
      if name not in TRANSFORMATIONS:
        known = (
          f"{', '.join(TRANSFORMATIONS)}, joined by +; or {', '.join(PROTOCOLS)}; at the "
          f"end +{' or +'.join(MIXINGS)}"
        )
        raise ValueError(f"augmentation: unknown {name!r}; known: {known}")

  def __call__(self, keys: jax.Array, images: Images) -> Images:
    for position, name in enumerate(self.names):
      own_keys = jax.vmap(jax.random.fold_in, (0, None))(keys, position)
      images = TRANSFORMATIONS[name](own_keys, images)
    return images

  def __str__(self) -> str:
    mixing = () if self.mixing is None else (str(self.mixing),)
    return "+".join((*self.names, *mixing)) or "none"


# The transformations in the codes of Ma et al. (ICML 2020) and Zhou et al. (ICML 2021), by
# data set, in their order.
PROTOCOLS: dict[str, Augmentation] = {
  "none": Augmentation(),
  "mnist": Augmentation(),
  "cifar10": Augmentation(("crop", "flip")),
  "cifar100": Augmentation(("crop", "flip", "rotate")),
}


def parse_augmentation(text: str) -> Augmentation:
  """Parses an augmentation.

  Args:
    text: names in `TRANSFORMATIONS` joined by +, in the order in which they apply, with
      their default arguments; or a name in `PROTOCOLS`. A key of `MIXINGS` may be the
      last name or the only one, with an alpha or without, as in crop+flip+mixup(alpha=8).

  Returns:
    `Augmentation`, whose `str` parses to the same.

  Raises:
    ValueError: if a name is unknown, with the known ones, or an alpha is not positive.

  Example:
    >>> parse_augmentation("cifar100").names
    ('crop', 'flip', 'rotate')
    >>> str(parse_augmentation("cifar10+mixup"))
    'crop+flip+mixup'
  """
  others, plus, last = text.rpartition("+")
  mixing = parse_mixing(last.strip())
  if mixing is None:
    return _parse_names(text)
  return dataclasses.replace(_parse_names(others if plus else "none"), mixing=mixing)


def _parse_names(text):
  if text in PROTOCOLS:
    return PROTOCOLS[text]
  return Augmentation(tuple(name.strip() for name in text.split("+")))

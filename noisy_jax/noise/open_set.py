"""Open-set noise: the label stays, but the image shows none of the classes."""

from typing import NamedTuple

import jax
import numpy as np

from noisy_jax import checks


class OpenSet(NamedTuple):
  """Images some of which show none of the classes.

  Attributes:
    images: images with replacements, [n, ...].
    replaced: whether the image is a foreign one, bool[n].
  """

  images: np.ndarray
  replaced: np.ndarray


def open_set(
  images: np.ndarray, others: np.ndarray, rate: float, *, key: jax.Array
) -> OpenSet:
  """Replaces a share of the images by images of another set; the labels stay.

  It replaces round(rate * n) images. Foreign images are taken at random, each once before
  any is taken again.

  Args:
    images: images of the set, [n, ...].
    others: images of none of its classes, [m, ...], of the same shape and dtype.
    rate: share of images to replace, in [0, 1).
    key: random key.

  Returns:
    `OpenSet` with copies of the images.

  Raises:
    ValueError: if the rate is out of range, the two kinds of images differ in shape or
      dtype, or there are no foreign images.

  Source: Wang et al., Iterative Learning with Open-set Noisy Labels, CVPR 2018.
  """
  checks.number("rate", rate, "[0, 1)")
  if others.shape[1:] != images.shape[1:] or others.dtype != images.dtype:
    raise ValueError(
      f"others: {others.dtype}{list(others.shape)}, must be {images.dtype} images of "
      f"shape {list(images.shape[1:])}"
    )
  count = round(rate * len(images))
  if count and not len(others):
    raise ValueError("others: no images, must be at least one")
  place_key, other_key = jax.random.split(key)
  places = np.asarray(jax.random.permutation(place_key, len(images)))[:count]
  rounds = -(-count // max(len(others), 1))
  chosen = [
    np.asarray(jax.random.permutation(jax.random.fold_in(other_key, i), len(others)))
    for i in range(rounds)
  ]
  replaced = np.zeros(len(images), bool)
  replaced[places] = True
  mixed = images.copy()
  if count:
    mixed[places] = others[np.concatenate(chosen)[:count]]
  return OpenSet(mixed, replaced)

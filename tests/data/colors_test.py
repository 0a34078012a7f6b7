import colorsys
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import data
from noisy_jax.data import colors
from tests import webvision_tree
from tests.data.uniform import assert_uniform

NAMES = [change.__name__ for change in colors.CHANGES]
color_jitter = jax.jit(data.color_jitter)


def keys_of(*indices, seed=0):
  return data.example_keys(data.epoch_key(seed, 1), np.array(indices))


def changes_of(keys):
  """The order and the amounts of each key, [n, 4] both."""
  return tuple(map(np.asarray, jax.jit(jax.vmap(colors.random_changes))(keys)))


def photographs(size, height=24, width=32):
  images = [np.asarray(webvision_tree.photograph(i, height, width)) for i in range(size)]
  return np.stack(images)


def expected_change(name, image, amount):
  """The equations in float64, apart from the code; uint8[height, width, 3] to float."""
  x = image.astype(np.float64)
  grey = x @ [0.299, 0.587, 0.114]
  if name == "brightness":
    return amount * x
  if name == "contrast":
    return amount * x + (1 - amount) * grey.mean()
  if name == "saturation":
    return amount * x + (1 - amount) * grey[..., None]
  turned = []
  for r, g, b in x.reshape(-1, 3) / 255:
    h, s, v = colorsys.rgb_to_hsv(r, g, b)
    turned.append(colorsys.hsv_to_rgb((h + amount) % 1, s, v))
  return 255 * np.array(turned).reshape(x.shape)


@pytest.mark.parametrize("change", colors.CHANGES, ids=NAMES)
def test_each_change_is_its_equation(change):
  is_hue, change_under_jit = change is colors.hue, jax.jit(change)
  # Besides, all that two or three equal colours, black and white can do.
  levels = np.array([0, 1, 77, 254, 255], np.uint8)
  corners = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(25, 5, 3)
  for image in (photographs(1)[0], corners):
    planes = jnp.moveaxis(image, -1, 0)
    for amount in (-0.2, 0.0, 0.07, 0.2, 1 / 3, 0.5) if is_hue else (0.6, 1.0, 1.4):
      out = np.moveaxis(np.asarray(change_under_jit(planes, jnp.float32(amount))), 0, -1)
      assert out.dtype == np.float32
      expected = expected_change(change.__name__, image, amount)
      np.testing.assert_allclose(out, expected, atol=2e-3)


def test_amounts_and_orders_are_uniform():
  size = 2000
  order, amounts = changes_of(keys_of(*range(size)))
  for column, name in zip(amounts.T, NAMES, strict=True):
    assert_uniform(column, *((-0.2, 0.2) if name == "hue" else (0.6, 1.4)))
  correlations = np.corrcoef(amounts.T) - np.eye(4)
  assert np.abs(correlations).max() < 5 / math.sqrt(size)
  orders, counts = np.unique(order, axis=0, return_counts=True)
  assert len(orders) == 24
  assert (np.sort(orders) == np.arange(4)).all()
  assert np.abs(counts - size / 24).max() < 5 * math.sqrt(size / 24)


def test_changes_follow_one_another_each_rounded():
  images, keys = photographs(8), keys_of(*range(8))
  out = np.asarray(color_jitter(keys, images))
  assert out.dtype == np.uint8
  for image, got, order, amounts in zip(images, out, *changes_of(keys), strict=True):
    expected = image
    for k in order:
      expected = expected_change(NAMES[k], expected, float(amounts[k]))
      expected = np.clip(np.round(expected), 0, 255).astype(np.uint8)
    difference = np.abs(got.astype(int) - expected)
    # A half may be rounded up or down, and a later change enlarge that.
    assert difference.max() <= 4
    assert (difference > 0).mean() < 1e-2
    assert np.abs(got.astype(int) - image).mean() > 3


def test_the_key_of_an_image_alone_decides():
  images = photographs(5)
  out = np.asarray(color_jitter(keys_of(*range(5)), images))
  for i in range(5):
    alone = np.asarray(color_jitter(keys_of(i), images[i : i + 1]))
    np.testing.assert_array_equal(alone[0], out[i])
  turned = np.asarray(color_jitter(keys_of(4, 3, 2, 1, 0), images[::-1]))
  np.testing.assert_array_equal(turned[::-1], out)
  for keys in (keys_of(*range(5, 10)), keys_of(*range(5), seed=1)):
    assert (np.asarray(color_jitter(keys, images)) != out).any((1, 2, 3)).all()


def test_grey_stays_grey_and_black_black():
  shades = np.random.default_rng(0).integers(0, 256, (20, 5, 7, 1), np.uint8)
  out = np.asarray(color_jitter(keys_of(*range(20)), np.tile(shades, 3)))
  assert np.ptp(out.astype(int), axis=-1).max() <= 1
  black = np.zeros((3, 5, 7, 3), np.uint8)
  assert not np.asarray(color_jitter(keys_of(0, 1, 2), black)).any()

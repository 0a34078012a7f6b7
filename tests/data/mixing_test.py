"""Mixtures of neighbours: mixup, CutMix, and their text."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import data
from noisy_jax.data import mixing

IMAGES = np.random.default_rng(0).uniform(size=(6, 8, 12, 2)).astype(np.float32)
LABELS = np.array([3, 1, 4, 1, 5, 9])
SWAPPED = [1, 0, 3, 2, 5, 4]
KEYS = jax.random.split(jax.random.key(0), 500)


def weights_of(function, **settings):
  of_key = jax.jit(jax.vmap(lambda key: function(key, IMAGES, **settings)[1]))
  return np.asarray(of_key(KEYS))


@pytest.mark.parametrize("name", mixing.MIXINGS)
def test_each_image_is_mixed_with_its_neighbour_as_its_labels_say(name):
  mixed, (labels, weights) = jax.jit(data.Mixing(name))(KEYS[3], IMAGES, LABELS)
  np.testing.assert_array_equal(labels, np.stack([LABELS, LABELS[SWAPPED]], -1))
  assert np.ptp(weights, 0).max() == 0
  np.testing.assert_allclose(weights.sum(-1), 1, rtol=1e-6)
  own = weights[0, 0]
  assert 0.01 < own < 0.99
  if name == "mixup":
    np.testing.assert_allclose(mixed, own * IMAGES + (1 - own) * IMAGES[SWAPPED], rtol=1e-5)
    return
  is_own = (mixed == IMAGES).all((0, 3))
  np.testing.assert_array_equal(mixed[:, ~is_own], IMAGES[SWAPPED][:, ~is_own])
  rows, columns = ~is_own.all(1), ~is_own.all(0)
  np.testing.assert_array_equal(~is_own, np.outer(rows, columns))
  np.testing.assert_allclose(own, is_own.mean(), rtol=1e-6)


@pytest.mark.parametrize("alpha", [0.3, 1, 8])
def test_weights_of_mixup_have_the_moments_of_beta(alpha):
  weights = weights_of(data.mixing.mixup, alpha=alpha)
  variance = 1 / (4 * (2 * alpha + 1))
  assert abs(weights.mean() - 0.5) < 4 * np.sqrt(variance / 500)
  assert 0.75 < weights.var() / variance < 1.25


def test_boxes_are_of_every_size_and_place():
  key_of = jax.jit(jax.vmap(lambda key: data.mixing.cutmix(key, IMAGES)[0]))
  is_box = (np.asarray(key_of(KEYS))[:, 0] == IMAGES[1]).all(-1)
  heights, widths = is_box.any(2).sum(1), is_box.any(1).sum(1)
  # At the border a part is cut off, which may be odd.
  assert set(heights) == set(range(7))
  assert set(widths) == set(range(11))
  # A box in the middle keeps its shape: 8 to 12, rounded down to even.
  inside = ~(is_box[:, [0, -1]].any((1, 2)) | is_box[:, :, [0, -1]].any((1, 2)))
  assert {0, 2, 4} <= set(heights[inside])
  assert not (heights[inside] % 2).any()
  assert (abs(widths - 1.5 * heights)[inside] <= 3).all()
  # The share l is uniform: a box has 1 - l of the pixels before rounding and borders.
  shares = is_box.mean((1, 2))
  assert 0.2 < shares.mean() < 0.4
  covered = is_box.mean(0)
  assert covered.min() > 0.05


def test_half_a_batch_is_mixed_as_the_whole():
  mix = jax.jit(data.Mixing("cutmix", 2.0))
  whole, of_whole = mix(KEYS[0], IMAGES, LABELS)
  parts = [mix(KEYS[0], IMAGES[part], LABELS[part]) for part in np.split(np.arange(6), [2])]
  jax.tree.map(
    lambda expected, *found: np.testing.assert_array_equal(np.concatenate(found), expected),
    (whole, of_whole),
    *parts,
  )


def test_a_batch_has_a_key_of_its_own():
  key = jax.random.key(1)
  keys = [data.batch_key(key, step) for step in range(3)]
  keys += list(data.example_keys(key, jnp.arange(3)))
  assert len({bytes(np.asarray(jax.random.key_data(k))) for k in keys}) == 6


@pytest.mark.parametrize(
  "text, names, expected",
  [
    ("mixup", (), data.Mixing("mixup")),
    ("crop + flip + mixup", ("crop", "flip"), data.Mixing("mixup")),
    ("cifar10+cutmix(alpha=0.5)", ("crop", "flip"), data.Mixing("cutmix", 0.5)),
    ("crop+mixup(alpha=12.125)", ("crop",), data.Mixing("mixup", 12.125)),
  ],
)
def test_text_and_mixing_are_one(text, names, expected):
  parsed = data.parse_augmentation(text)
  assert (parsed.names, parsed.mixing) == (names, expected)
  assert data.parse_augmentation(str(parsed)) == parsed
  assert hash(data.parse_augmentation(str(parsed))) == hash(parsed)


@pytest.mark.parametrize(
  "text, message",
  [
    ("mixup+flip", "augmentation: unknown 'mixup'; known: crop, flip"),
    ("mixup+cutmix", "augmentation: unknown 'mixup'; known: crop, flip"),
    ("crop+mixup()", "augmentation: unknown 'mixup()'; known: crop, flip"),
    ("blur+mixup", "augmentation: unknown 'blur'; known: crop, flip"),
    ("+mixup", "augmentation: unknown ''; known: crop, flip"),
    ("mixup(alpha=0)", "augmentation: mixup(alpha=0): alpha: 0, must be a number in (0,"),
    ("mixup(alpha=inf)", "augmentation: mixup(alpha=inf): alpha: inf, must be a number"),
    ("cutmix(alpha=x)", "augmentation: cutmix(alpha=x): alpha: x, must be a number in"),
  ],
)
def test_what_is_no_mixing_is_refused_in_one_line(text, message):
  with pytest.raises(ValueError, match="^" + re.escape(message)) as caught:
    data.parse_augmentation(text)
  assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", mixing.MIXINGS)
def test_an_alpha_out_of_range_is_refused(name):
  with pytest.raises(ValueError, match=r"alpha: -1, must be in \(0, inf\)"):
    mixing.MIXINGS[name](KEYS[0], IMAGES, alpha=-1)

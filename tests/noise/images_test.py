import chex
import jax
import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from noisy_jax import noise
from noisy_jax.noise.instance import _class_weights

KEY = jax.random.key(3)
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (20_000, 3, 3, 2), np.uint8)
LABELS = RNG.integers(0, 10, 20_000)


@pytest.mark.parametrize("rate", [0.1, 0.4, 0.9])
def test_instance_dependent_rate_is_the_mean_of_the_truncated_distribution(rate):
  labels = noise.instance_dependent(LABELS, IMAGES, 10, rate, key=KEY)
  bounds = -rate / 0.1, (1 - rate) / 0.1
  mean = stats.truncnorm.mean(*bounds, loc=rate, scale=0.1)
  deviation = np.sqrt(mean * (1 - mean) / len(LABELS))
  assert abs(labels.rate - mean) < 5 * deviation
  np.testing.assert_array_equal(labels.clean, LABELS)
  chex.assert_type([labels.noisy, labels.clean], np.int32)


def test_targets_follow_a_softmax_of_linear_scores():
  # One pixel, three values, standardised to -sqrt(3/2), 0 and sqrt(3/2).
  num_classes, copies = 6, 60_000
  pixels = np.tile(np.array([10, 20, 30], np.uint8), copies * num_classes)
  clean = np.repeat(np.arange(num_classes), 3 * copies)
  images = pixels.reshape(-1, 1, 1, 1)
  labels = noise.instance_dependent(clean, images, num_classes, 0.5, key=KEY)
  counts = np.zeros((num_classes, 3, num_classes))
  np.add.at(counts, (clean, pixels // 10 - 1, labels.noisy), 1)
  slopes = []
  for label in range(num_classes):
    targets = np.delete(counts[label], label, axis=1)
    # The middle image scores 0 for every class: uniform targets, chi-square of 4 degrees.
    assert stats.chisquare(targets[1]).pvalue > 1e-5
    dark, middle, light = np.log(targets)
    # With scores x w the log odds of two targets are linear in x.
    bend = dark + light - 2 * middle
    deviation = np.sqrt((1 / targets).sum(axis=0) + 3 / targets[1])
    spread = deviation.max() * 5
    assert np.ptp(bend) < 2 * spread
    slopes += list((light - dark) / np.sqrt(6) - np.mean((light - dark) / np.sqrt(6)))
  # 6 x 4 free slopes from N(0, 1): their variance has the deviation sqrt(2 / 24).
  assert abs(np.square(slopes).sum() / 24 - 1) < 4 * np.sqrt(2 / 24)


def test_every_class_has_scores_of_its_own():
  images = np.tile(np.repeat(IMAGES[:50], 100, axis=0), (2, 1, 1, 1))
  clean = np.repeat([0, 1], 5000)
  noisy = noise.instance_dependent(clean, images, 10, 0.5, key=KEY).noisy
  top = [np.bincount(x[x > 1], minlength=10).argmax() for x in noisy.reshape(100, 100)]
  # The likeliest target of an image; in two classes the same by chance, 1 in 8 or so.
  assert np.mean(np.equal(top[:50], top[50:])) < 0.5


def test_scale_and_offset_of_the_images_do_not_matter():
  images = IMAGES[:2000].astype(np.float32)
  first, second = (
    noise.instance_dependent(LABELS[:2000], x, 10, 0.5, key=KEY)
    for x in (images / 255, images * [3, 8] + [50, -7])
  )
  # Rounding may move a draw that falls on an edge.
  assert (first.noisy != second.noisy).mean() < 0.002


def in_one_direction(dtype):
  """Images as photographs are: all bright, and each a little different."""
  images = RNG.normal(0.5, 0.05, (4000, 4, 4, 3)).clip(0, 1)
  return np.uint8(255 * images) if dtype == np.uint8 else np.float32(images)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("pixels, scale", [("raw", 255), ("unit", 1)])
def test_published_pixels_give_the_softmax_of_their_scores(dtype, pixels, scale):
  images = in_one_direction(dtype)
  clean = np.zeros(len(images), int)
  labels = noise.instance_dependent(clean, images, 6, 0.5, key=KEY, pixels=pixels)
  weights = np.asarray(_class_weights(jax.random.split(KEY, 4)[3], 0, 48, 6), np.float64)
  stored = images.reshape(len(images), -1).astype(np.float64)
  scores = stored * scale / (255 if dtype == np.uint8 else 1) @ weights
  others = np.exp(scores[:, 1:] - scores[:, 1:].max(axis=1, keepdims=True))
  expected = (others / others.sum(axis=1, keepdims=True))[labels.flipped]
  drawn = labels.noisy[labels.flipped, None] == np.arange(1, 6)
  deviation = np.sqrt((expected * (1 - expected)).sum(axis=0))
  assert (abs((drawn - expected).sum(axis=0)) <= 5 * deviation + 1).all()


def test_raw_pixels_send_a_class_to_few_others_and_standardised_ones_to_all():
  images = in_one_direction(np.uint8)
  clean = np.arange(len(images)) % 10

  def commonest(pixels):
    shares = []
    for seed in range(10):
      key = jax.random.key(seed)
      noisy = noise.instance_dependent(clean, images, 10, 0.4, key=key, pixels=pixels)
      wrong = noisy.matrix * (1 - np.eye(10))
      shares.append((wrong.max(axis=1) / wrong.sum(axis=1)).mean())
    return np.mean(shares)

  assert commonest("raw") > 0.6
  assert commonest("unit") > 0.4
  assert commonest("standardized") < 0.35


def test_rate_zero_and_constant_images():
  assert noise.instance_dependent(LABELS, IMAGES, 10, 0, key=KEY).rate == 0
  flat = np.full((2000, 2, 2, 1), 7, np.uint8)
  labels = noise.instance_dependent(LABELS[:2000], flat, 10, 0.4, key=KEY)
  assert 0.3 < labels.rate < 0.5


def test_instance_dependent_refuses_bad_input():
  with pytest.raises(ValueError, match=r"images: shape \[5, 3, 3, 2\], must be \[4, "):
    noise.instance_dependent(LABELS[:4], IMAGES[:5], 10, 0.4, key=KEY)
  with pytest.raises(ValueError, match=r"images: shape \[4\], must be \[4, "):
    noise.instance_dependent(LABELS[:4], np.zeros(4), 10, 0.4, key=KEY)
  with pytest.raises(ValueError, match=r"rate: 1, must be in \[0, 1\)"):
    noise.instance_dependent(LABELS, IMAGES, 10, 1, key=KEY)
  with pytest.raises(ValueError, match="pixels: 'grey', must be one of standardized, raw"):
    noise.instance_dependent(LABELS, IMAGES, 10, 0.4, key=KEY, pixels="grey")


@pytest.mark.parametrize("num_others", [1, 30, 1000])
def test_open_set_replaces_the_exact_share(num_others):
  images = np.arange(200, dtype=np.uint8).reshape(200, 1, 1, 1)
  images = np.tile(images, (1, 2, 2, 3))
  others = np.zeros((num_others, 2, 2, 3), np.uint8)
  others[:, 0, 0, :2] = np.stack(np.divmod(np.arange(num_others), 200), axis=-1)
  others[:, 1, 1, 2] = 255
  before = images.copy()
  mixed, replaced = noise.open_set(images, others, 0.4, key=KEY)
  assert replaced.sum() == 80
  np.testing.assert_array_equal(images, before)
  np.testing.assert_array_equal(mixed[~replaced], images[~replaced])
  foreign = mixed[replaced]
  assert (foreign[:, 1, 1, 2] == 255).all()
  ids = foreign[:, 0, 0, 0].astype(int) * 200 + foreign[:, 0, 0, 1]
  times = np.bincount(ids, minlength=num_others)
  # Each is taken once before any is taken again.
  assert times.min() >= 80 // num_others
  assert times.max() <= -(-80 // num_others)


def test_open_set_places_and_images_are_random():
  images, others = np.zeros((20_000, 1)), np.ones((20_000, 1))
  replaced = noise.open_set(images, others, 0.5, key=KEY).replaced
  # Hypergeometric: deviation 35.
  assert abs(replaced[:10_000].sum() - 5000) < 5 * 36
  again = noise.open_set(images, others, 0.5, key=KEY).replaced
  other = noise.open_set(images, others, 0.5, key=jax.random.key(4)).replaced
  np.testing.assert_array_equal(replaced, again)
  assert (replaced != other).mean() > 0.4


def test_open_set_refuses_images_of_another_kind():
  images = np.zeros((4, 2, 2, 1), np.uint8)
  with pytest.raises(ValueError, match=r"others: float32\[9, 2, 2, 1\], must be uint8"):
    noise.open_set(images, np.zeros((9, 2, 2, 1), np.float32), 0.5, key=KEY)
  with pytest.raises(ValueError, match=r"must be uint8 images of shape \[2, 2, 1\]"):
    noise.open_set(images, np.zeros((9, 2, 1), np.uint8), 0.5, key=KEY)
  with pytest.raises(ValueError, match="others: no images, must be at least one"):
    noise.open_set(images, images[:0], 0.5, key=KEY)
  with pytest.raises(ValueError, match=r"rate: -0\.5, must be in"):
    noise.open_set(images, images, -0.5, key=KEY)
  assert (noise.open_set(images, images[:0], 0, key=KEY).images == images).all()


@pytest.mark.parametrize("levels", [5, 1000])
def test_auroc_agrees_with_scikit_learn_with_and_without_ties(levels):
  positives = RNG.random(500) < 0.3
  scores = RNG.integers(0, levels, 500) + positives * levels / 3
  value = noise.auroc(scores, positives)
  assert value == pytest.approx(roc_auc_score(positives, scores), abs=1e-12)
  assert noise.auroc(-scores, positives) == pytest.approx(1 - value)


def test_auroc_counts_pairs():
  positives = np.array([True, False, True, False])
  assert noise.auroc([2, 1, 1, 0], positives) == (1 + 1 + 0.5 + 1) / 4
  assert noise.auroc([1, 1, 1, 1], positives) == 0.5
  assert noise.auroc([np.inf, 0, np.inf, -np.inf], positives) == 1


@pytest.mark.parametrize(
  "scores, positives, message",
  [
    ([1.0, np.nan], [True, False], "scores: nan at position 1, must be a number"),
    ([1.0], [True, False], r"scores: shape \[1\], must be \[2\]"),
    ([1.0, 2.0], [1, 0], r"positives: int64\[2\], must be one row of booleans"),
    ([1.0, 2.0], [True, True], "positives: 2 of 2 are true, must be some and not all"),
    ([1.0, 2.0], [False, False], "positives: 0 of 2 are true"),
  ],
)
def test_auroc_refuses_what_it_cannot_judge(scores, positives, message):
  with pytest.raises(ValueError, match=message):
    noise.auroc(np.array(scores), np.array(positives))

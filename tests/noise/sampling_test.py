import chex
import jax
import numpy as np
import pytest

from noisy_jax import noise

KEY = jax.random.key(3)
SAMPLINGS = ("exact", "exact_pairs", "iid")
UNEVEN = np.array([[0.5, 0.3, 0.2, 0], [0, 1, 0, 0], [0.1, 0, 0, 0.9], [0.25] * 4])


def shuffled(sizes, seed=0):
  labels = np.repeat(np.arange(len(sizes)), sizes)
  return np.random.default_rng(seed).permutation(labels)


def pair_counts(labels):
  counts = np.zeros((labels.num_classes, labels.num_classes), int)
  np.add.at(counts, (labels.clean, labels.noisy), 1)
  return counts


def assert_binomial(counts, trials, probability):
  """All within 5 standard deviations, and exact where chance has no part."""
  deviation = np.sqrt(trials * probability * (1 - probability))
  assert (abs(counts - trials * probability) <= 5 * deviation).all()


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_pairs_have_the_probabilities_of_the_matrix(sampling):
  sizes = np.array([40_000, 3_000, 20_000, 60_000])
  clean = shuffled(sizes)
  labels = noise.from_matrix(clean, UNEVEN, key=KEY, sampling=sampling)
  np.testing.assert_array_equal(labels.clean, clean)
  chex.assert_type([labels.noisy, labels.clean], np.int32)
  assert labels.num_classes == 4
  assert_binomial(pair_counts(labels), sizes[:, None], UNEVEN)
  assert abs(labels.matrix - UNEVEN).max() < 0.02


def test_exact_changes_the_share_of_every_class_rounded_so_that_the_sum_is_right():
  sizes = np.array([500, 300, 70, 200])
  labels = noise.from_matrix(shuffled(sizes), UNEVEN, key=KEY)
  flipped = np.bincount(labels.clean, weights=labels.flipped)
  np.testing.assert_array_equal(flipped, [250, 0, 70, 150])
  matrix = noise.symmetric_matrix(100, 0.3)
  # 40.5 would change of each, 1,350 of all.
  labels = noise.from_matrix(shuffled(np.full(100, 45)), matrix, key=KEY)
  flipped = np.bincount(labels.clean, weights=labels.flipped)
  assert set(flipped) == {13, 14}
  assert flipped.sum() == 1350


@pytest.mark.parametrize("num_classes, rate", [(10, 0.4), (100, 0.2), (10, 0.0)])
def test_exact_pairs_fixes_the_count_of_every_pair(num_classes, rate):
  matrix = noise.symmetric_matrix(num_classes, rate)
  clean = shuffled(np.full(num_classes, 500))
  labels = noise.from_matrix(clean, matrix, key=KEY, sampling="exact_pairs")
  counts = pair_counts(labels)
  np.testing.assert_array_equal(np.diagonal(counts), 500 * (1 - rate))
  assert (abs(counts - 500 * matrix) < 1 + 1e-9).all()


def test_exact_pairs_leaves_to_chance_which_example_gets_which_class():
  matrix = np.array([[0.5, 0.25, 0.25], [0, 1, 0], [0, 0, 1]])
  clean = np.zeros(40_000, int)
  noisy = noise.from_matrix(clean, matrix, key=KEY, sampling="exact_pairs").noisy
  for j, share in enumerate(matrix[0]):
    # Hypergeometric, with half the variance of a binomial count.
    deviation = np.sqrt(20_000 * share * (1 - share) / 2)
    assert abs((noisy[:20_000] == j).sum() - 20_000 * share) < 5 * deviation


def test_iid_draws_every_label_by_itself():
  matrix = noise.pairflip_matrix(2, 0.4)
  rates = []
  for seed in range(200):
    clean, key = np.zeros(100, int), jax.random.key(seed)
    labels = noise.from_matrix(clean, matrix, key=key, sampling="iid")
    rates.append(labels.rate)
  # Binomial counts: deviation 0.049 of the rate, itself known to one part in 20.
  assert np.std(rates) == pytest.approx(np.sqrt(0.4 * 0.6 / 100), rel=0.25)
  assert np.mean(rates) == pytest.approx(0.4, abs=5 * 0.049 / np.sqrt(200))


def test_including_the_true_class_lowers_the_realised_rate():
  matrix = noise.symmetric_matrix(10, 0.4, including_true=True)
  labels = noise.from_matrix(shuffled(np.full(10, 500)), matrix, key=KEY)
  assert labels.rate == pytest.approx(0.36)


@pytest.mark.parametrize("name", noise.CLASS_MAPS)
def test_benchmarks_are_made_from_their_table(name):
  entry = noise.CLASS_MAPS[name]
  clean = shuffled(np.full(entry.num_classes, 200))
  options = dict(in_turn=entry.in_turn)
  matrix = noise.class_map_matrix(entry.pairs, entry.num_classes, 0.3, **options)
  if entry.in_turn:
    labels = noise.flip_in_turn(clean, entry.pairs, 10, 0.3, key=KEY)
  else:
    labels = noise.from_matrix(clean, matrix, key=KEY, sampling=entry.sampling)
  wrong = set(zip(labels.clean[labels.flipped], labels.noisy[labels.flipped], strict=True))
  assert wrong == set(entry.pairs.items())
  assert_binomial(np.diagonal(pair_counts(labels)), 200, np.diagonal(matrix))


def test_in_turn_counts_are_those_of_the_published_code_and_iid_follows_the_matrix():
  # At 40 %: 2000 cats become dogs, then 2800 of the 7000 dogs cats.
  clean = shuffled(np.full(10, 5000))
  pairs = noise.CLASS_MAPS["cifar10_in_turn"].pairs
  labels = noise.flip_in_turn(clean, pairs, 10, 0.4, key=KEY)
  np.testing.assert_array_equal(labels.clean, clean)
  counts = np.bincount(labels.noisy, minlength=10)
  expected = [7000, 7000, 3000, 5800, 3000, 4200, 5000, 7000, 5000, 3000]
  np.testing.assert_array_equal(counts, expected)
  # How many of the 2800 were cats: hypergeometric, with a deviation of 18.5.
  assert abs(labels.matrix[3, 5] - 0.24) < 5 * 18.5 / 5000
  assert abs(labels.matrix[5, 3] - 0.4) < 5 * 18.5 / 5000
  assert abs(labels.rate - 0.184) < 5 * 2 * 18.5 / 50_000
  again = noise.flip_in_turn(clean, pairs, 10, 0.4, key=KEY)
  other = noise.flip_in_turn(clean, pairs, 10, 0.4, key=jax.random.key(1))
  np.testing.assert_array_equal(labels.noisy, again.noisy)
  assert (labels.noisy != other.noisy).mean() > 0.1
  labels = noise.flip_in_turn(clean, pairs, 10, 0.3, key=KEY, sampling="iid")
  expected = noise.class_map_matrix(pairs, 10, 0.3, in_turn=True)
  deviation = np.sqrt(expected * (1 - expected) / 5000)
  assert (abs(labels.matrix - expected) <= 5 * deviation).all()


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_same_key_same_labels_and_another_key_others(sampling):
  clean, matrix = shuffled(np.full(10, 100)), noise.symmetric_matrix(10, 0.5)
  first, again, other = (
    noise.from_matrix(clean, matrix, key=jax.random.key(seed), sampling=sampling).noisy
    for seed in (1, 1, 2)
  )
  np.testing.assert_array_equal(first, again)
  assert (first != other).mean() > 0.3


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_absent_classes_and_certain_flips_are_no_trouble(sampling):
  swap = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
  clean = np.array([0, 0, 1, 0, 1])
  labels = noise.from_matrix(clean, swap, key=KEY, sampling=sampling)
  np.testing.assert_array_equal(labels.noisy, 1 - clean)


def test_chance_on_an_edge_never_draws_an_impossible_class(monkeypatch):
  matrix = np.array([[0, 0.5, 0, 0.5], [0.5, 0, 0.5, 0], [0, 0, 0, 1], [1, 0, 0, 0]])
  clean, chance = np.tile(np.arange(4), 3), np.repeat([0, 0.5, 1 - 2**-24], 4)
  monkeypatch.setattr(jax.random, "uniform", lambda key, shape: chance)
  noisy = noise.from_matrix(clean, matrix, key=KEY, sampling="iid").noisy
  np.testing.assert_array_equal(noisy, [1, 0, 3, 0, 3, 2, 3, 0, 3, 2, 3, 0])


def test_bad_arguments_are_refused():
  clean = np.array([0, 1])
  with pytest.raises(ValueError, match="sampling: 'all', must be one of exact, exact_pa"):
    noise.from_matrix(clean, np.eye(2), key=KEY, sampling="all")
  with pytest.raises(ValueError, match=r"matrix: row 0 sums to 0\.5"):
    noise.from_matrix(clean, np.eye(2) / 2, key=KEY)
  with pytest.raises(ValueError, match=r"matrix: int64\[2\], must be float\[2, 2\]"):
    noise.from_matrix(clean, np.array([0, 1]), key=KEY)
  with pytest.raises(ValueError, match="labels: 3 at position 1"):
    noise.from_matrix(np.array([0, 3]), np.eye(2), key=KEY)

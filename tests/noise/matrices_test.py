import numpy as np
import pytest

from noisy_jax import noise
from noisy_jax.noise.class_maps import CIFAR100_SUPERCLASSES

# The coarse label of each fine label, as every example of CIFAR-100 carries both.
# fmt: off
COARSE = np.array([
   4,  1, 14,  8,  0,  6,  7,  7, 18,  3,  3, 14,  9, 18,  7, 11,  3,  9,  7, 11,
   6, 11,  5, 10,  7,  6, 13, 15,  3, 15,  0, 11,  1, 10, 12, 14, 16,  9, 11,  5,
   5, 19,  8,  8, 15, 13, 14, 17, 18, 10, 16,  4, 17,  4,  2,  0, 17,  4, 18, 17,
  10,  3,  2, 12, 12, 16, 12,  1,  9, 19,  2, 10,  0,  1, 16, 12,  9, 13, 15, 13,
  16, 19,  2,  4,  6, 19,  5,  5,  8, 19, 18,  1,  2, 15,  6,  0, 17,  8, 14, 13,
])
# fmt: on


@pytest.mark.parametrize("num_classes", [2, 10, 100])
@pytest.mark.parametrize("rate", [0.0, 0.4, 0.9])
def test_matrices_have_rows_of_sum_one_and_the_stated_rate(num_classes, rate):
  including = noise.symmetric_matrix(num_classes, rate, including_true=True)
  for matrix, wrong in [
    (noise.symmetric_matrix(num_classes, rate), rate),
    (including, rate * (num_classes - 1) / num_classes),
    (noise.pairflip_matrix(num_classes, rate), rate),
  ]:
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    np.testing.assert_allclose(1 - np.diagonal(matrix), wrong)
    np.testing.assert_allclose(noise.check_matrix(matrix, num_classes), matrix)


def test_matrices_are_those_of_their_definitions():
  np.testing.assert_allclose(
    noise.symmetric_matrix(3, 0.4), [[0.6, 0.2, 0.2], [0.2, 0.6, 0.2], [0.2, 0.2, 0.6]]
  )
  np.testing.assert_allclose(
    noise.symmetric_matrix(4, 0.4, including_true=True)[1], [0.1, 0.7, 0.1, 0.1]
  )
  np.testing.assert_allclose(
    noise.pairflip_matrix(3, 0.4), [[0.6, 0.4, 0], [0, 0.6, 0.4], [0.4, 0, 0.6]]
  )
  matrix = noise.class_map_matrix({2: 0, 0: 1}, 4, 0.3)
  expected = [[0.7, 0.3, 0, 0], [0, 1, 0, 0], [0.3, 0, 0.7, 0], [0, 0, 0, 1]]
  np.testing.assert_allclose(matrix, expected)


@pytest.mark.parametrize("pair", [{0: 0}, {4: 0}, {0: 4}, {-1: 0}])
def test_class_map_outside_the_classes_is_refused(pair):
  with pytest.raises(ValueError, match=r"class_map: .* must be two different classes"):
    noise.class_map_matrix(pair, 4, 0.3)


@pytest.mark.parametrize("rate", [-0.1, 1.0, np.nan])
def test_rates_out_of_range_are_refused(rate):
  for make in (
    lambda: noise.symmetric_matrix(4, rate),
    lambda: noise.pairflip_matrix(4, rate),
    lambda: noise.class_map_matrix({0: 1}, 4, rate),
  ):
    with pytest.raises(ValueError, match=r"rate: .*, must be in \[0, 1\)"):
      make()


def test_one_class_is_refused():
  for make in (noise.symmetric_matrix, noise.pairflip_matrix):
    with pytest.raises(ValueError, match="num_classes: 1, must be a whole number"):
      make(1, 0.4)


@pytest.mark.parametrize(
  "matrix, message",
  [
    (np.eye(2), r"matrix: float64\[2, 2\], must be float\[3, 3\]"),
    (np.ones((3, 2)) / 2, r"matrix: float64\[3, 2\]"),
    (np.full((3, 3), "a"), r"matrix: <U1\[3, 3\]"),
    ([[1, 0, 0], [0, 1, 0], [0, 1.2, -0.2]], "matrix: 1.2 at row 2, column 1"),
    ([[1, 0, 0], [0, 1, np.nan], [0, 0, 1]], "matrix: nan at row 1, column 2"),
    ([[1, 0, 0], [0.5, 0.4, 0], [0, 0, 0.2]], r"matrix: row 1 sums to 0\.9, must sum"),
    (np.transpose([[0.8, 0.1, 0.1], [0, 1, 0], [0, 0, 1]]), r"row 0 sums to 0\.8"),
  ],
)
def test_what_is_no_transition_matrix_is_refused(matrix, message):
  with pytest.raises(ValueError, match=message):
    noise.check_matrix(matrix, 3)


def test_rows_are_divided_by_sums_within_the_tolerance():
  checked = noise.check_matrix(np.array([[0.6, 0.400005], [0, 1]]), 2)
  np.testing.assert_allclose(checked.sum(axis=1), 1, atol=1e-15)
  with pytest.raises(ValueError, match="row 0 sums to"):
    noise.check_matrix(np.array([[0.6, 0.40002], [0, 1]]), 2)


def test_entries_within_the_tolerance_are_clipped(tmp_path):
  matrix = np.array([[1.0000001, -1e-17], [0.25, 0.75]])
  expected = [[1, 0], [0.25, 0.75]]
  np.testing.assert_array_equal(noise.check_matrix(matrix, 2), expected)
  np.savetxt(tmp_path / "t.csv", matrix, delimiter=",")
  np.testing.assert_array_equal(noise.load_matrix(tmp_path / "t.csv", 2), expected)
  for off in (-2e-5, 1 + 2e-5):
    with pytest.raises(ValueError, match=r"at row 0, column 0, must be in \[0, 1\]"):
      noise.check_matrix(np.array([[off, 1 - off], [0, 1]]), 2)


def test_matrices_are_read_from_files(tmp_path):
  matrix = noise.pairflip_matrix(4, 0.25)
  np.save(tmp_path / "t.npy", matrix.astype(np.float32))
  np.savetxt(tmp_path / "t.csv", matrix, delimiter=",")
  for name in ("t.npy", "t.csv"):
    np.testing.assert_allclose(noise.load_matrix(tmp_path / name, 4), matrix, atol=1e-7)


def test_files_without_a_matrix_are_refused(tmp_path):
  contents = {
    "empty.csv": b"",
    "bytes.csv": b"\xff\xfe",
    "words.csv": b"a,b\nc,d\n",
    "ragged.csv": b"1,0\n1\n",
    "empty.npy": b"",
    "damaged.npy": b"not an array",
    "cut.npy": b"\x93NUMPY\x01\0\x10\0{'descr': '<f8' \n",
  }
  for name, content in contents.items():
    (tmp_path / name).write_bytes(content)
  np.save(tmp_path / "pickled.npy", np.array([{}, 1], object), allow_pickle=True)
  for name in ("pickled.npy", *contents):
    with pytest.raises(ValueError, match=rf"path: .*{name}, must hold a table") as error:
      noise.load_matrix(tmp_path / name, 2)
    assert "\n" not in str(error.value)
  with pytest.raises(ValueError, match=r"path: t\.txt, must end in \.npy or \.csv"):
    noise.load_matrix("t.txt", 2)
  with pytest.raises(FileNotFoundError):
    noise.load_matrix(tmp_path / "none.csv", 2)
  np.save(tmp_path / "large.npy", np.eye(3))
  with pytest.raises(ValueError, match=r"must be float\[2, 2\]"):
    noise.load_matrix(tmp_path / "large.npy", 2)


@pytest.mark.parametrize("name", noise.CLASS_MAPS)
def test_class_maps_are_maps_over_their_classes(name):
  entry = noise.CLASS_MAPS[name]
  matrix = noise.class_map_matrix(entry.pairs, entry.num_classes, 0.4)
  share = len(entry.pairs) / entry.num_classes
  # Of the in-turn map this is the matrix of its pairs alone.
  assert share == (1 if name.startswith("cifar100") else 0.5)
  assert 1 - np.diagonal(matrix).mean() == pytest.approx(0.4 * share)
  is_cifar10 = entry.num_classes == 10 and "cifar10" in name
  assert entry.sampling == ("exact" if is_cifar10 else "iid")
  assert entry.in_turn == (name == "cifar10_in_turn")
  assert entry.source


@pytest.mark.parametrize("rate", [0.1, 0.4])
def test_in_turn_part_of_the_cats_goes_back(rate):
  expected = np.eye(10)
  for clean in range(10):
    # Where a cat can be, and with what probability, after each pair.
    share = np.eye(10)[clean]
    for source, target in ((9, 1), (2, 0), (3, 5), (5, 3), (4, 7)):
      moved = rate * share[source]
      share[source], share[target] = share[source] - moved, share[target] + moved
    expected[clean] = share
  pairs = noise.CLASS_MAPS["cifar10_in_turn"].pairs
  matrix = noise.class_map_matrix(pairs, 10, rate, in_turn=True)
  np.testing.assert_allclose(matrix, expected, atol=1e-15)
  assert matrix[3, 5] == pytest.approx(rate - rate**2)
  assert matrix[5, 3] == pytest.approx(rate)
  simultaneous = noise.class_map_matrix(pairs, 10, rate)
  assert simultaneous[3, 5] == pytest.approx(rate)
  np.testing.assert_array_equal(np.flatnonzero((matrix != simultaneous).any(axis=1)), [3])


def test_superclasses_are_those_of_the_data_set():
  names = sorted(name for members in CIFAR100_SUPERCLASSES.values() for name in members)
  assert len(set(names)) == 100
  # Coarse labels too are places in alphabetical order.
  assert list(CIFAR100_SUPERCLASSES) == sorted(CIFAR100_SUPERCLASSES)
  for coarse, members in enumerate(CIFAR100_SUPERCLASSES.values()):
    assert [names[i] for i in np.flatnonzero(coarse == COARSE)] == list(members)


@pytest.mark.parametrize(
  "name, groups",
  [("cifar100_superclass", COARSE), ("cifar100_block5", np.arange(100) // 5)],
)
def test_cifar100_maps_are_circles_of_five_inside_their_groups(name, groups):
  pairs = noise.CLASS_MAPS[name].pairs
  np.testing.assert_array_equal(np.bincount(groups), np.full(20, 5))
  assert sorted(pairs) == sorted(pairs.values()) == list(range(100))
  for group in range(20):
    members = np.flatnonzero(groups == group)
    assert [pairs[i] for i in members] == [*members[1:], members[0]]

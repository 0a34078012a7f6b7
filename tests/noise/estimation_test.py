import jax
import numpy as np
import pytest

from noisy_jax import noise

MATRIX = np.array(
  [[0.7, 0.2, 0.1, 0.0], [0.0, 0.6, 0.4, 0.0], [0.15, 0.0, 0.8, 0.05], [0.0, 0.0, 0.0, 1.0]]
)
METHODS = ("confident_joint", "anchor")


def synthetic(matrix, blur, size=20_000):
  """Noisy labels, and the exact P(noisy | x) where x leaves the class open by up to blur.

  P(clean | x) is (1 - s) e_c + s u with s uniform in [0, blur] and u a random distribution.
  """
  num_classes = len(matrix)
  rng = np.random.default_rng(0)
  likeliest = rng.integers(0, num_classes, size)
  share = rng.uniform(0, blur, (size, 1))
  clean_posterior = (1 - share) * np.eye(num_classes)[likeliest]
  clean_posterior += share * rng.dirichlet(np.ones(num_classes), size)
  drawn = rng.random((size, 1)) < np.cumsum(clean_posterior, axis=1)
  clean = drawn.argmax(axis=1)
  labels = noise.from_matrix(clean, matrix, key=jax.random.key(0), sampling="iid")
  return clean_posterior @ matrix, labels


def test_an_ideal_posterior_gives_the_realised_matrix_and_the_true_one_by_anchors():
  probabilities, labels = synthetic(MATRIX, blur=0)
  estimate = noise.estimate_transition(probabilities, labels.noisy)
  np.testing.assert_allclose(estimate, labels.matrix, atol=1e-12)
  for _ in range(2):
    estimate = noise.estimate_transition(probabilities, labels.noisy, method="anchor")
    np.testing.assert_allclose(estimate, MATRIX, atol=1e-12)
    probabilities[:3] = np.eye(4)[[0, 1, 2]]  # outliers are no anchors


@pytest.mark.parametrize(
  "matrix", [MATRIX, noise.pairflip_matrix(20, 0.3)], ids=["uneven", "pairflip20"]
)
def test_a_blurred_posterior_still_gives_the_matrix(matrix):
  blur, size = 0.1, 20_000
  probabilities, labels = synthetic(matrix, blur, size)
  # An anchor's row is a mixture with at most the blur of other rows. The joint averages
  # over the blur, and counts: five standard deviations at size / K examples a class.
  counting = 5 * np.sqrt(0.25 / (size / len(matrix)))
  bounds = {"anchor": blur, "confident_joint": blur / 2 + counting}
  for method, bound in bounds.items():
    estimate = noise.estimate_transition(probabilities, labels.noisy, method=method)
    np.testing.assert_allclose(estimate.sum(axis=1), 1)
    assert abs(estimate - matrix).max() < bound
    assert abs(estimate - matrix.T).max() > bound


@pytest.mark.parametrize("method", METHODS)
def test_rows_of_one_hot_predictions_are_finite(method):
  labels = np.arange(40) % 4
  swapped = np.eye(4, dtype=np.float32)[(labels + 1) % 4]
  estimate = noise.estimate_transition(swapped, labels, method=method)
  np.testing.assert_allclose(estimate.sum(axis=1), 1)


def test_anchor_takes_the_percentile_of_the_source_at_ten_classes():
  probabilities = np.random.default_rng(1).dirichlet(np.ones(10), 1000)
  labels = np.arange(1000) % 10
  estimate = noise.estimate_transition(probabilities, labels, method="anchor")
  for i in range(10):
    column = probabilities[:, i]
    below = column[column < np.percentile(column, 97, method="higher")]
    np.testing.assert_allclose(estimate[i], probabilities[column == below.max()][0])


def test_confident_joint_counts_as_in_the_paper():
  probabilities = np.random.default_rng(2).dirichlet(np.full(3, 0.5), 60)
  labels = np.random.default_rng(3).integers(0, 3, 60)
  thresholds = [probabilities[labels == j, j].mean() for j in range(3)]
  joint = np.zeros((3, 3))
  for p, label in zip(probabilities, labels, strict=True):
    above = [j for j in range(3) if p[j] >= thresholds[j]]
    if above:
      joint[label, max(above, key=lambda j: p[j])] += 1
  assert (np.diagonal(joint) > 0).all()
  for i in range(3):
    joint[i] *= (labels == i).sum() / joint[i].sum()
  expected = [[joint[j, i] / joint[:, i].sum() for j in range(3)] for i in range(3)]
  estimate = noise.estimate_transition(probabilities, labels)
  np.testing.assert_allclose(estimate, expected)


@pytest.mark.parametrize("method", METHODS)
def test_probabilities_that_rounding_takes_out_of_range_are_clipped(method):
  exact = np.eye(3, dtype=np.float32)[np.arange(30) % 3]
  rounded = np.where(exact == 1, np.float32(1.0000001), np.float32(-1e-9))
  estimates = [
    noise.estimate_transition(probabilities, np.arange(30) % 3, method=method)
    for probabilities in (exact, rounded)
  ]
  np.testing.assert_array_equal(*estimates)
  with pytest.raises(ValueError, match=r"1\.02 at row 0, column 0, must be in \[0, 1\]"):
    noise.estimate_transition(np.array([[1.02, -0.02], [0, 1]]), [0, 1], method=method)


@pytest.mark.parametrize(
  "probabilities, labels, message",
  [
    ([0.5, 0.5], [0, 1], r"probabilities: float64\[2\], must be float\[n, K\]"),
    ([[1, 0], [0, 1]], [0, 1], r"probabilities: int64\[2, 2\], must be float"),
    ([[1.0, 0], [0.4, 0.4]], [0, 1], r"probabilities: row 1 sums to 0\.8, must sum to 1"),
    ([[1.0, 0], [-0.4, 1.4]], [0, 1], r"probabilities: -0\.4 at row 1, column 0"),
    ([[1.0, 0], [np.nan, 1]], [0, 1], "probabilities: nan at row 1, column 0"),
    ([[1.0, 0], [0, 1]], [0, 1, 1], "labels: 3 of them, must be 2: one for each row"),
    ([[1.0, 0], [0, 1]], [0, 2], "labels: 2 at position 1"),
    ([[1.0, 0], [0, 1]], [0, 0], "labels: none is 1, must have each class at least once"),
  ],
)
def test_bad_input_is_refused(probabilities, labels, message):
  with pytest.raises(ValueError, match=message):
    noise.estimate_transition(np.array(probabilities), np.array(labels))


def test_unknown_method_is_refused():
  with pytest.raises(ValueError, match="method: 'em', must be one of confident_joint, an"):
    noise.estimate_transition(np.eye(2), np.arange(2), method="em")

"""Forward and backward correction: values, precision, what they do to noise, failures."""

import re

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses, noise, per_logit_gradient
from tests import references

K = 7
RNG = np.random.default_rng(0)
LOGITS = (3 * RNG.standard_normal((20, K))).astype(np.float32)
LABELS = np.arange(20) % K
MATRICES = {
  "clean": np.eye(K),
  "symmetric": noise.symmetric_matrix(K, 0.4),
  "pairs": noise.pairflip_matrix(K, 0.3),
  "any": RNG.dirichlet(np.ones(K), size=K) / 2 + np.eye(K) / 2,
}
BOTH = {"forward": losses.forward_correction, "backward": losses.backward_correction}
every_matrix = pytest.mark.parametrize("kind", MATRICES)
both_ways = pytest.mark.parametrize("way", BOTH)


def forward(z, k, matrix):
  return -np.log((matrix.T @ references.softmax(z))[k])


def backward(z, k, matrix):
  return np.linalg.inv(matrix)[k] @ -np.log(references.softmax(z))


REFERENCES = {"forward": forward, "backward": backward}


@every_matrix
@both_ways
def test_value_and_gradient_are_those_of_the_definition(way, kind):
  matrix, reference = MATRICES[kind], REFERENCES[way]
  loss = BOTH[way](matrix)
  expected = [reference(z, k, matrix) for z, k in zip(LOGITS, LABELS, strict=True)]
  np.testing.assert_allclose(loss(LOGITS, LABELS), expected, rtol=1e-5, atol=1e-5)
  gradients = per_logit_gradient(loss, LOGITS, LABELS)
  for z, k, gradient in zip(LOGITS[:8], LABELS, np.asarray(gradients), strict=False):
    by_differences = references.central_difference(lambda z: reference(z, k, matrix), z)  # noqa: B023
    np.testing.assert_allclose(gradient, by_differences, rtol=1e-4, atol=1e-6)


@every_matrix
@pytest.mark.parametrize("log_odds", [-80.0, -40.0, -17.0, 0.0, 17.0])
def test_gradients_are_exact_to_their_terms(kind, log_odds):
  matrix, k = MATRICES[kind], 2
  z = RNG.standard_normal(K).astype(np.float32)
  z[k] = log_odds
  p, one_hot = references.softmax(z), np.eye(K)[k]
  posterior = matrix[:, k] * p / (matrix[:, k] * p).sum()
  gradient = per_logit_gradient(losses.forward_correction(matrix), z, k)
  assert (np.abs(gradient - (p - posterior)) <= 1e-5 * (p + posterior)).all()
  row = np.linalg.inv(matrix)[k]
  gradient = per_logit_gradient(losses.backward_correction(matrix), z, k)
  assert (np.abs(gradient - (p - row)) <= 1e-5 * (p + np.abs(row) + one_hot)).all()


@both_ways
@pytest.mark.parametrize("shift", [-30.0, -5.0, 5.0, 30.0])
def test_without_noise_they_are_cross_entropy(way, shift):
  logits = LOGITS + shift * np.eye(K)[LABELS].astype(np.float32)
  loss, expected = BOTH[way](np.eye(K)), losses.cross_entropy
  values = loss(logits, LABELS)
  chex.assert_trees_all_close(values, expected(logits, LABELS), rtol=1e-5)
  gradient = per_logit_gradient(loss, logits, LABELS)
  expected = per_logit_gradient(expected, logits, LABELS)
  chex.assert_trees_all_close(gradient, expected, rtol=1e-5)


def test_a_masked_class_takes_no_part_where_there_is_no_noise():
  logits = np.float32([1, 2, 3, -np.inf])
  for correct in BOTH.values():
    value, gradient = jax.value_and_grad(correct(np.eye(4)))(logits, 0)
    assert value == pytest.approx(np.log(1 + np.e + np.e**2), rel=1e-6)
    probs = [*references.softmax([1, 2, 3]), 0]
    np.testing.assert_allclose(gradient, probs - np.eye(4)[0], rtol=1e-5)


def test_the_backward_mean_over_noisy_labels_is_cross_entropy_of_the_clean_one():
  matrix = MATRICES["any"]
  every = np.broadcast_to(np.arange(K), (20, K))
  logits = np.repeat(LOGITS[:, None], K, axis=1)
  of_noisy = np.asarray(losses.backward_correction(matrix)(logits, every), np.float64)
  mean = of_noisy @ matrix.T
  clean = losses.cross_entropy(logits, every)
  np.testing.assert_allclose(mean, clean, rtol=1e-4, atol=1e-4)


def test_the_forward_minimum_over_noisy_labels_is_the_clean_distribution():
  matrix, clean = MATRICES["any"], np.array([0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
  loss = losses.forward_correction(matrix)
  gradients = per_logit_gradient(
    loss, np.tile(np.float32(np.log(clean)), (K, 1)), np.arange(K)
  )
  np.testing.assert_allclose((matrix.T @ clean) @ gradients, np.zeros(K), atol=1e-6)


@both_ways
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16, jnp.float16])
@pytest.mark.parametrize("extreme", [1e4, -1e4])
@pytest.mark.parametrize("kind", ["pairs", "symmetric"])
def test_extreme_logits_give_finite_values_and_gradients(way, dtype, extreme, kind):
  loss = BOTH[way](MATRICES[kind])
  logits = jnp.zeros((2, K), dtype).at[:, 0].set(extreme)
  labels = jnp.array([0, 3])
  value, gradient = (
    loss(logits, labels),
    jax.grad(lambda z: loss(z, labels).sum())(logits),
  )
  chex.assert_tree_all_finite((value, gradient))
  assert value.dtype == jnp.float32
  assert gradient.dtype == dtype


def test_a_label_that_only_an_unlikely_class_can_have():
  # Pairs: label 1 comes from 0 or 1, both far below the others; -log (0.3 p_0).
  logits = np.full(K, 0.0, np.float32)
  logits[:2] = [-300, -500]
  value = losses.forward_correction(MATRICES["pairs"])(logits, 1)
  assert value == pytest.approx(300 - np.log(0.3) + np.log(5), rel=1e-5)


@both_ways
def test_jit_vmap_leading_shapes_and_float64(way):
  loss = BOTH[way](MATRICES["any"])
  values = loss(LOGITS, LABELS)
  close = chex.assert_trees_all_close
  close(jax.jit(loss)(LOGITS, LABELS), values, rtol=1e-5, atol=1e-6)
  close(jax.vmap(loss)(LOGITS, LABELS), values, rtol=1e-5, atol=1e-6)
  stacked = loss(LOGITS.reshape(4, 5, K), LABELS.reshape(4, 5))
  close(stacked, values.reshape(4, 5), rtol=1e-5, atol=1e-6)
  with jax.enable_x64(True):
    wide = loss(LOGITS.astype(np.float64), LABELS)
    reference = REFERENCES[way]
    expected = [
      reference(z, k, MATRICES["any"]) for z, k in zip(LOGITS, LABELS, strict=True)
    ]
    np.testing.assert_allclose(wide, expected, rtol=1e-12, atol=1e-12)
    hessian = jax.hessian(loss)(LOGITS[0].astype(np.float64), 3)
    by_differences = [
      references.central_difference(
        lambda z, i=i: np.asarray(jax.grad(loss)(jnp.asarray(z), 3))[i],
        LOGITS[0],
        step=1e-5,
      )
      for i in range(2)
    ]
    np.testing.assert_allclose(hessian[:2], by_differences, rtol=1e-5, atol=1e-9)


@both_ways
@pytest.mark.parametrize("label", [-1, K])
def test_a_label_outside_the_classes_gives_nan_and_no_gradient(way, label):
  loss = BOTH[way](MATRICES["symmetric"])
  assert np.isnan(loss(LOGITS[0], label))
  np.testing.assert_array_equal(per_logit_gradient(loss, LOGITS[0], label), np.zeros(K))


@both_ways
def test_losses_of_one_matrix_are_one_to_jit(way):
  correct, matrix = BOTH[way], MATRICES["symmetric"]
  assert correct(matrix) == correct(matrix.copy())
  assert hash(correct(matrix)) == hash(correct(matrix.tolist()))
  assert correct(matrix) != correct(noise.symmetric_matrix(K, 0.3))
  assert losses.forward_correction(matrix) != losses.backward_correction(matrix)
  assert len(repr(correct(matrix))) < 100


def test_an_estimated_matrix_fits():
  labels = RNG.integers(3, size=300)
  probabilities = RNG.dirichlet(np.ones(3), size=300)
  matrix = noise.estimate_transition(probabilities, labels)
  for correct in BOTH.values():
    values = correct(matrix)(LOGITS[:, :3], LABELS % 3)
    assert np.isfinite(values).all()


@both_ways
@pytest.mark.parametrize(
  "matrix, message",
  [
    (np.eye(3)[:2], "matrix: float64[2, 3], must be float[2, 2]"),
    (np.eye(3) > 0, "matrix: bool[3, 3], must be float[3, 3]"),
    (2 * np.eye(3), "matrix: 2.0 at row 0, column 0, must be in [0, 1]"),
    (np.full((2, 2), np.nan), "matrix: nan at row 0, column 0"),
    ([[1.5, -0.5], [0, 1]], "matrix: 1.5 at row 0, column 0, must be in [0, 1]"),
  ],
)
def test_what_is_no_transition_matrix_is_refused(way, matrix, message):
  with pytest.raises(ValueError, match=re.escape(message)):
    BOTH[way](matrix)


@both_ways
def test_entries_within_the_tolerance_are_clipped(way):
  correct = BOTH[way]
  assert correct([[1.0000001, -1e-17], [0.25, 0.75]]) == correct([[1, 0], [0.25, 0.75]])
  with pytest.raises(ValueError, match=r"matrix: 1.00002 at row 0, column 0"):
    correct([[1 + 2e-5, -2e-5], [0, 1]])


def test_what_cannot_be_corrected_is_refused():
  with pytest.raises(ValueError, match="matrix: column 1 is 0, must have an entry"):
    losses.forward_correction([[1, 0], [1, 0]])
  with pytest.raises(ValueError, match=r"matrix: condition number .*, must be at most 1e"):
    losses.backward_correction(np.full((4, 4), 0.25))


@both_ways
def test_logits_of_another_number_of_classes_are_refused(way):
  with pytest.raises(
    ValueError, match=r"^logits: .*, must be float\[\.\.\., 3\], as from matrix"
  ):
    BOTH[way](np.eye(3))(LOGITS, LABELS)

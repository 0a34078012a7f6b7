import functools
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
both_ways = pytest.mark.parametrize("way", BOTH)
LOG_ODDS = (-80.0, -40.0, -17.0, 0.0, 17.0)
OF_ODDS = RNG.standard_normal((5, K)).astype(np.float32)
OF_ODDS[:, 2] = LOG_ODDS
SHIFTED = [LOGITS + shift * np.eye(K)[LABELS] for shift in (-30.0, -5.0, 5.0, 30.0)]
EXTREME = np.array([1e4, -1e4, 1e4, -1e4])[:, None] * np.eye(K)[0]
ROWS = {
  "plain": (LOGITS, LABELS),
  "odds": (OF_ODDS, np.full(5, 2)),
  "shifted": (np.concatenate(SHIFTED), np.tile(LABELS, 4)),
  "extreme": (EXTREME, np.array([0, 3, 3, 0])),
  "no class": (LOGITS[:2], np.array([-1, K])),
}


def forward(z, k, matrix):
  return -np.log((matrix.T @ references.softmax(z))[k])


def backward(z, k, matrix):
  return np.linalg.inv(matrix)[k] @ -np.log(references.softmax(z))


REFERENCES = {"forward": forward, "backward": backward}


def value_and_gradient(loss, logits, labels):
  values, pullback = jax.vjp(lambda z: loss(z, labels), logits)
  return values, pullback(jnp.ones_like(values))[0]


@functools.cache
def found(way):
  """Values and gradients: by matrix and row; of cross-entropy; of narrow floats."""
  logits, labels = (np.concatenate(parts) for parts in zip(*ROWS.values(), strict=True))
  corrected = {kind: BOTH[way](matrix) for kind, matrix in MATRICES.items()}

  @jax.jit
  def answers(logits):
    narrow = [logits.astype(dtype) for dtype in (jnp.bfloat16, jnp.float16)]
    return (
      {kind: value_and_gradient(loss, logits, labels) for kind, loss in corrected.items()},
      value_and_gradient(losses.cross_entropy, logits, labels),
      [value_and_gradient(corrected["pairs"], z, labels) for z in narrow],
    )

  ends = np.cumsum([len(labels) for _, labels in ROWS.values()])[:-1]

  def by_row(x):
    return dict(zip(ROWS, np.split(np.asarray(x), ends), strict=True))

  return jax.tree.map(by_row, answers(logits.astype(np.float32)))


@pytest.mark.parametrize("kind", MATRICES)
@both_ways
def test_value_and_gradient_are_those_of_the_definition(way, kind):
  matrix, reference = MATRICES[kind], REFERENCES[way]
  values, gradients = found(way)[0][kind]
  expected = [reference(z, k, matrix) for z, k in zip(LOGITS, LABELS, strict=True)]
  np.testing.assert_allclose(values["plain"], expected, rtol=1e-5, atol=1e-5)
  for z, k, gradient in zip(LOGITS[:8], LABELS, gradients["plain"], strict=False):
    by_differences = references.central_difference(lambda z: reference(z, k, matrix), z)  # noqa: B023
    np.testing.assert_allclose(gradient, by_differences, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", MATRICES)
def test_gradients_are_exact_to_their_terms(kind):
  matrix, one_hot = MATRICES[kind], np.eye(K)[2]
  row = np.linalg.inv(matrix)[2]
  of_forward, of_backward = (found(way)[0][kind][1]["odds"] for way in BOTH)
  for z, gradient, other in zip(OF_ODDS, of_forward, of_backward, strict=True):
    p = references.softmax(z)
    posterior = matrix[:, 2] * p / (matrix[:, 2] * p).sum()
    assert (np.abs(gradient - (p - posterior)) <= 1e-5 * (p + posterior)).all()
    assert (np.abs(other - (p - row)) <= 1e-5 * (p + np.abs(row) + one_hot)).all()


@both_ways
def test_without_noise_they_are_cross_entropy(way):
  of_matrix, expected, _ = found(way)
  for part, of_cross_entropy in zip(of_matrix["clean"], expected, strict=True):
    chex.assert_trees_all_close(part["shifted"], of_cross_entropy["shifted"], rtol=1e-5)


@both_ways
def test_extreme_logits_give_finite_values_and_gradients(way):
  of_matrix, _, (of_bfloat16, of_float16) = found(way)
  for values, gradients in (*of_matrix.values(), of_bfloat16, of_float16):
    chex.assert_tree_all_finite([values["extreme"], np.float32(gradients["extreme"])])
    assert values["extreme"].dtype == np.float32
  assert of_bfloat16[1]["extreme"].dtype == jnp.bfloat16
  assert of_float16[1]["extreme"].dtype == np.float16


@both_ways
def test_a_label_outside_the_classes_gives_nan_and_no_gradient(way):
  for values, gradients in found(way)[0].values():
    assert np.isnan(values["no class"]).all()
    np.testing.assert_array_equal(gradients["no class"], np.zeros((2, K)))


@both_ways
def test_vmap_leading_shapes_and_float64(way):
  loss, matrix = BOTH[way](MATRICES["any"]), MATRICES["any"]
  stacked = LOGITS.reshape(4, 5, K), LABELS.reshape(4, 5)
  values = jax.jit(lambda z, k: (jax.vmap(jax.vmap(loss))(z, k), loss(z, k)))(*stacked)
  expected = found(way)[0]["any"][0]["plain"].reshape(4, 5)
  chex.assert_trees_all_close(values, (expected, expected), rtol=1e-5, atol=1e-6)
  with jax.enable_x64(True):
    wide, label = LOGITS.astype(np.float64), 3
    steps = 1e-5 * np.concatenate([np.eye(K), -np.eye(K)])

    @jax.jit
    def answers(logits):
      gradients = jax.vmap(jax.grad(loss), (0, None))(logits[:1] + steps, label)
      return loss(logits, LABELS), gradients, jax.hessian(loss)(logits[0], label)

    values, gradients, hessian = answers(wide)
  reference = REFERENCES[way]
  expected = [reference(z, k, matrix) for z, k in zip(LOGITS, LABELS, strict=True)]
  np.testing.assert_allclose(values, expected, rtol=1e-12, atol=1e-12)
  change = np.subtract(gradients[:K], gradients[K:]) / 2e-5
  np.testing.assert_allclose(hessian, change, rtol=1e-5, atol=1e-9)


def test_a_masked_class_takes_no_part_where_there_is_no_noise():
  logits = np.float32([1, 2, 3, -np.inf])
  for correct in BOTH.values():
    value, gradient = jax.jit(jax.value_and_grad(correct(np.eye(4))))(logits, 0)
    assert value == pytest.approx(np.log(1 + np.e + np.e**2), rel=1e-6)
    probs = [*references.softmax([1, 2, 3]), 0]
    np.testing.assert_allclose(gradient, probs - np.eye(4)[0], rtol=1e-5)


def test_over_noisy_labels_they_have_the_mean_and_the_minimum_of_clean_ones():
  matrix = MATRICES["any"]
  every = np.broadcast_to(np.arange(K), (20, K))
  logits = np.repeat(LOGITS[:, None], K, axis=1)
  of_noisy = np.asarray(losses.backward_correction(matrix)(logits, every), np.float64)
  mean = of_noisy @ matrix.T
  clean = losses.cross_entropy(logits, every)
  np.testing.assert_allclose(mean, clean, rtol=1e-4, atol=1e-4)
  matrix, clean = MATRICES["any"], np.array([0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
  loss = losses.forward_correction(matrix)
  logits = np.tile(np.float32(np.log(clean)), (K, 1))
  gradients = per_logit_gradient(loss, logits, np.arange(K))
  np.testing.assert_allclose((matrix.T @ clean) @ gradients, np.zeros(K), atol=1e-6)


def test_a_label_that_only_an_unlikely_class_can_have():
  # Pairs: label 1 comes from 0 or 1, both far below the others; -log (0.3 p_0).
  logits = np.full(K, 0.0, np.float32)
  logits[:2] = [-300, -500]
  value = losses.forward_correction(MATRICES["pairs"])(logits, 1)
  assert value == pytest.approx(300 - np.log(0.3) + np.log(5), rel=1e-5)


@both_ways
def test_losses_of_one_matrix_are_one_to_jit(way):
  correct, matrix = BOTH[way], MATRICES["symmetric"]
  assert correct(matrix) == correct(matrix.copy())
  assert hash(correct(matrix)) == hash(correct(matrix.tolist()))
  assert correct(matrix) != correct(noise.symmetric_matrix(K, 0.3))
  assert losses.forward_correction(matrix) != losses.backward_correction(matrix)
  assert len(repr(correct(matrix))) < 100


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
  with pytest.raises(ValueError, match=r"^logits: .*, must be float\[\.\.\., 3\], as from"):
    BOTH[way](np.eye(3))(LOGITS, LABELS)

import jax
import numpy as np
import pytest

from noisy_jax import losses
from noisy_jax.analysis import theory
from tests.analysis.theory.label_curves_test import rising
from tests.losses.properties_test import properties

SYMMETRIC_NOISE = np.full((3, 3), 0.25) + 0.25 * np.eye(3)
# Row by row, the clean label is 1.1, 1.45 and 9 times as likely as the next.
UNEVEN_NOISE = np.array([[0.44, 0.4, 0.16], [0.17, 0.49, 0.34], [0.1, 0.0, 0.9]])
# The second class is mostly taken for the first.
MISLEADING_NOISE = np.array([[1.0, 0.0, 0.0], [0.5, 0.4, 0.1], [0.0, 0.4, 0.6]])

MAE_STAR = losses.with_logit_bias(losses.mae, 0.3)
# Neither convex nor concave; |l'| varies by 1.17.
MIXED = losses.parse("aul(a=3, q=0.1) + agce")


def symmetric(loss):
  return theory.label_sum(loss, 3, key=jax.random.key(1)).is_symmetric


@pytest.mark.parametrize("name", ["mae", "nce", "nfl", "ngce", "ael", "bi_tempered"])
def test_symmetric_where_the_table_says_so(name):
  loss, known, compute = properties(name)
  assert symmetric(loss) == compute(known.symmetric)


def test_sums_over_labels_have_the_right_size_and_tell_symmetry():
  sums = theory.label_sum(losses.mae, 200, key=jax.random.key(0))
  np.testing.assert_allclose(sums, [2 * 199, 2 * 199], rtol=1e-6)
  # At most K - 1 and at least K - K^(1 - q), over q.
  sums = theory.label_sum(losses.parse("gce"), 10, key=jax.random.key(0))
  np.testing.assert_allclose(sums, [(10 - 10**0.3) / 0.7, 9 / 0.7], rtol=2e-2)
  assert symmetric(losses.parse("10*nce + mae"))
  assert not symmetric(losses.parse("10*nce + ce"))
  assert not symmetric(losses.parse("gce(q=0.99)"))
  assert not symmetric(losses.with_logit_bias(losses.mae, 0.1))
  with pytest.raises(ValueError, match=r"^num_classes: 1, must be a whole number from 2"):
    theory.label_sum(losses.mae, 1, key=jax.random.key(0))


@pytest.mark.parametrize("noise", [SYMMETRIC_NOISE, UNEVEN_NOISE, MISLEADING_NOISE])
@pytest.mark.parametrize("text", ["mae", "agce", "aul(a=3, q=0.1)", "gce", "ngce", "MAE*"])
def test_noise_tolerance_is_what_brute_force_finds(text, noise):
  loss = MAE_STAR if text == "MAE*" else losses.parse(text)
  # Each of these losses is least where its label is certain, and nowhere else.
  failing = tuple(
    clean
    for clean, weights in enumerate(noise)
    if theory.minimizer(loss, weights).probabilities[clean] < 1 - 1e-6
  )
  found = theory.is_noise_tolerant(loss, noise)
  if text == "ngce" and noise is UNEVEN_NOISE:
    # Not claimed where the wrong labels are not equally likely, though it may hold.
    assert set(failing) <= set(found.failing_classes)
  else:
    assert found.failing_classes == failing
  assert found.holds == bool(found) == (not found.failing_classes)


@pytest.mark.parametrize("factor", [0.99, 1.01])
def test_mae_star_needs_a_clean_label_exp_2_eps_times_as_likely(factor):
  clean = factor * np.exp(2 * 0.3)
  weights = np.array([clean, 1.0, 0.0]) / (clean + 1)
  noise = np.stack([weights, np.roll(weights, 1), np.roll(weights, 2)])
  assert bool(theory.is_noise_tolerant(MAE_STAR, noise)) == (factor > 1)
  # Near the limit the minimum is near the vertex, where the grid is fine.
  best = theory.minimizer(MAE_STAR, weights).probabilities
  assert (best[0] == 1) == (factor > 1)


@pytest.mark.parametrize("num_classes", [3, 10])
@pytest.mark.parametrize("text", ["mae", "nce"])
def test_symmetric_losses_bear_symmetric_noise_below_its_limit(text, num_classes):
  for rate, holds in ((0.98, True), (1.0, False), (1.02, False)):
    rate *= (num_classes - 1) / num_classes
    noise = np.full((num_classes, num_classes), rate / (num_classes - 1))
    np.fill_diagonal(noise, 1 - rate)
    assert bool(theory.is_noise_tolerant(losses.parse(text), noise)) == holds


def test_neither_convex_nor_concave_has_a_factor_that_suffices():
  enough = theory.variation_ratio(MIXED)
  best = theory.minimizer(MIXED, [1.01 * enough, 1.0, 0.9])
  np.testing.assert_allclose(best.probabilities, [1, 0, 0], atol=1e-6)
  assert theory.is_noise_tolerant(MIXED, SYMMETRIC_NOISE)
  unsure = theory.is_noise_tolerant(MIXED, UNEVEN_NOISE)
  assert unsure.failing_classes == (0,)
  assert f"at least {enough:.4g} times as likely as any other, to be sure" in unsure.reason


@pytest.mark.parametrize(
  "text, failing, need",
  [
    ("mae", (1,), "the likeliest"),
    ("ce", (1, 2), "the only one"),
    # (1.6 / 0.6)^0.4.
    ("agce", (1,), "at least 1.48 times as likely as any other"),
    ("nce", (1, 2), "the likeliest and all others equally likely, to be sure"),
    ("ls", (1, 2),
     "the only one, to be sure: it is neither symmetric nor a function of p_k alone"),
  ],
)  # fmt: skip
def test_noise_tolerance_says_why(text, failing, need):
  loss = losses.parse(text)
  reason = f"for {text} the clean label must be {need}"
  assert theory.is_noise_tolerant(loss, MISLEADING_NOISE) == (False, failing, reason)
  assert theory.is_noise_tolerant(loss, np.eye(3))


def test_refuses_what_is_no_transition_matrix_and_a_loss_that_rises():
  with pytest.raises(ValueError, match=r"^matrix: row 1 sums to 0.9, must sum to 1"):
    theory.is_noise_tolerant(losses.mae, [[1, 0], [0.5, 0.4]])
  with pytest.raises(ValueError, match=r"^loss: rising, must fall as p_k rises$"):
    theory.is_noise_tolerant(rising, np.eye(2))

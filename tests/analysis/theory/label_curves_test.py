import functools
import re

import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses
from noisy_jax.analysis import theory
from tests.losses.properties_test import properties

OF_LABEL = [n for n in losses.NAMES if losses.PROPERTIES[n].of_label_alone]


def flat(logits, labels):
  return jnp.zeros(labels.shape)


def rising(logits, labels):
  return jnp.exp(losses.label_log_prob(logits, labels))


def test_curve_has_value_and_slope_up_to_both_ends():
  curve = theory.label_curve(losses.parse("3*gce(q=0.5)"))
  p, wrong = 1 / (1 + np.exp(-curve.log_odds)), 1 / (1 + np.exp(curve.log_odds))
  assert 0 < p[0] < 1e-26
  assert 0 < wrong[-1] < 1e-26
  np.testing.assert_allclose(curve.slope, -3 * p**-0.5, rtol=1e-5)
  near_one = p > 0.9
  expected = -6 * np.expm1(0.5 * np.log1p(-wrong[near_one]))
  np.testing.assert_allclose(curve.value[near_one], expected, rtol=1e-5)
  np.testing.assert_allclose(curve.value[~near_one], 6 * (1 - p[~near_one] ** 0.5), 1e-5)
  assert curve.slope_at_zero == -np.inf
  assert curve.slope_at_one == pytest.approx(-3)


@pytest.mark.parametrize("name", OF_LABEL)
def test_asymmetry_ratio_is_that_of_the_table(name):
  loss, known, compute = properties(name)
  factor = float(compute(known.asymmetric))
  ratio = theory.asymmetry_ratio(loss)
  assert ratio == pytest.approx(1 / factor, rel=1e-5, nan_ok=True)


@pytest.mark.parametrize(
  "text, shape, variation, asymmetry",
  [
    ("0.1*rce", "linear", 1, 1),
    ("gce(q=0.999)", "convex", np.inf, 0),
    ("aul(a=6, q=0.3)", "concave", (6 / 5) ** 0.7, 1),
    ("agce(a=1e-5, q=0.5)", "convex", 100001**0.5, 100001**-0.5),
    ("ael(a=0.03)", "convex", np.exp(1 / 0.03), np.exp(-1 / 0.03)),
    ("aul(a=2, q=2) + mae", "convex", 2 / 1.5, 1.5 / 2),
    ("polysoft(lam=2, d=1.4)", "concave", np.inf, 1),
  ],
)
def test_shape_and_ratios_have_their_closed_form(text, shape, variation, asymmetry):
  loss = losses.parse(text)
  assert theory.label_curve(loss).shape == shape
  assert theory.variation_ratio(loss) == pytest.approx(variation, rel=1e-4)
  assert theory.asymmetry_ratio(loss) == pytest.approx(asymmetry, rel=1e-4)


@pytest.mark.parametrize("eps", [-0.5, 0.5, 8.0])
def test_logit_bias_bends_mae(eps):
  # l = 2 (1 - p) / (1 + p (e^eps - 1)) has slopes -2 e^eps at 0 and -2 e^-eps at 1.
  loss = losses.with_logit_bias(losses.mae, eps)
  curve = theory.label_curve(loss)
  assert curve.shape == ("convex" if eps > 0 else "concave")
  ends = curve.slope_at_zero, curve.slope_at_one
  np.testing.assert_allclose(ends, [-2 * np.exp(eps), -2 * np.exp(-eps)], rtol=1e-4)
  assert theory.variation_ratio(loss) == pytest.approx(np.exp(2 * abs(eps)), rel=1e-4)
  asymmetry = np.exp(-2 * max(eps, 0))
  assert theory.asymmetry_ratio(loss) == pytest.approx(asymmetry, rel=1e-4)


def test_neither_convex_nor_concave_has_no_asymmetry_ratio():
  loss = losses.parse("aul(a=3, q=0.1) + agce")
  # -l' = (3 - p)^-0.9 + (0.6 + p)^-0.4, least inside.
  p = np.linspace(0, 1, 100001)
  steepness = (3 - p) ** -0.9 + (0.6 + p) ** -0.4
  assert theory.label_curve(loss).shape == "neither"
  assert np.isnan(theory.asymmetry_ratio(loss))
  expected = steepness.max() / steepness.min()
  assert theory.variation_ratio(loss) == pytest.approx(expected, rel=1e-4)


def test_takes_partial_losses():
  loss = functools.partial(losses.asymmetric_exponential, a=2.0)
  assert theory.asymmetry_ratio(loss) == pytest.approx(np.exp(-0.5), rel=1e-5)


def test_a_loss_of_the_logits_or_of_their_number_is_no_function_of_p_alone():
  def of_logits(logits, labels):
    label_logits = jnp.take_along_axis(logits, labels[:, None], axis=-1)
    return losses.mae(logits, labels) - 0.1 * label_logits[:, 0]

  def per_class(logits, labels):
    return losses.mae(logits, labels) / logits.shape[-1]

  # What ece makes of p_k depends on which class is the likeliest.
  for loss in (of_logits, per_class, losses.parse("ngce"), losses.parse("ece(m=1)")):
    with pytest.raises(ValueError, match="must be a function of p_k alone"):
      theory.label_curve(loss)


@pytest.mark.parametrize(
  "loss, problem",
  [
    (rising, "rising, must fall as p_k rises"),
    (losses.with_logit_bias(flat, 1.0), "flat with logit bias 1, must fall as p_k rises"),
    (losses.parse("ce + 2*ls"),
     "ce + 2*ls is 17.3 and 17.41 for the same p_k, must be a function of p_k alone"),
  ],
)  # fmt: skip
def test_says_what_is_wrong_with_a_loss(loss, problem):
  for call in (theory.asymmetry_ratio, theory.variation_ratio):
    with pytest.raises(ValueError, match=f"^loss: {re.escape(problem)}$"):
      call(loss)


def test_a_loss_of_clipped_logits_is_named_in_full():
  loss = losses.with_logit_clip(losses.mae, 1.5)
  with pytest.raises(ValueError, match=r"^loss: mae of logits clipped at 1\.5 is "):
    theory.label_curve(loss)

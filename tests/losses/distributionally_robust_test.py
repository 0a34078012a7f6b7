import functools

import chex
import jax
import numpy as np
import pytest

from noisy_jax import losses
from tests import references
from tests.losses import battery
from tests.losses.battery import *  # noqa: F403

LOGITS = 3 * np.random.default_rng(0).standard_normal((20, 6)).astype(np.float32)
LABELS = np.arange(20) % 6
ldr_kl = losses.label_distributionally_robust_kl
MARGINS = LOGITS - np.take_along_axis(LOGITS, LABELS[:, None], 1)


def case(lam=1.0, c=0.1):
  # The value is everywhere a difference, here of terms up to lam log 1000.
  return battery.Case(
    functools.partial(references.ldr_kl, lam=lam, c=c),
    functools.partial(references.gradient_of_ldr_kl, lam=lam, c=c),
    atol=3e-7 * max(1, lam) * np.log(1000),
    admits_minus_infinity=False,
  )


CASES = {
  "ldr_kl": case(),
  **{f"ldr_kl(lam={lam}, c={c})": case(lam=lam, c=c) for lam, c in ((0.1, 1), (10, 0.1))},
}


def test_a_small_lam_gives_the_largest_margin_and_a_large_one_the_mean():
  expected = (MARGINS + 0.5 * (np.arange(6) != LABELS[:, None])).max(-1)
  values = ldr_kl(LOGITS, LABELS, lam=1e-3, c=0.5)
  np.testing.assert_allclose(values, expected, atol=2e-3)
  values = ldr_kl(LOGITS, LABELS, lam=1e4, c=0.0)
  np.testing.assert_allclose(values, MARGINS.mean(-1), atol=1e-2)


def normalised(z):
  softplus = np.logaddexp(np.float64(z), 0)
  return softplus / softplus.mean()


@pytest.mark.parametrize("lam", [1.0, 10.0])
def test_logits_are_normalised_as_in_published_code(lam):
  def reference(z, k):
    return references.ldr_kl(normalised(z), k, lam=lam)

  loss = functools.partial(ldr_kl, lam=lam, normalize=True)
  values, gradients = jax.jit(jax.vmap(jax.value_and_grad(loss)))(LOGITS, LABELS)
  for z, k, value, gradient in zip(LOGITS, LABELS, values, gradients, strict=True):
    assert value == pytest.approx(reference(z, k), abs=2e-6 * lam)
    expected = references.central_difference(lambda z, k=k: reference(z, k), z)
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)


def test_normalised_logits_may_be_anything():
  @jax.jit
  def value_and_gradient(logits):
    return jax.value_and_grad(lambda z: ldr_kl(z, LABELS, normalize=True).sum())(logits)

  for shift in (-1e4, -100.0, -15.0, 1e4):
    logits = LOGITS + np.float32(shift)
    value, gradient = value_and_gradient(logits)
    chex.assert_tree_all_finite((value, gradient))
    if shift == -15.0:
      rows = zip(logits, LABELS, strict=True)
      expected = [references.ldr_kl(normalised(z), k) for z, k in rows]
      assert value == pytest.approx(np.sum(expected), rel=1e-5)

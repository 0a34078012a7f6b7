"""Normalized losses: the battery, and what a detached factor changes."""

import functools

import numpy as np

from noisy_jax import losses, per_logit_gradient
from tests import references
from tests.losses import battery
from tests.losses.battery import *  # noqa: F403

GENERALIZED = functools.partial(references.generalized_cross_entropy, q=0.7)


def of_share(loss, weight):
  return battery.Case(
    references.normalized(loss),
    references.gradient_of_share(loss, weight),
    admits_minus_infinity=False,
  )


CASES = {
  "nce": of_share(references.cross_entropy, np.ones_like),
  "nfl": of_share(references.focal, references.focal_weight),
  "ngce": of_share(GENERALIZED, lambda p: p**0.7),
}


def test_detached_it_has_the_value_but_holds_the_factors():
  detached = losses.parse("nfl(detach=True)")
  logits, labels = battery.batch(num=10)
  of_rows = list(zip(logits, labels, strict=True))
  values = [CASES["nfl"].value(row, k) for row, k in of_rows]
  np.testing.assert_allclose(detached(logits, labels), values, rtol=1e-5)
  gradient = references.gradient_of_share(references.focal, lambda p: (1 - p) ** 0.5)
  expected = [gradient(row, k)[0] for row, k in of_rows]
  found = per_logit_gradient(detached, logits, labels)
  np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-7)

import functools

import jax
import numpy as np
import pytest

from noisy_jax import losses
from tests import references
from tests.losses import battery
from tests.losses.battery import *  # noqa: F403


def case(admits_minus_infinity=False, **temperatures):
  # Near certainty the value is a difference of larger terms.
  return battery.Case(
    functools.partial(references.bi_tempered, **temperatures),
    functools.partial(references.gradient_of_bi_tempered, **temperatures),
    rtol=1e-4,
    atol=2e-6,
    admits_minus_infinity=admits_minus_infinity,
  )


CASES = {
  "bi_tempered": case(True),
  "bi_tempered(t1=0.5, t2=4)": case(True, t1=0.5, t2=4),
  **{
    f"bi_tempered(t1={t1}, t2={t2})": case(t1=t1, t2=t2)
    for t1, t2 in [(0.3, 0.9), (0.5, 1), (1, 1)]
  },
}


@pytest.mark.parametrize("std", [0.0, 1.0, 5.0])
def test_tempered_probabilities_add_up_to_one(std):
  logits = std * np.random.default_rng(0).standard_normal((8, 1000)).astype(np.float32)
  temperatures = np.float32([0.5, 0.9, 1.0, 1.05, 1.2, 2.0, 4.0, 10.0])
  of_all = jax.jit(
    lambda every: jax.lax.map(lambda t2: losses.tempered_softmax(logits, t2=t2), every)
  )
  p = np.asarray(of_all(temperatures), np.float64)
  np.testing.assert_allclose(p.sum(-1), np.ones((8, 8)), atol=1e-6)
  for of_t2, t2 in zip(p, temperatures, strict=True):
    expected = [references.tempered_softmax(z, float(t2)) for z in logits]
    np.testing.assert_allclose(of_t2, expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(
  "logits, t2, message",
  [
    (np.zeros((2, 3)), 0.0, r"t2: 0.0, must be in \(0, 10\]"),
    (np.zeros((2, 3)), np.ones(2), "t2: .*, must be a scalar"),
    (np.zeros((2, 0)), 1.2, "logits: .*, must be float"),
  ],
)
def test_what_is_no_tempered_softmax_is_refused(logits, t2, message):
  with pytest.raises(ValueError, match=message):
    losses.tempered_softmax(logits, t2=t2)

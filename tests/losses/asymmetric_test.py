import functools

import numpy as np

from noisy_jax import losses
from tests import references
from tests.losses import battery
from tests.losses.battery import *  # noqa: F403

CASES = {
  "aul": battery.of_label(references.aul, lambda p: p * (5.5 - p) ** 2),
  **{
    f"aul(a={a}, q={q})": battery.of_label(
      functools.partial(references.aul, a=a, q=q),
      lambda p, a=a, q=q: p * (a - p) ** (q - 1),
    )
    for a, q in ((3, 0.1), (1.05, 6))
  },
  "agce": battery.of_label(references.agce, lambda p: p * (0.6 + p) ** -0.4),
  **{
    f"agce(a={a}, q={q})": battery.of_label(
      functools.partial(references.agce, a=a, q=q),
      lambda p, a=a, q=q: p * (a + p) ** (q - 1),
    )
    for a, q in ((1.8, 3), (100, 0.6), (1e-5, 0.5))
  },
  "ael": battery.of_label(references.ael, lambda p: p / 2.5 * np.exp(-p / 2.5)),
}


def test_aul_holds_where_the_power_of_a_minus_1_underflows():
  logits, labels = battery.batch(num=20)
  values = losses.asymmetric_unhinged(logits, labels, a=1.0001, q=10.0)
  rows = zip(logits, labels, strict=True)
  expected = [references.aul(row, k, a=1.0001, q=10) for row, k in rows]
  np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-30)

import functools

import numpy as np
import pytest

from noisy_jax import losses
from tests import references
from tests.losses import battery
from tests.losses.battery import *  # noqa: F403

CASES = {
  "amse": battery.Case(
    references.amse, references.gradient_of_amse, admits_minus_infinity=False
  ),
  "amse(a=1)": battery.Case(
    functools.partial(references.amse, a=1),
    functools.partial(references.gradient_of_amse, a=1),
    admits_minus_infinity=False,
  ),
}


@pytest.mark.parametrize("a", [2.0, 5.0])
def test_the_clean_label_has_the_minimum_from_the_stated_weight_on(a):
  grid = np.arange(0, 1.00001, 0.005)
  first, second = np.meshgrid(grid, grid)
  simplex = np.stack([first, second, 1 - first - second], axis=-1)
  simplex = simplex[simplex[..., 2] > -1e-9]
  logits = np.log(np.clip(simplex, 1e-30, 1)).astype(np.float32)
  every = np.stack(
    [
      losses.asymmetric_mean_squared_error(logits, np.full(len(logits), i), a=a)
      for i in range(3)
    ],
    axis=1,
  )
  # w_m (a - 1) >= w_n a + w_n + w_o, with w_n = 1 and w_o = 0.7.
  least = (a + 1.7) / (a - 1)
  for weight, is_clean in ((0.97 * least, False), (1.03 * least, True)):
    best = simplex[np.argmin(np.float64(every) @ np.array([weight, 1.0, 0.7]))]
    assert (best[0] > 0.999) == is_clean

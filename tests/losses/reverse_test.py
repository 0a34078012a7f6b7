import functools

import numpy as np

from tests import references
from tests.losses import battery
from tests.losses.battery import *  # noqa: F403

A = -np.log(1e-4)
CASES = {
  "rce": battery.of_label(references.reverse_cross_entropy, lambda p: A * p),
  "rce(scale=4)": battery.of_label(
    functools.partial(references.reverse_cross_entropy, scale=4), lambda p: 4 * p
  ),
  "sce": battery.of_label(references.symmetric_cross_entropy, lambda p: 0.1 + A * p),
}

import functools

import numpy as np

from tests import references
from tests.losses import battery
from tests.losses.battery import *  # noqa: F403

CASES = {
  "mae": battery.of_label(references.mae, lambda p: 2 * p),
  "mae(scale=1)": battery.of_label(
    functools.partial(references.mae, scale=1.0), lambda p: p
  ),
  "gce": battery.of_label(references.generalized_cross_entropy, lambda p: p**0.7),
  "gce(q=0.1)": battery.of_label(
    functools.partial(references.generalized_cross_entropy, q=0.1), lambda p: p**0.1
  ),
  "gce(q=0)": battery.of_label(references.cross_entropy, np.ones_like),
}

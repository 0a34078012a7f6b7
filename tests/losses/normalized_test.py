import functools

import numpy as np

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

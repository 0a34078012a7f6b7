"""Mean absolute error and generalized cross-entropy: the battery, and their limits."""

import functools

import chex
import numpy as np

from noisy_jax import losses
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


def test_gce_lies_between_mae_and_cross_entropy():
  logits, labels = battery.batch()
  gce = losses.generalized_cross_entropy
  chex.assert_trees_all_close(
    gce(logits, labels, q=1.0), losses.mae(logits, labels, scale=1.0), rtol=1e-6
  )
  chex.assert_trees_all_close(
    gce(logits, labels, q=1e-6), losses.cross_entropy(logits, labels), rtol=1e-4
  )

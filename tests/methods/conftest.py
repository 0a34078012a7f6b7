"""A batch that tests of several methods share."""

import numpy as np
import pytest

from tests.methods.batches import K


@pytest.fixture(name="batch")
def a_batch():
  rng = np.random.default_rng(0)
  logits = rng.normal(size=(4, K)) * 2
  labels = np.array([0, 3, 3, 4], np.int32)
  return logits, labels

import functools
import re

import chex
import jax
import numpy as np
import pytest

from noisy_jax import losses

LOGITS = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
LABELS = np.array([0, 1, 2, 3, 0])


def hinge(logits, labels):
  return 1 - losses.label_log_prob(logits, labels)


def test_a_sum_is_the_sum_of_its_weighted_losses():
  loss = losses.weighted_sum((1, hinge), (-0.1, losses.mae))
  expected = hinge(LOGITS, LABELS) - 0.1 * losses.mae(LOGITS, LABELS)
  chex.assert_trees_all_close(loss(LOGITS, LABELS), expected, rtol=1e-6)


def test_equal_sums_are_compiled_once():
  compilations = 0

  @functools.partial(jax.jit, static_argnums=0)
  def total(loss, logits):
    nonlocal compilations
    compilations += 1
    return loss(logits, LABELS).sum()

  for weight in (2, 2.0, np.float32(2)):
    biased = losses.with_logit_bias(losses.mae, 1.0)
    total(losses.weighted_sum((weight, hinge), (1, biased)), LOGITS)
  assert compilations == 1
  assert losses.weighted_sum((1, hinge)) != losses.weighted_sum((2, hinge))


@pytest.mark.parametrize(
  "terms, message",
  [
    ((), "terms: none, must be at least one pair of a weight and a loss"),
    (((np.inf, hinge),), "weight: inf, must be in (-inf, inf)"),
    (((1, hinge), (np.nan, hinge)), "weight: nan, must be in (-inf, inf)"),
  ],
)
def test_what_is_no_sum_is_refused(terms, message):
  with pytest.raises(ValueError, match=re.escape(message)):
    losses.weighted_sum(*terms)

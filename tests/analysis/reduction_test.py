import functools

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses
from noisy_jax.analysis import initial_error, reduction, samples

REDUCIBLE = {
  "ce", "ls", "mae", "rce", "sce", "gce", "fl", "nce", "aul", "agce", "ael", "taylor_ce",
  "phuber_ce", "polysoft", "js", "gjs",
}  # fmt: skip
OF_SUMS = ["10*nce + 0.1*agce(a=1.8, q=3)", "ls + fl(gamma=2, detach=True)", "gce(q=0)"]
Z = np.linspace(-4, 12, 9, dtype=np.float32)


def both_paths(loss, num_classes, logit_std=1.0):
  @jax.jit
  def averages(others):
    fast = initial_error.by_statistics(loss, Z, reduction.reduce(others))
    return fast, initial_error.by_gradients(loss, Z, others)

  return averages(samples.draw(num_classes, jax.random.key(1), logit_std, 50))


def test_every_loss_is_either_reduced_or_known_not_to_be():
  for name, function in losses.NAMES.items():
    assert reduction.is_reducible(losses.parse(name)) == (name in REDUCIBLE)
    assert reduction.is_reducible(function) == (name in REDUCIBLE)
  assert not reduction.is_reducible(losses.parse("nce + nfl"))
  assert not reduction.is_reducible(losses.weighted_sum((1, losses.mae), (1, losses.nfl)))
  assert not reduction.is_reducible(lambda logits, labels: losses.mae(logits, labels))


# Of each single loss, initial_error_test has the same on 200 classes.
@pytest.mark.parametrize("name", ["mae", "ls", "nce", *OF_SUMS])
@pytest.mark.parametrize("num_classes", [2, 30])
def test_both_paths_agree_draw_by_draw(name, num_classes):
  fast, slow = both_paths(losses.parse(name), num_classes, logit_std=1.5)
  chex.assert_trees_all_close(fast.mean, slow.mean, rtol=1e-4, atol=1e-7)
  np.testing.assert_allclose(fast.standard_error, slow.standard_error, 1e-3, 1e-7)


def test_biased_partial_and_summed_losses_are_reduced_too():
  gce = functools.partial(losses.generalized_cross_entropy, q=0.3)
  of_both = losses.weighted_sum((2, losses.with_logit_bias(losses.mae, 2.0)), (-0.5, gce))
  for loss in [losses.with_logit_bias(gce, 1.0), of_both]:
    assert reduction.is_reducible(loss)
    fast, slow = both_paths(loss, 20)
    chex.assert_trees_all_close(fast.mean, slow.mean, rtol=1e-4, atol=1e-7)


def test_hyperparameters_may_be_traced():
  others = reduction.reduce(samples.draw(20, jax.random.key(1), 1.0, 50))

  @jax.jit
  def total(q):
    return reduction.of_name("gce", jnp.zeros(()), others, q=q).sum()

  assert total(0.5) == pytest.approx(reduction.of_name("gce", 0.0, others, q=0.5).sum())


@pytest.mark.parametrize("num_classes, logit_std", [(2, 1.0), (37, 0.5), (1000, 1.0)])
def test_the_shared_draws_are_those_of_each_number_of_classes(num_classes, logit_std):
  shared = samples.fixed_sample(losses.mae, num_classes, logit_std)
  drawn = samples.normal_sample(True, num_classes, jax.random.key(0), logit_std)
  assert shared.num_draws == drawn.num_draws
  for found, expected in zip(shared.others, drawn.others, strict=True):
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-5)


def test_the_draws_are_the_same_where_jax_has_64_bits():
  logits, key = np.random.default_rng(0).standard_normal((50, 9)), jax.random.key(0)

  def draws():
    return samples.draw(5, key, 1.0, 3), samples.logits_sample(False, 9, key, logits).others

  found = draws()
  with jax.enable_x64(True):
    chex.assert_trees_all_equal(draws(), found)

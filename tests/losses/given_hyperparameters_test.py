"""Hyperparameters of losses: refused out of range, traced, differentiated, of any width."""

import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses
from tests.losses.battery import batch


@pytest.mark.parametrize(
  "loss, keyword, values, interval",
  [
    (losses.generalized_cross_entropy, "q", [-0.5, 1.1, np.nan], "[0, 1]"),
    (losses.label_smoothing, "alpha", [1.5, np.float32(2)], "(-inf, 1]"),
    (losses.normalized_focal, "gamma", [-1, np.inf], "[0, inf)"),
    (losses.reverse_cross_entropy, "scale", [-4], "(0, inf)"),
    (losses.bi_tempered, "t2", [0, 10.1], "(0, 10]"),
    (losses.taylor_cross_entropy, "t", [0, 101, np.nan], "[1, 100]"),
    (losses.partially_huberized_cross_entropy, "tau", [0.9, np.inf], "[1, inf)"),
    (losses.polysoft_cross_entropy, "lam", [0, -1, np.inf], "(0, inf)"),
    (losses.polysoft_cross_entropy, "d", [1, 0.5, np.nan], "(1, inf)"),
  ],
)
def test_hyperparameters_out_of_range_are_refused(loss, keyword, values, interval):
  logits, labels = batch(num=2)
  for value in values:
    message = re.escape(f"{keyword}: {value}, must be in {interval}")
    with pytest.raises(ValueError, match=message):
      loss(logits, labels, **{keyword: value})


@pytest.mark.parametrize(
  "name, keyword, values",
  [
    ("mae", "scale", [0.5, 2.0]),
    ("rce", "scale", [4.0, 9.0]),
    ("sce", "alpha", [0.1, 6.0]),
    ("sce", "beta", [0.1, 1.0]),
    ("sce", "scale", [1.0, 9.0]),
    ("ls", "alpha", [-0.1, 0.1]),
    ("gce", "q", [0.0, 1e-4, 0.3, 1.0]),
    ("fl", "gamma", [0.0, 0.5, 2.0]),
    ("nfl", "gamma", [0.0, 0.5, 2.0]),
    ("ngce", "q", [0.0, 1e-4, 0.7]),
    ("agce", "a", [0.6, 6.0]),
    ("agce", "q", [0.6, 3.0]),
    ("aul", "a", [1.5, 6.3]),
    ("aul", "q", [0.1, 3.0]),
    ("ael", "a", [1.5, 5.0]),
    ("bi_tempered", "t1", [0.2, 0.8, 0.999, 1.0]),
    ("bi_tempered", "t2", [0.8, 0.999, 1.0, 1.2, 4.0]),
    ("phuber_ce", "tau", [1.5, 10.0]),
    ("polysoft", "lam", [0.5, 2.0, 5.0, 1000.0]),
    ("polysoft", "d", [1.01, 1.5, 2.0, 30.0]),
    ("js", "pi", [0.01, 0.3, 0.9]),
    ("gjs", "pi", [0.1, 0.5]),
    ("nnce", "p_min", [0.01, 0.1]),
    ("nnfl", "p_min", [0.01, 0.1]),
    ("nnfl", "gamma", [0.0, 0.5, 2.0]),
    ("ece", "m", [0.1, 1.0, 1e4]),
    ("ece", "q_min", [0.01, 0.1, 0.3]),
    ("ldr_kl", "lam", [0.5, 1.0, 4.0]),
    ("ldr_kl", "c", [0.1, 1.0]),
    ("amse", "a", [1.5, 30.0]),
  ],
)
def test_hyperparameters_may_be_traced_and_differentiated(name, keyword, values):
  loss = losses.NAMES[name]
  logits, labels = batch(num=4)

  def total(value, logits=logits):
    return loss(logits, labels, **{keyword: value}).sum()

  swept, slopes = jax.jit(jax.vmap(jax.value_and_grad(total)))(jnp.array(values))
  np.testing.assert_allclose(swept, [total(value) for value in values], rtol=1e-5)
  values = np.array(values)
  # One-sided differences at the ends of a range.
  is_end = (values == 0) | ((name == "gce") & (values == 1))
  below = np.where(values == 0, values, values - 1e-5)
  above = np.where(is_end & (values == 1), values, values + 1e-5)
  with jax.enable_x64(True):
    exact = functools.partial(total, logits=logits.astype(np.float64))

    @jax.jit
    def in_all_ways(values, below, above):
      of_all = jax.vmap(exact)
      differences = (of_all(above) - of_all(below)) / (above - below)
      return differences, *(jax.vmap(d(exact))(values) for d in (jax.grad, jax.jacfwd))

    expected, *wide = in_all_ways(values, below, above)
  np.testing.assert_allclose(slopes[is_end], expected[is_end], rtol=1e-3)
  np.testing.assert_allclose(slopes[~is_end], expected[~is_end], rtol=1e-4, atol=1e-6)
  for slope in wide:
    np.testing.assert_allclose(slope, slopes, rtol=1e-4, atol=1e-6)


def test_the_tables_of_hyperparameters_are_complete():
  (traced,) = (
    mark.args[1]
    for mark in test_hyperparameters_may_be_traced_and_differentiated.pytestmark
  )
  everything = {
    (name, keyword)
    for name in losses.NAMES
    for keyword, default in losses.defaults(name).items()
    if isinstance(default, float)
  }
  assert {(name, keyword) for name, keyword, _ in traced} == everything
  ranges = {(n, k) for n, known in losses.PROPERTIES.items() for k in known.ranges}
  assert ranges == everything


@pytest.mark.parametrize("dtype", [np.float16, jnp.bfloat16])
def test_narrow_hyperparameters_lose_nothing_more(dtype):
  logits, labels = batch(num=3)
  for name, keyword, value in [("gce", "q", 0.0), ("aul", "a", 5.5), ("agce", "a", 0.5)]:
    narrow = losses.NAMES[name](logits, labels, **{keyword: jnp.asarray(value, dtype)})
    wide = losses.NAMES[name](logits, labels, **{keyword: value})
    np.testing.assert_allclose(narrow, wide, rtol=1e-6)


def test_wide_numbers_do_not_widen_the_result():
  logits, labels = batch(num=3)
  with jax.enable_x64(True):
    for name in losses.NAMES:
      for keyword, default in losses.defaults(name).items():
        value = default if isinstance(default, bool) else np.float64(default)
        for wide in (value, np.asarray(value)):
          assert losses.NAMES[name](logits, labels, **{keyword: wide}).dtype == jnp.float32

import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses
from tests.losses.battery import batch


@pytest.mark.parametrize(
  "name, keyword, value, interval",
  [
    ("gce", "q", np.nan, "[0, 1]"),
    ("ls", "alpha", np.float32(2), "(-inf, 1]"),
    ("nfl", "gamma", np.inf, "[0, inf)"),
    ("taylor_ce", "t", np.nan, "[1, 100]"),
    ("taylor_ce", "t", 101, "[1, 100]"),
    ("phuber_ce", "tau", np.inf, "[1, inf)"),
    ("polysoft", "lam", np.inf, "(0, inf)"),
  ],
)
def test_hyperparameters_out_of_range_are_refused(name, keyword, value, interval):
  message = re.escape(f"{keyword}: {value}, must be in {interval}")
  with pytest.raises(ValueError, match=message):
    losses.NAMES[name](*batch(num=2), **{keyword: value})


TRACED = {
  "mae": {"scale": [0.5, 2]}, "rce": {"scale": [4, 9]}, "ls": {"alpha": [-0.1, 0.1]},
  "sce": {"alpha": [0.1, 6], "beta": [0.1, 1], "scale": [1, 9]}, "amse": {"a": [1.5, 30]},
  "gce": {"q": [0, 1e-4, 0.3, 1]}, "ngce": {"q": [0, 1e-4, 0.7]}, "ael": {"a": [1.5, 5]},
  "fl": {"gamma": [0, 0.5, 2]}, "nfl": {"gamma": [0, 0.5, 2]}, "gjs": {"pi": [0.1, 0.5]},
  "agce": {"a": [0.6, 6], "q": [0.6, 3]}, "aul": {"a": [1.5, 6.3], "q": [0.1, 3]},
  "bi_tempered": {"t1": [0.2, 0.8, 0.999, 1], "t2": [0.8, 0.999, 1, 1.2, 4]},
  "phuber_ce": {"tau": [1.5, 10]}, "js": {"pi": [0.01, 0.3, 0.9]},
  "polysoft": {"lam": [0.5, 2, 5, 1000], "d": [1.01, 1.5, 2, 30]},
  "nnce": {"p_min": [0.01, 0.1]}, "nnfl": {"p_min": [0.01, 0.1], "gamma": [0, 0.5, 2]},
  "ece": {"m": [0.1, 1, 1e4], "q_min": [0.01, 0.1, 0.3]},
  "ldr_kl": {"lam": [0.5, 1, 4], "c": [0.1, 1]},
}  # fmt: skip


@pytest.mark.parametrize(
  "name, keyword", [(name, keyword) for name in TRACED for keyword in TRACED[name]]
)
def test_hyperparameters_may_be_traced_and_differentiated(name, keyword):
  loss, values = losses.NAMES[name], np.array(TRACED[name][keyword], float)
  logits, labels = batch(num=4)

  def total(value, logits=logits):
    return loss(logits, labels, **{keyword: value}).sum()

  swept, slopes = jax.jit(jax.vmap(jax.value_and_grad(total)))(np.float32(values))
  np.testing.assert_allclose(swept[-1], total(float(values[-1])), rtol=1e-5)
  # One-sided differences at the ends of a range.
  is_end = (values == 0) | ((name == "gce") & (values == 1))
  below = np.where(values == 0, values, values - 1e-5)
  above = np.where(is_end & (values == 1), values, values + 1e-5)
  with jax.enable_x64(True):
    exact = functools.partial(total, logits=logits.astype(np.float64))

    @jax.jit
    def in_all_ways(values, below, above):
      of_above, of_below = jax.vmap(jax.vmap(exact))(jnp.stack([above, below]))
      differences = (of_above - of_below) / (above - below)
      return differences, *(jax.vmap(d(exact))(values) for d in (jax.grad, jax.jacfwd))

    expected, *wide = in_all_ways(values, below, above)
  np.testing.assert_allclose(slopes[is_end], expected[is_end], rtol=1e-3)
  np.testing.assert_allclose(slopes[~is_end], expected[~is_end], rtol=1e-4, atol=1e-6)
  for slope in wide:
    np.testing.assert_allclose(slope, slopes, rtol=1e-4, atol=1e-6)


def test_the_tables_of_hyperparameters_are_complete():
  everything = {
    (name, keyword)
    for name in losses.NAMES
    for keyword, default in losses.defaults(name).items()
    if isinstance(default, float)
  }
  assert {(name, keyword) for name in TRACED for keyword in TRACED[name]} == everything
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
    for name, loss in losses.NAMES.items():
      for keyword, default in losses.defaults(name).items():
        value = default if isinstance(default, bool) else np.float64(default)
        for wide in (value, np.asarray(value)):
          given = functools.partial(loss, labels=labels, **{keyword: wide})
          of = (
            jax.eval_shape(given, logits) if isinstance(default, float) else given(logits)
          )
          assert of.dtype == jnp.float32

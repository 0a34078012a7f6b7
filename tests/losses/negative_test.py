import functools
import inspect
import re
import sys
import textwrap

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from noisy_jax import losses, per_logit_gradient
from tests import references
from tests.losses import battery, cross_entropy_test, normalized_test
from tests.losses.battery import *  # noqa: F403

LOGITS = 3 * np.random.default_rng(0).standard_normal((20, 6)).astype(np.float32)
LABELS = np.arange(20) % 6
nnce, nnfl = losses.normalized_negative_cross_entropy, losses.normalized_negative_focal
both = pytest.mark.parametrize("loss", [nnce, nnfl])


NEGATIVE_FOCAL = functools.partial(references.gain, gamma=0.5)


def has_gain(p):
  return np.float64(p > 1e-7)


def of_rest(gain, slope):
  return battery.Case(
    references.normalized_negative(gain), references.gradient_of_rest(gain, slope)
  )


CASES = {
  "nnce": of_rest(references.gain, has_gain),
  "nnfl": of_rest(
    NEGATIVE_FOCAL, lambda p: np.where(p > 1e-7, references.focal_weight(p), 0)
  ),
}


@both
def test_a_wrong_class_below_p_min_is_left_alone(loss):
  logits = np.float32([-20, 0, 1, 2])
  gradient = np.asarray(per_logit_gradient(loss, logits, 1))
  # Its only part is in the normaliser of the others' probabilities.
  assert 0 <= abs(gradient[0]) < 1e-8
  without = np.asarray(per_logit_gradient(loss, logits[1:], 0))
  np.testing.assert_allclose(gradient[1:], without, rtol=1e-5)


@both
def test_where_no_class_reaches_p_min_there_is_no_loss(loss):
  assert np.isnan(loss(np.zeros(8, np.float32), 3, p_min=0.2))


def test_the_l1_term_of_the_docstring_adds_its_gradient():
  module = sys.modules[nnce.__module__]
  (snippet,) = re.findall(r":\n\n(    def .*?)\n\n\S", inspect.getdoc(module), re.S)
  names = dict(jax=jax, jnp=jnp, optax=optax, delta=0.1, optimizer=optax.sgd(1.0))
  exec(textwrap.dedent(snippet), names)
  params = {"a": jnp.array([2.0, -3.0, 0.0]), "b": jnp.array(-1.0)}

  def mean(params):
    return nnce(params["a"] + params["b"], 1)

  def with_l1(params):
    return mean(params) + 0.1 * sum(jnp.abs(w).sum() for w in jax.tree.leaves(params))

  optimizer = names["optimizer"]
  updates, _ = optimizer.update(jax.grad(mean)(params), optimizer.init(params), params)
  expected = jax.tree.map(jnp.negative, jax.grad(with_l1)(params))
  # At 0 jax takes 1 for the derivative of the absolute value, which has none.
  updates["a"], expected["a"] = updates["a"][:2], expected["a"][:2]
  chex.assert_trees_all_close(updates, expected, rtol=1e-6)


HELD = {
  "fl(detach=True)": (
    cross_entropy_test.CASES["fl"],
    references.gradient_of_label(lambda p: (1 - p) ** 0.5),
  ),
  "nfl(detach=True)": (
    normalized_test.CASES["nfl"],
    references.gradient_of_share(references.focal, lambda p: (1 - p) ** 0.5),
  ),
  "nnfl(detach=True)": (
    CASES["nnfl"],
    of_rest(NEGATIVE_FOCAL, lambda p: (1 - p) ** 0.5 * has_gain(p)).gradient,
  ),
}


@pytest.mark.parametrize("text", HELD)
def test_detached_a_focal_loss_has_the_value_but_holds_the_factors(text):
  (case, gradient), loss = HELD[text], losses.parse(text)
  logits, labels = battery.batch(num=10)
  of_rows = list(zip(logits, labels, strict=True))
  values = [case.value(row, k) for row, k in of_rows]
  np.testing.assert_allclose(loss(logits, labels), values, rtol=1e-5)
  found = per_logit_gradient(loss, logits, labels)
  expected = [gradient(row, k)[0] for row, k in of_rows]
  np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-7)

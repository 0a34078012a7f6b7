"""Soft labels: the sum over labels that is meant, and its gradient, in float64 numpy."""

import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses
from tests import references

K = 6
RNG = np.random.default_rng(0)
# Rows from nearly equal logits to a class that is nearly certain.
LOGITS = (RNG.standard_normal((8, K)) * [[0.1]] * np.exp(np.arange(8))[:, None]).astype(
  np.float32
)
TARGETS = RNG.dirichlet(np.ones(K), 8).astype(np.float32)
TARGETS[0] = np.eye(K)[2]
# A label twice, and one of no weight.
MIXTURE = losses.LabelMixture(
  np.array([[0, 1], [2, 2], [5, 3], [1, 0], [4, 5], [3, 0], [2, 4], [0, 5]]),
  np.stack([[0.3, 0.9, 1.0, 0.5, 0.2, 0.6, 0.0, 0.7]] * 2, -1).astype(np.float32),
)
MIXTURE.weights[:, 1] = 1 - MIXTURE.weights[:, 0]
EPS = 1.5


def biased(function):
  """Each term has the bias on its own class."""
  return lambda z, k: function(np.asarray(z, np.float64) + EPS * np.eye(len(z))[k], k)


MAE_GRADIENT = references.gradient_of_label(lambda p: 2 * p)
GCE_GRADIENT = references.gradient_of_label(lambda p: p**0.7)
NCE_GRADIENT = references.gradient_of_share(references.cross_entropy, np.ones_like)
CE_GRADIENT = references.gradient_of_label(lambda p: 1.0)
CASES = {
  "mae": (losses.mae, references.mae, MAE_GRADIENT),
  "mae star": (
    losses.with_logit_bias(losses.mae, EPS),
    biased(references.mae),
    biased(MAE_GRADIENT),
  ),
  "gce star": (
    losses.with_logit_bias(losses.parse("gce"), EPS),
    biased(references.generalized_cross_entropy),
    biased(GCE_GRADIENT),
  ),
  "ce": (losses.ce, references.cross_entropy, CE_GRADIENT),
  # In turn, as it needs the other classes.
  "nce star": (
    losses.with_logit_bias(losses.parse("nce"), EPS),
    biased(references.normalized(references.cross_entropy)),
    biased(NCE_GRADIENT),
  ),
}


def dense(targets):
  """Weights of all classes, float64[n, K]."""
  if not isinstance(targets, losses.LabelMixture):
    return np.float64(targets)
  rows = np.zeros((len(targets.labels), K))
  for row, labels, weights in zip(rows, *targets, strict=True):
    np.add.at(row, labels, weights)
  return rows


@functools.partial(jax.jit, static_argnums=0)
def values_and_gradient(loss, logits, targets):
  values, pull = jax.vjp(lambda z: loss(z, targets), logits)
  return values, pull(jnp.ones_like(values))[0]


@pytest.mark.parametrize("targets", [TARGETS, MIXTURE], ids=["all classes", "two labels"])
@pytest.mark.parametrize("name", CASES)
def test_the_loss_is_the_sum_by_hand_and_so_is_its_gradient(name, targets):
  loss, value, gradient = CASES[name]
  found = values_and_gradient(losses.with_soft_labels(loss), LOGITS, targets)
  for z, y, *of_row in zip(LOGITS, dense(targets), *found, strict=True):
    expected = sum(y[k] * value(z, k) for k in range(K))
    slopes, sizes = zip(*(gradient(z, k) for k in range(K)), strict=True)
    np.testing.assert_allclose(of_row[0], expected, rtol=2e-6, atol=1e-30)
    # Each entry is a sum of terms, which rounds against them.
    room = 1e-5 * (y @ np.array(sizes)) + 1e-35
    assert (abs(of_row[1] - y @ np.array(slopes)) <= room).all()


def test_a_mixture_of_mae_star_is_the_two_losses_at_a_thousand_classes():
  rng = np.random.default_rng(1)
  logits = rng.standard_normal((64, 1000)).astype(np.float32)
  a, b = rng.integers(1000, size=(2, 64))
  w = rng.uniform(size=64).astype(np.float32)
  mae_star = losses.with_logit_bias(losses.mae, 4.84)
  mixture = losses.LabelMixture(np.stack([a, b], -1), np.stack([w, 1 - w], -1))
  values, gradient = values_and_gradient(losses.with_soft_labels(mae_star), logits, mixture)

  def two(z):
    return w * mae_star(z, a) + (1 - w) * mae_star(z, b)

  expected, pull = jax.vjp(two, logits)
  np.testing.assert_allclose(values, expected, rtol=1e-6)
  np.testing.assert_allclose(gradient, pull(jnp.ones(64))[0], rtol=1e-5, atol=1e-9)
  by_hand = [
    s * 2 * (1 - references.softmax(z + 4.84 * np.eye(1000)[i])[i])
    + (1 - s) * 2 * (1 - references.softmax(z + 4.84 * np.eye(1000)[j])[j])
    for z, i, j, s in zip(np.float64(logits), a, b, np.float64(w), strict=True)
  ]
  np.testing.assert_allclose(values, by_hand, rtol=1e-6)


def test_every_loss_of_the_label_alone_is_the_sum_that_any_function_gets():
  names = [n for n, known in losses.PROPERTIES.items() if known.of_label_alone]
  assert {"ce", "mae", "gce", "agce", "js", "polysoft"} <= set(names)

  mixture = losses.LabelMixture(*(leaf[:3] for leaf in MIXTURE))

  @jax.jit
  def both(logits):
    def of_loss(loss):
      soft = losses.with_soft_labels(loss)
      return jax.value_and_grad(lambda z: soft(z, mixture).sum())(logits)

    # A function of one's own, of which nothing is known, is computed label by label.
    own = {name: lambda z, k, f=losses.NAMES[name]: f(z, k) for name in names}
    return [(of_loss(losses.parse(name)), of_loss(own[name])) for name in names]

  close = functools.partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-7)
  for name, (found, expected) in zip(names, both(LOGITS[:3]), strict=True):
    jax.tree.map(functools.partial(close, err_msg=name), found, expected)


def test_one_label_is_the_loss_of_the_label_to_the_last_digits():
  # p_k from 1e-30 to 1 - 1e-30: the others must not be what is left of 1.
  logits = np.float32([[0, 69, 0, -3], [69, 0, -1, 0], [3, 1, -np.inf, 0], [-200, 0, 0, 0]])
  hard = losses.with_logit_bias(losses.mae, 0.5)
  expected = values_and_gradient(hard, logits, np.zeros(4, int))
  one_hot = np.eye(4, dtype=np.float32)[np.zeros(4, int)]
  certain = losses.LabelMixture(np.zeros((4, 1), int), np.ones(1, np.float32))
  for targets in (one_hot, certain):
    found = values_and_gradient(losses.with_soft_labels(hard), logits, targets)
    for actual, wanted in zip(found, expected, strict=True):
      np.testing.assert_allclose(actual, wanted, rtol=1e-5, atol=0)


def test_a_masked_class_costs_only_what_has_weight():
  logits = np.float32([1.0, -np.inf, 0.0])
  soft = losses.with_soft_labels(losses.ce)
  for targets in (
    np.float32([0.4, 0, 0.6]),
    losses.LabelMixture(np.array([0, 1, 2]), np.float32([0.4, 0, 0.6])),
  ):
    value, gradient = values_and_gradient(soft, logits, targets)
    p = references.softmax(logits)
    np.testing.assert_allclose(value, -0.4 * np.log(p[0]) - 0.6 * np.log(p[2]), rtol=1e-6)
    np.testing.assert_allclose(gradient, p - [0.4, 0, 0.6], rtol=1e-5)
  value, _ = values_and_gradient(soft, logits, np.float32([0.5, 0.5, 0]))
  assert value == np.inf


@pytest.mark.parametrize("loss", [losses.mae, losses.nce], ids=["mae", "nce"])
def test_what_is_no_distribution_is_nan_and_trains_nothing(loss):
  soft = losses.with_soft_labels(loss)
  bad = np.float32(
    [[0.5, 0.5, 0], [1.2, -0.2, 0], [0.5, 0.4, 0], [np.nan, 1, 0], [0, 0, 0]]
  )
  mixture = losses.LabelMixture(
    np.array([[0, 1], [0, 1], [0, 1], [0, -100], [3, 1]]),
    np.float32([[0.5, 0.5], [1.2, -0.2], [0.5, 0.4], [1, 0], [0.5, 0.5]]),
  )
  for targets in (bad, mixture):
    values, gradient = values_and_gradient(soft, LOGITS[:5, :3], targets)
    np.testing.assert_array_equal(np.isnan(values), [False] + 4 * [True])
    np.testing.assert_array_equal(gradient[1:], np.zeros((4, 3)))
    assert np.all(gradient[0, :2] != 0)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_is_computed_in_single(dtype):
  soft = losses.with_soft_labels(losses.with_logit_bias(losses.mae, EPS))
  logits, targets = jnp.asarray(LOGITS[:4], dtype), jnp.asarray(TARGETS[:4], dtype)
  weights = jnp.asarray(MIXTURE.weights[:4], dtype)
  mixture = losses.LabelMixture(MIXTURE.labels[:4], weights)
  for given in (targets, mixture):
    values, gradient = values_and_gradient(soft, logits, given)
    assert (values.dtype, gradient.dtype) == (np.float32, dtype)
    y = dense(given)
    expected = [
      sum(row[k] * CASES["mae star"][1](z, k) for k in range(K))
      for z, row in zip(np.float64(logits), y, strict=True)
    ]
    np.testing.assert_allclose(values, expected, rtol=1e-5)


def test_second_derivatives_are_those_of_the_sum():
  mae_star, (a, b) = losses.with_logit_bias(losses.mae, EPS), MIXTURE.labels[0]
  z = jnp.asarray(LOGITS[3])

  def two(z):
    return 0.3 * mae_star(z, a) + 0.7 * mae_star(z, b)

  soft = losses.with_soft_labels(mae_star)
  mixture = losses.LabelMixture(np.array([a, b]), np.float32([0.3, 0.7]))
  row = np.float32(0.3 * np.eye(K)[a] + 0.7 * np.eye(K)[b])
  expected = jax.jit(jax.hessian(two))(z)
  for targets in (mixture, row):
    hessian = jax.jit(jax.hessian(lambda z, y=targets: soft(z, y)))(z)
    np.testing.assert_allclose(hessian, expected, rtol=1e-4, atol=1e-6)


def test_vmap_scalars_and_more_axes_are_the_rows():
  soft = losses.with_soft_labels(losses.mae)

  @jax.jit
  def ways(logits, targets):
    rows = soft(logits, targets)
    scalars = soft(logits[1], jax.tree.map(lambda leaf: leaf[1], targets))
    cubes = jax.tree.map(lambda leaf: leaf.reshape(2, 4, -1), (logits, targets))
    return rows, jax.vmap(soft)(logits, targets), scalars, soft(*cubes).ravel()

  for targets in (TARGETS, MIXTURE):
    rows, mapped, scalar, cubes = ways(LOGITS, targets)
    np.testing.assert_allclose(mapped, rows, rtol=1e-6)
    np.testing.assert_allclose(cubes, rows, rtol=1e-6)
    np.testing.assert_allclose(scalar, rows[1], rtol=1e-6)


def test_weights_of_all_examples_may_be_one_row():
  thirds = losses.LabelMixture(
    np.arange(24).reshape(8, 3) % K, np.full(3, 1 / 3, np.float32)
  )
  values, _ = values_and_gradient(losses.with_soft_labels(losses.mae), LOGITS, thirds)
  expected = [
    np.mean([references.mae(z, k) for k in row])
    for z, row in zip(LOGITS, thirds.labels, strict=True)
  ]
  np.testing.assert_allclose(values, expected, rtol=2e-6)


def test_a_hyperparameter_may_have_a_value_for_each_example():
  q = np.linspace(0.1, 0.9, 8).astype(np.float32)
  soft = losses.with_soft_labels(functools.partial(losses.gce, q=q))
  expected = [
    sum(y[k] * references.generalized_cross_entropy(z, k, q=power) for k in range(K))
    for z, y, power in zip(LOGITS, dense(MIXTURE), np.float64(q), strict=True)
  ]
  np.testing.assert_allclose(jax.jit(soft)(LOGITS, MIXTURE), expected, rtol=1e-5)


def test_equal_soft_losses_are_one_to_jit():
  soft = losses.with_soft_labels(losses.parse("nce + mae"))
  assert soft == losses.with_soft_labels(losses.parse("nce+mae"))
  assert hash(soft) == hash(losses.with_soft_labels(losses.parse("nce+mae")))
  assert soft != losses.with_soft_labels(losses.mae)


LABELS = np.zeros((8, 2), int)
WEIGHTS = np.full((8, 2), 0.5, np.float32)


@pytest.mark.parametrize(
  "targets, kind, message",
  [
    (LABELS[:, 0], TypeError, "targets: int32[8], must be float[8, 6]: class ids go"),
    (TARGETS[:, :5], ValueError, "targets: float32[8, 5], must be float[8, 6]"),
    (TARGETS[0], ValueError, "targets: float32[6], must be float[8, 6]"),
    ((LABELS[:, 0], WEIGHTS), ValueError, "labels: int64[8], must be integers [8, M], as"),
    ((LABELS[:4], WEIGHTS), ValueError, "labels: int64[4, 2], must be integers [8, M], as"),
    ((LABELS[:, :0], WEIGHTS), ValueError, "labels: int64[8, 0], must be integers [8, M]"),
    ((WEIGHTS, WEIGHTS), TypeError, "labels: float32[8], must be integers [8]"),
    ((LABELS, LABELS), TypeError, "weights: int32[8, 2], must be float[8, 2]"),
    (
      (LABELS, WEIGHTS[:, 0]),
      ValueError,
      "weights: float32[8], must be float[8, 2] or [2]",
    ),
  ],
)
def test_what_is_no_target_is_refused_in_one_line(targets, kind, message):
  if isinstance(targets, tuple):
    targets = losses.LabelMixture(*targets)
  with pytest.raises(kind, match="^" + re.escape(message)) as caught:
    losses.with_soft_labels(losses.mae)(LOGITS, targets)
  assert "\n" not in str(caught.value)


@pytest.mark.parametrize("targets", [TARGETS, MIXTURE], ids=["all classes", "two labels"])
def test_a_loss_that_is_already_reduced_is_refused(targets):
  def reduced(logits, labels):
    return losses.mae(logits, labels).mean()

  with pytest.raises(ValueError, match=r"^loss: \[\] values of examples \[8\], must be"):
    losses.with_soft_labels(reduced)(LOGITS, targets)

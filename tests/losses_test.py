"""One battery for every loss of the table, then what is particular to each."""

import functools
import re

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses, noise, per_logit_gradient
from noisy_jax.losses import tempered
from tests import references

A = -np.log(1e-4)
GENERALIZED = functools.partial(references.generalized_cross_entropy, q=0.7)


def focal_weight(p, gamma=0.5):
  # p is at most 1 - 1e-7 here, and float64.
  return (1 - p) ** gamma - gamma * p * (1 - p) ** (gamma - 1) * np.log(p)


def polysoft_weight(p, lam=5.0, d=2.0):
  return np.maximum(1 + np.log(p) / lam, 0) ** (1 / (d - 1))


def jensen_shannon_weight(p, pi=0.5):
  return p * np.log1p(pi / ((1 - pi) * p)) / -np.log1p(-pi)


# Losses of p_k alone: the reference, and -dL/dlog p_k as a function of p_k.
OF_LABEL = {
  "ce": (references.cross_entropy, lambda p: np.ones_like(p)),
  "mae": (references.mae, lambda p: 2 * p),
  "mae(scale=1)": (functools.partial(references.mae, scale=1.0), lambda p: p),
  "rce": (references.reverse_cross_entropy, lambda p: A * p),
  "rce(scale=4)": (
    functools.partial(references.reverse_cross_entropy, scale=4),
    lambda p: 4 * p,
  ),
  "sce": (references.symmetric_cross_entropy, lambda p: 0.1 + A * p),
  "gce": (references.generalized_cross_entropy, lambda p: p**0.7),
  "gce(q=0.1)": (
    functools.partial(references.generalized_cross_entropy, q=0.1),
    lambda p: p**0.1,
  ),
  "gce(q=0)": (references.cross_entropy, lambda p: np.ones_like(p)),
  "fl": (references.focal, focal_weight),
  "fl(gamma=2)": (
    functools.partial(references.focal, gamma=2),
    functools.partial(focal_weight, gamma=2),
  ),
  "aul": (references.aul, lambda p: p * (5.5 - p) ** 2),
  "aul(a=3, q=0.1)": (
    functools.partial(references.aul, a=3, q=0.1),
    lambda p: p * (3 - p) ** -0.9,
  ),
  "agce": (references.agce, lambda p: p * (0.6 + p) ** -0.4),
  "agce(a=1.8, q=3)": (
    functools.partial(references.agce, a=1.8, q=3),
    lambda p: p * (1.8 + p) ** 2,
  ),
  "agce(a=100, q=0.6)": (
    functools.partial(references.agce, a=100, q=0.6),
    lambda p: p * (100 + p) ** -0.4,
  ),
  "aul(a=1.05, q=6)": (
    functools.partial(references.aul, a=1.05, q=6),
    lambda p: p * (1.05 - p) ** 5,
  ),
  "agce(a=0.00001, q=0.5)": (
    functools.partial(references.agce, a=1e-5, q=0.5),
    lambda p: p * (1e-5 + p) ** -0.5,
  ),
  "ael": (references.ael, lambda p: p / 2.5 * np.exp(-p / 2.5)),
  "taylor_ce": (references.taylor, lambda p: p * (2 - p)),
  "taylor_ce(t=5)": (
    functools.partial(references.taylor, t=5),
    lambda p: p * sum((1 - p) ** i for i in range(5)),
  ),
  "phuber_ce": (references.phuber, lambda p: np.minimum(1, 10 * p)),
  "phuber_ce(tau=2)": (
    functools.partial(references.phuber, tau=2),
    lambda p: np.minimum(1, 2 * p),
  ),
  "polysoft": (references.polysoft, polysoft_weight),
  **{
    f"polysoft(lam={lam}, d={d})": (
      functools.partial(references.polysoft, lam=lam, d=d),
      functools.partial(polysoft_weight, lam=lam, d=d),
    )
    for lam, d in ((90, 1.5), (8, 4), (1000, 1.001))
  },
  "js": (references.jensen_shannon, jensen_shannon_weight),
  "gjs": (references.jensen_shannon, jensen_shannon_weight),
  **{
    f"js(pi={pi})": (
      functools.partial(references.jensen_shannon, pi=pi),
      functools.partial(jensen_shannon_weight, pi=pi),
    )
    for pi in (0.001, 0.1, 0.999)
  },
  "js(pi=0)": (references.cross_entropy, lambda p: np.ones_like(p)),
  "js(pi=1)": (functools.partial(references.mae, scale=1.0), lambda p: p),
}
NEGATIVE_FOCAL = functools.partial(references.gain, gamma=0.5)


def has_gain(p):
  return np.float64(p > 1e-7)


# The others: the reference and its gradient in closed form. An entry of theirs is a
# difference, precise to the size of its terms.
OF_ALL_CLASSES = {
  "ls": (references.label_smoothing, references.gradient_of_label_smoothing),
  "nce": (
    references.normalized(references.cross_entropy),
    references.gradient_of_share(references.cross_entropy, lambda p: np.ones_like(p)),
  ),
  "nfl": (
    references.normalized(references.focal),
    references.gradient_of_share(references.focal, focal_weight),
  ),
  "bi_tempered": (references.bi_tempered, references.gradient_of_bi_tempered),
  **{
    f"bi_tempered(t1={t1}, t2={t2})": (
      functools.partial(references.bi_tempered, t1=t1, t2=t2),
      functools.partial(references.gradient_of_bi_tempered, t1=t1, t2=t2),
    )
    for t1, t2 in [(0.5, 4), (0.3, 0.9), (0.5, 1), (1, 1)]
  },
  "ngce": (
    references.normalized(GENERALIZED),
    references.gradient_of_share(GENERALIZED, lambda p: p**0.7),
  ),
  "nnce": (
    references.normalized_negative(references.gain),
    references.gradient_of_rest(references.gain, has_gain),
  ),
  "nnfl": (
    references.normalized_negative(NEGATIVE_FOCAL),
    references.gradient_of_rest(
      NEGATIVE_FOCAL, lambda p: np.where(p > 1e-7, focal_weight(p), 0)
    ),
  ),
  "ece": (references.eps_softmax, references.gradient_of_eps_softmax),
  **{
    f"ece(m={m})": (
      functools.partial(references.eps_softmax, m=m),
      functools.partial(references.gradient_of_eps_softmax, m=m),
    )
    for m in (0, 0.1, 100)
  },
  **{
    f"ece(m={m}, q_min={q_min})": (
      functools.partial(references.eps_softmax, m=m, q_min=q_min),
      functools.partial(references.gradient_of_eps_softmax, m=m, q_min=q_min),
    )
    for m, q_min in ((1e5, 1e-8), (0.1, 0.05))
  },
  "ldr_kl": (references.ldr_kl, references.gradient_of_ldr_kl),
  **{
    f"ldr_kl(lam={lam}, c={c})": (
      functools.partial(references.ldr_kl, lam=lam, c=c),
      functools.partial(references.gradient_of_ldr_kl, lam=lam, c=c),
    )
    for lam, c in ((0.1, 1), (10, 0.1))
  },
  "amse": (references.amse, references.gradient_of_amse),
  "amse(a=1)": (
    functools.partial(references.amse, a=1),
    functools.partial(references.gradient_of_amse, a=1),
  ),
}
CASES = {
  **{
    name: (losses.parse(name), value, references.gradient_of_label(weight))
    for name, (value, weight) in OF_LABEL.items()
  },
  **{
    name: (losses.parse(name), value, gradient)
    for name, (value, gradient) in OF_ALL_CLASSES.items()
  },
}
every_loss = pytest.mark.parametrize("name", CASES)


def batch(num=50, num_classes=7, scale=3.0, seed=0):
  rng = np.random.default_rng(seed)
  logits = scale * rng.standard_normal((num, num_classes))
  return logits.astype(np.float32), rng.integers(num_classes, size=num)


def logits_with_label_prob(p, num_classes=1000):
  """float64 logits whose class 0 has probability p, the other classes spread a little."""
  others = 0.3 * np.random.default_rng(1).standard_normal(num_classes - 1)
  log_odds = np.log(p) - np.log1p(-p)
  label = log_odds + np.log(np.exp(others).sum())
  return np.concatenate([[label], others])


def value_atol(name):
  # Near certainty the value of bi_tempered is a difference of larger terms, and that of
  # ldr_kl is one everywhere, here of terms up to lam log 1000.
  if name.startswith("ldr_kl"):
    return 3e-7 * (10 if "lam=10" in name else 1) * np.log(1000)
  return 2e-6 if name.startswith("bi_tempered") else 0


def gradient_rtol(name):
  return 1e-4 if name.startswith("bi_tempered") else 1e-5


@every_loss
def test_value_is_that_of_the_reference(name):
  loss, reference, _ = CASES[name]
  logits, labels = batch()
  expected = [reference(row, label) for row, label in zip(logits, labels, strict=True)]
  values = loss(logits, labels)
  np.testing.assert_allclose(values, expected, rtol=1e-5, atol=value_atol(name))


@every_loss
def test_gradient_is_that_of_finite_differences_of_the_reference(name):
  loss, reference, _ = CASES[name]
  logits, labels = batch(num=10)
  expected = [
    references.central_difference(functools.partial(reference, k=label), row)
    for row, label in zip(logits, labels, strict=True)
  ]
  gradient = per_logit_gradient(loss, logits, labels)
  np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-7)


@every_loss
def test_float32_is_exact_at_any_label_probability(name):
  loss, reference, reference_gradient = CASES[name]
  # Not 1e-7, where the gradient of nnce and nnfl jumps.
  probs = [1e-36, 1e-30, 1e-20, 1e-12, 1e-8, 2e-7, 1e-5, 1e-3, 0.5, 0.999, 1 - 1e-7]
  # The reference starts from the logits as float32 holds them.
  logits = np.stack([logits_with_label_prob(p) for p in probs]).astype(np.float32)
  labels = np.zeros(len(probs), np.int32)
  gradients = per_logit_gradient(loss, logits, labels)
  # Below its smallest normal number float32 has no full precision.
  tiny = np.finfo(np.float32).tiny
  for p, row, gradient in zip(probs, logits, gradients, strict=True):
    expected, size = reference_gradient(row, 0)
    allowed = gradient_rtol(name) * size + np.where(np.abs(expected) < tiny, tiny, 0)
    assert (np.abs(gradient - expected) <= allowed).all(), p
  expected = [reference(row, 0) for row in logits]
  atol = value_atol(name)
  np.testing.assert_allclose(loss(logits, labels), expected, rtol=1e-5, atol=atol)


@every_loss
def test_value_and_gradient_are_finite_at_extreme_logits(name):
  loss, _, _ = CASES[name]
  extremes = np.array([1e4, 1e4, -1e4, -1e4])
  labels = np.array([0, 1, 0, 1])

  # All in one program: most of the time is compiling.
  @jax.jit
  def values_and_gradients(every):
    return [
      (loss(logits, labels), jax.grad(lambda z: loss(z, labels).sum())(logits))
      for logits in every
    ]

  dtypes = (jnp.float32, jnp.bfloat16, jnp.float16)
  every = [jnp.asarray(extremes[:, None] * np.eye(5)[0], dtype) for dtype in dtypes]
  for dtype, results in zip(dtypes, values_and_gradients(every), strict=True):
    value, gradient = results
    chex.assert_tree_all_finite((value, gradient))
    assert value.dtype == jnp.float32
    assert gradient.dtype == dtype


@pytest.mark.parametrize(
  "name",
  [*OF_LABEL, "nnce", "nnfl", "bi_tempered", "bi_tempered(t1=0.5, t2=4)"],
)
def test_masked_classes_take_no_part(name):
  loss, _, _ = CASES[name]
  logits, labels = batch(num_classes=5)
  masked = np.concatenate([logits, np.full((50, 2), -np.inf, np.float32)], axis=1)
  chex.assert_trees_all_close(loss(masked, labels), loss(logits, labels), rtol=1e-6)
  gradient = per_logit_gradient(loss, masked, labels)
  chex.assert_trees_all_close(
    gradient[:, :5], per_logit_gradient(loss, logits, labels), rtol=1e-5, atol=1e-9
  )
  np.testing.assert_array_equal(gradient[:, 5:], 0)


def test_a_logit_of_minus_infinity_is_the_limit_of_low_ones():
  """Of the label, or of a wrong class, in value and gradient; the others ask for finite."""
  symmetric = noise.symmetric_matrix(5, 0.3)
  limits = {
    **{k: loss for k, (loss, _, _) in CASES.items() if k not in ("nce", "nfl", "ngce")},
    **{k: losses.parse(k) for k in ("fl(detach=True)", "ls(alpha=0)", "sce(alpha=0)")},
    "biased": losses.with_logit_bias(losses.jensen_shannon, 2.0),
    "forward": losses.forward_corrected(symmetric),
    "forward, clean": losses.forward_corrected(np.eye(5)),
    "backward": losses.backward_corrected(symmetric),
    "backward, clean": losses.backward_corrected(np.eye(5)),
  }
  logits = batch(num=1, num_classes=5)[0][0]
  masked = np.where(np.arange(5) == 3, -np.inf, logits)
  low = np.where(np.arange(5) == 3, np.float32(-9e29), logits)

  @jax.jit
  def in_all_ways(logits):
    def of(loss, label):
      value, gradient = jax.value_and_grad(loss)(logits, label)
      return value, gradient, jax.jacfwd(loss)(logits, label)

    return {(k, label): of(f, label) for k, f in limits.items() for label in (3, 0)}

  expected = in_all_ways(low)
  for key, (value, gradient, forward) in in_all_ways(masked).items():
    limit, slope, _ = expected[key]
    limit = np.copysign(np.inf, limit) if abs(limit) > 1e20 else limit
    # The heavy tail of bi_tempered(t2=4) still weighs 1e-5 there.
    np.testing.assert_allclose(value, limit, rtol=2e-5, err_msg=key)
    np.testing.assert_allclose(gradient, slope, rtol=1e-5, atol=1e-7, err_msg=key)
    np.testing.assert_allclose(forward, slope, rtol=1e-5, atol=1e-7, err_msg=key)


@every_loss
def test_jit_vmap_and_any_leading_shape_give_the_same(name):
  loss, _, _ = CASES[name]
  logits, labels = batch(num=6)
  values = loss(logits, labels)
  chex.assert_shape(values, (6,))
  atol = value_atol(name) if name.startswith("ldr_kl") else 0

  @jax.jit
  def in_all_ways(logits, labels):
    stacked = loss(logits.reshape(2, 3, 7), labels.reshape(2, 3))
    chex.assert_shape(stacked, (2, 3))
    return loss(logits, labels), jax.vmap(loss)(logits, labels), stacked.reshape(6)

  for found in in_all_ways(logits, labels):
    chex.assert_trees_all_close(found, values, rtol=1e-6, atol=atol)


@every_loss
def test_adding_a_constant_to_all_logits_changes_nothing(name):
  loss, _, _ = CASES[name]
  logits, labels = batch()
  chex.assert_trees_all_close(loss(logits + 100, labels), loss(logits, labels), rtol=1e-3)
  sums = per_logit_gradient(loss, logits, labels).sum(-1)
  largest = np.abs(per_logit_gradient(loss, logits, labels)).max()
  np.testing.assert_allclose(sums, np.zeros(50), atol=1e-6 * max(1, largest))


@every_loss
def test_renaming_the_classes_changes_nothing(name):
  loss, _, _ = CASES[name]
  logits, labels = batch()
  order = np.random.default_rng(2).permutation(7)
  renamed = np.argsort(order)[labels]
  chex.assert_trees_all_close(
    loss(logits[:, order], renamed), loss(logits, labels), rtol=1e-5, atol=value_atol(name)
  )


@every_loss
def test_bfloat16_is_computed_in_float32(name):
  loss, _, _ = CASES[name]
  logits, labels = batch()
  coarse = jnp.asarray(logits, jnp.bfloat16)
  chex.assert_trees_all_close(
    loss(coarse, labels), loss(coarse.astype(jnp.float32), labels), rtol=1e-6
  )


@every_loss
def test_float64_stays_float64(name):
  loss, reference, _ = CASES[name]
  logits, labels = batch(num=5)
  with jax.enable_x64(True):
    values = loss(logits.astype(np.float64), labels)
    assert values.dtype == jnp.float64
    expected = [reference(row, label) for row, label in zip(logits, labels, strict=True)]
    np.testing.assert_allclose(values, expected, rtol=1e-12)


@every_loss
def test_second_derivative_is_that_of_finite_differences(name):
  loss, _, _ = CASES[name]
  logits, labels = batch(num=3, num_classes=4)
  with jax.enable_x64(True):
    logits = logits.astype(np.float64)
    gradient = jax.jit(jax.vmap(jax.grad(loss)))
    hessians = jax.jit(jax.vmap(jax.hessian(loss)))(logits, labels)
    for j, step in enumerate(1e-5 * np.eye(4)):
      change = gradient(logits + step, labels) - gradient(logits - step, labels)
      np.testing.assert_allclose(hessians[..., j], change / 2e-5, rtol=1e-6, atol=1e-9)


def test_cross_derivative_survives_where_the_label_probability_rounds_away():
  # d^2 log p_k / dz_j dz_k = p_j p_k; an exponential of expm1 would give 0.
  logits = np.array([-20.0, 0.5, 0.0], np.float32)
  hessian = jax.hessian(losses.label_log_prob)(logits, 0)
  p = references.softmax(logits)
  expected = np.outer(p, p) - np.diag(p)
  np.testing.assert_allclose(hessian, expected, rtol=1e-5)


def test_curvature_survives_where_a_wrong_class_is_certain():
  # d^2 log p_k / dz_0^2 = -p_0 (1 - p_0), with p_0 within 1e-17 of 1.
  logits = np.array([40.0, 0.0, 0.0], np.float32)
  p = references.softmax(logits)
  curvature = jax.hessian(losses.label_log_prob)(logits, 1)[0, 0]
  np.testing.assert_allclose(curvature, -p[0] * p[1:].sum(), rtol=1e-5)


@every_loss
@pytest.mark.parametrize("label", [-1, 7, 255])
def test_label_outside_the_classes_gives_nan_and_no_gradient(name, label):
  loss, _, _ = CASES[name]
  logits, _ = batch(num=1)
  assert np.isnan(loss(logits[0], label))
  np.testing.assert_array_equal(per_logit_gradient(loss, logits[0], label), np.zeros(7))


@every_loss
def test_an_example_with_nan_logits_leaves_the_others_alone(name):
  loss, _, _ = CASES[name]
  logits, labels = batch(num=3)
  spoilt = np.concatenate([logits, np.full((1, 7), np.nan, np.float32)])
  values = loss(spoilt, np.append(labels, 0))
  chex.assert_trees_all_close(values[:3], loss(logits, labels), rtol=1e-6)
  assert np.isnan(values[3])


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.int32, np.uint32])
def test_label_types_are_equivalent(dtype):
  # 1000 classes: a comparison in uint8 would take class 261 for class 5.
  logits, _ = batch(num=1, num_classes=1000)
  labels = np.array([5], dtype)
  chex.assert_trees_all_equal(
    losses.mae(logits, labels), losses.mae(logits, labels.astype(np.int32))
  )
  chex.assert_trees_all_equal(
    losses.add_logit_bias(logits, labels, 2.0),
    logits + 2.0 * (np.arange(1000) == 5)[None],
  )


@pytest.mark.parametrize(
  "loss, keyword, values, interval",
  [
    (losses.generalized_cross_entropy, "q", [-0.5, 1.1, np.nan], "[0, 1]"),
    (losses.label_smoothing, "alpha", [1.5, np.float32(2)], "(-inf, 1]"),
    (losses.normalized_focal, "gamma", [-1, np.inf], "[0, inf)"),
    (losses.reverse_cross_entropy, "scale", [-4], "(0, inf)"),
    (losses.bi_tempered, "t2", [0, 10.1], "(0, 10]"),
    (losses.taylor_cross_entropy, "t", [0, 101, np.nan], "[1, 100]"),
    (losses.partially_huberised_cross_entropy, "tau", [0.9, np.inf], "[1, inf)"),
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


SYMMETRIC = {
  "mae": 2 * 6,
  "mae(scale=1)": 6,
  "rce": A * 6,
  "rce(scale=4)": 4 * 6,
  "nce": 1,
  "nfl": 1,
  "ngce": 1,
  "nnce": 6,
  "nnfl": 6,
}


@pytest.mark.parametrize("name", SYMMETRIC)
def test_sum_over_the_labels_of_a_symmetric_loss_is_its_constant(name):
  logits, _ = batch(num=20)
  every_label = np.broadcast_to(np.arange(7), (20, 7))
  sums = CASES[name][0](np.repeat(logits[:, None], 7, axis=1), every_label).sum(1)
  np.testing.assert_allclose(sums, np.full(20, SYMMETRIC[name]), rtol=1e-6)


@pytest.mark.parametrize("name", ["fl", "nfl", "nnfl"])
def test_detached_focal_losses_have_the_value_but_hold_the_factors(name):
  detached = losses.parse(f"{name}(detach=True)")
  logits, labels = batch(num=10)
  expected = CASES[name][1]
  values = [expected(row, k) for row, k in zip(logits, labels, strict=True)]
  np.testing.assert_allclose(detached(logits, labels), values, rtol=1e-5)

  def weight(p):
    return (1 - p) ** 0.5

  gradient = {
    "fl": references.gradient_of_label(weight),
    "nfl": references.gradient_of_share(references.focal, weight),
    "nnfl": references.gradient_of_rest(NEGATIVE_FOCAL, lambda p: weight(p) * has_gain(p)),
  }[name]
  rows = [gradient(row, k)[0] for row, k in zip(logits, labels, strict=True)]
  np.testing.assert_allclose(
    per_logit_gradient(detached, logits, labels), rows, rtol=1e-4, atol=1e-7
  )


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("loss", [losses.focal, losses.normalized_focal])
def test_focal_gradient_is_finite_where_the_label_is_certain(loss, gamma):
  logits = np.float32([200.0, 0.0, -3.0])
  value, gradient = jax.value_and_grad(loss)(logits, 0, gamma=gamma)
  chex.assert_tree_all_finite((value, gradient))
  hessian = jax.jit(functools.partial(jax.hessian(loss), gamma=gamma))
  chex.assert_tree_all_finite((hessian(logits, 0), hessian(logits, 2)))


@pytest.mark.parametrize("t2", [0.5, 0.9, 1.0, 1.05, 1.2, 2.0, 4.0, 10.0])
@pytest.mark.parametrize("std", [0.0, 1.0, 5.0])
def test_tempered_probabilities_add_up_to_one(t2, std):
  logits = std * np.random.default_rng(0).standard_normal((8, 1000)).astype(np.float32)
  log_p, _ = tempered._log_probs(logits, np.zeros(8, int), np.float32(t2))
  sums = np.exp(np.asarray(log_p, np.float64)).sum(-1)
  np.testing.assert_allclose(sums, np.ones(8), atol=1e-6)


def test_bi_tempered_at_one_is_cross_entropy():
  logits, labels = batch()
  chex.assert_trees_all_close(
    losses.bi_tempered(logits, labels, t1=1.0, t2=1.0),
    losses.cross_entropy(logits, labels),
    atol=1e-6,
  )


def test_aul_holds_where_the_power_of_a_minus_1_underflows():
  logits, labels = batch(num=20)
  values = losses.asymmetric_unhinged(logits, labels, a=1.0001, q=10.0)
  expected = [
    references.aul(row, k, a=1.0001, q=10) for row, k in zip(logits, labels, strict=True)
  ]
  np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-30)


def test_agce_tends_to_gce():
  logits, labels = batch()
  chex.assert_trees_all_close(
    losses.asymmetric_generalized_cross_entropy(logits, labels, a=1e-30, q=0.7),
    losses.generalized_cross_entropy(logits, labels, q=0.7),
    rtol=1e-5,
  )


def test_gce_lies_between_mae_and_cross_entropy():
  logits, labels = batch()
  gce = losses.generalized_cross_entropy
  chex.assert_trees_all_close(
    gce(logits, labels, q=1.0), losses.mae(logits, labels, scale=1.0), rtol=1e-6
  )
  chex.assert_trees_all_close(
    gce(logits, labels, q=1e-6), losses.cross_entropy(logits, labels), rtol=1e-4
  )


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


@pytest.mark.parametrize("x", [-1e-9, -1e-3, -1.0, -10.0, -17.5, -40.0, -80.0])
def test_one_minus_exp_has_the_exact_value_and_derivative(x):
  x = np.float32(x)
  value, slope = jax.value_and_grad(losses.one_minus_exp)(x)
  np.testing.assert_allclose(value, -np.expm1(np.float64(x)), rtol=1e-6)
  np.testing.assert_allclose(slope, -np.exp(np.float64(x)), rtol=1e-6)

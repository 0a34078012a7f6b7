import functools
import re

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses, noise, per_logit_gradient

K = 5
RNG = np.random.default_rng(0)
LOGITS = (3 * RNG.standard_normal((K, K))).astype(np.float32)
TOKENS = (3 * RNG.standard_normal((2, 3, K))).astype(np.float32)
TOKEN_LABELS = np.array([[0, -100, 4], [K, 2, 2**32 + 1]])
IS_CLASS = np.array([[True, False, True], [False, True, False]])
MATRIX = noise.symmetric_matrix(K, 0.3)
# Each loss by itself, and all that is made of losses.
FORMS = {
  **losses.NAMES,
  "a sum": losses.parse("10*nce + 0.1*agce(a=1.8, q=3)"),
  "biased": losses.with_logit_bias(losses.mae, 2.0),
  "clipped": losses.with_logit_clip(losses.cross_entropy, 1.0),
  "clipped and biased": losses.with_logit_clip(losses.with_logit_bias(losses.mae, 2), 1.0),
  "forward": losses.forward_correction(MATRIX),
  "backward": losses.backward_correction(MATRIX),
  "log_prob": losses.label_log_prob,
}
# Every hyperparameter that is a number, and two of its values.
HYPERPARAMETERS = {
  (name, keyword): (default, 0.9 * default + 0.1)
  for name in losses.NAMES
  for keyword, default in losses.defaults(name).items()
  if isinstance(default, float)
}


REFUSED = [
  (LOGITS, np.zeros((3,), int), "labels: int64[3], must be integers [5], as from logits"),
  (LOGITS, np.zeros((5, 5), int), "labels: int64[5, 5], must be integers [5], as from"),
  (LOGITS, np.zeros((5,), np.float32), "labels: float32[5], must be integers [5]"),
  (LOGITS, [True] * 5, "labels: bool[5], must be integers [5]"),
  (LOGITS.astype(int), np.zeros((5,), int), "logits: int32[5, 5], must be float[..., K]"),
  (LOGITS[:, :0], np.zeros((5,), int), "logits: float32[5, 0], must be float[..., K] with"),
  (np.float32(0), 0, "logits: float32[], must be float[..., K] with K at least 1"),
]


@pytest.mark.parametrize("name", FORMS)
def test_shapes_and_kinds_that_do_not_fit_are_refused_in_one_line(name):
  for logits, labels, message in REFUSED:
    kind = TypeError if message.endswith(("integers [5]", "[..., K]")) else ValueError
    with pytest.raises(kind, match="^" + re.escape(message)) as caught:
      FORMS[name](logits, labels)
    assert "\n" not in str(caught.value)


def test_one_label_for_many_examples_is_refused_where_no_views_are_meant():
  message = re.escape("labels: int64[], must be integers [5], as from logits float32[5, 5]")
  with pytest.raises(ValueError, match=message):
    losses.mae(LOGITS, 0)
  assert losses.generalized_jensen_shannon(LOGITS, 0).shape == ()


def is_nan_of_every_loss(labels):
  """Where each loss is NaN; labels that are no arguments are not cut by jit."""
  values = jax.jit(lambda logits: {k: loss(logits, labels) for k, loss in FORMS.items()})
  return jax.tree.map(np.isnan, values(LOGITS))


def test_labels_beyond_int32_are_no_class_of_any_loss():
  labels = np.array([0, 1, np.iinfo(np.int64).min, 3, 2**32 + 1])
  expected = [False, False, True, False, True]
  for name, is_nan in is_nan_of_every_loss(labels).items():
    np.testing.assert_array_equal(is_nan, expected, err_msg=name)


@pytest.mark.parametrize("x64", [False, True])
@pytest.mark.parametrize(
  "labels, expected",
  [
    (np.array([0, 1, np.iinfo(np.int64).max, 3, -(2**32)]), [0, 0, 1, 0, 1]),
    (np.array([0, 1, 2**64 - 1, 2**32 + 1, 2**63], np.uint64), [0, 0, 1, 1, 1]),
    (np.array([0, 1, 2**32 - 1, 2**31, 4], np.uint32), [0, 0, 1, 1, 0]),
    (np.array([0, 127, -128, -1, 4], np.int8), [0, 1, 1, 1, 0]),
    (np.array([0, 255, 5, 3, 4], np.uint8), [0, 1, 1, 0, 0]),
    ([0, 1, -100, 2**32 + 1, 4], [0, 0, 1, 1, 0]),
  ],
)
def test_labels_of_any_type_are_no_class_outside_the_classes(labels, expected, x64):
  with jax.enable_x64(x64):
    values = losses.cross_entropy(LOGITS, labels)
    np.testing.assert_array_equal(np.isnan(values), np.bool_(expected))
    biased = losses.add_logit_bias(LOGITS, labels, 1.0) - LOGITS
    np.testing.assert_array_equal(np.max(biased, axis=1) < 0.5, np.bool_(expected))
    gradient = per_logit_gradient(losses.cross_entropy, LOGITS, labels)
    np.testing.assert_array_equal((gradient == 0).all(1), np.bool_(expected))
    if isinstance(labels, np.ndarray) and (x64 or labels.dtype.itemsize < 8):
      on_device = jax.jit(losses.cross_entropy)(LOGITS, jnp.asarray(labels))
      chex.assert_trees_all_close(on_device, values, rtol=1e-6)


def test_narrow_labels_are_compared_with_all_classes():
  for label in (2**32 + 1, np.int64(2**32 + 1), np.iinfo(np.int64).min):
    assert np.isnan(losses.mae(LOGITS[0], label))
  # In uint8, 261 classes are 5, and class 261 is class 5.
  logits = np.zeros(261, np.float32)
  raised = 2.0 * (np.arange(261) == 5)
  for label in (*(kind(5) for kind in (np.uint8, np.int16, np.uint32)), jnp.int8(5)):
    np.testing.assert_allclose(losses.cross_entropy(logits, label), np.log(261), rtol=1e-6)
    np.testing.assert_array_equal(losses.add_logit_bias(logits, label, 2.0), raised)


def test_labels_of_views_beyond_int32_are_no_class():
  views = np.stack([LOGITS, LOGITS])
  labels = np.array([0, 1, 2**32, 3, 4])
  biased = losses.with_logit_bias(losses.generalized_jensen_shannon, 1.0)
  for loss in (losses.generalized_jensen_shannon, biased):
    values, pullback = jax.vjp(jax.jit(lambda z, f=loss: f(z, labels)), views)
    np.testing.assert_array_equal(np.isnan(values), labels == 2**32)
    (gradient,) = pullback(np.ones_like(values))
    np.testing.assert_array_equal((gradient == 0).all((0, 2)), labels == 2**32)


def test_masked_examples_have_no_value_and_no_gradient():
  mask, weights = jnp.asarray(IS_CLASS), jnp.float32(IS_CLASS)

  @jax.jit
  def in_all_ways(logits):
    def of(loss):
      values, pullback = jax.vjp(lambda z: loss(z, TOKEN_LABELS), logits)
      # Masked by the user, and not.
      (gradients,) = jax.vmap(pullback)(jnp.stack([weights, jnp.ones_like(weights)]))
      _, forward = jax.jvp(lambda z: loss(z, TOKEN_LABELS), (logits,), (logits,))
      return values, *gradients, forward

    return {name: of(loss) for name, loss in FORMS.items()}

  # What a masked example's logits are does not matter.
  for filling in (0, np.nan, -np.inf):
    logits = np.where(IS_CLASS[..., None] | (np.arange(K) > 0), TOKENS, filling)
    for name, results in in_all_ways(logits).items():
      if "clipped" in name and filling != 0:
        # Clipping comes before the loss.
        continue
      values, gradient, of_sum, forward = results
      np.testing.assert_array_equal(np.isnan(values), ~IS_CLASS, err_msg=name)
      chex.assert_trees_all_equal(gradient, of_sum)
      assert (np.asarray(gradient)[~IS_CLASS] == 0).all(), name
      assert (np.asarray(forward)[~IS_CLASS] == 0).all(), name
      assert np.asarray(gradient)[mask].any(axis=-1).all(), name
      of_rest = (TOKENS * gradient).sum(-1)[IS_CLASS]
      np.testing.assert_allclose(
        np.asarray(forward)[IS_CLASS], of_rest, rtol=1e-3, atol=1e-4, err_msg=name
      )


def test_a_hyperparameter_for_each_example_acts_on_its_example_and_no_masked_one():
  # As many examples as classes: no shape tells the two axes apart.
  labels = np.array([0, -100, 4, 1, 1])
  rows = {key: np.float32(np.linspace(*ends, K)) for key, ends in HYPERPARAMETERS.items()}

  def value_and_gradient(key, value, logits, labels):
    name, keyword = key

    def total(logits, value):
      values = losses.NAMES[name](logits, labels, **{keyword: value})
      return jnp.where(labels >= 0, values, 0).sum(), values

    (_, values), gradients = jax.value_and_grad(total, (0, 1), has_aux=True)(logits, value)
    _, forward = jax.jvp(lambda value: total(logits, value)[0], (value,), (value,))
    return values, gradients, forward

  @jax.jit
  def together_and_one_by_one(rows):
    def of(key, values):
      one = functools.partial(value_and_gradient, key)
      alone = jax.lax.map(lambda each: one(*each), (values, LOGITS, labels))
      return one(values, LOGITS, labels), alone

    return {"/".join(key): of(key, values) for key, values in rows.items()}

  is_class = labels >= 0
  for name, (found, alone) in together_and_one_by_one(rows).items():
    values, (of_logits, of_value), forward = found
    np.testing.assert_array_equal(np.isfinite(values), is_class, err_msg=name)
    np.testing.assert_array_equal(of_logits[1], 0, err_msg=name)
    np.testing.assert_array_equal(of_value[1], 0, err_msg=name)
    chex.assert_trees_all_close(found[:2], alone[:2], rtol=2e-4, atol=1e-5)
    np.testing.assert_allclose(forward, alone[2].sum(), rtol=2e-4, atol=1e-5, err_msg=name)


def test_a_hyperparameter_for_each_token_and_for_each_pair_of_views():
  q = np.float32([[0.1, 0.3, 0.5], [0.7, 0.9, 1.0]])
  labels = np.array([[0, 1, 2], [3, 4, 0]])
  pairs = np.stack([TOKENS, TOKENS[::-1]])

  def both(tokens, pairs, labels, q):
    of_tokens = losses.normalized_generalized_cross_entropy(tokens, labels, q=q)
    return of_tokens, losses.generalized_jensen_shannon(pairs, labels, pi=0.9 * q)

  one_by_one = jax.vmap(jax.vmap(both, (0, 1, 0, 0)), (0, 1, 0, 0))
  answers = jax.jit(lambda *of: (both(*of), one_by_one(*of)))
  together, single = answers(TOKENS, pairs, labels, q)
  chex.assert_shape(together, (2, 3))
  chex.assert_trees_all_close(together, single, rtol=1e-5)


@pytest.mark.parametrize("shape", [(K, 1), (1,), (K - 1,), (1, K)])
def test_hyperparameters_of_other_shapes_are_refused(shape):
  for name, keyword in HYPERPARAMETERS:
    message = f"{keyword}: float32{list(shape)}, must be a scalar or float[{K}], one for"
    with pytest.raises(ValueError, match=re.escape(message)):
      losses.NAMES[name](LOGITS, np.arange(K), **{keyword: np.full(shape, 0.5)})


def test_what_is_no_number_has_no_value_for_each_example():
  labels = np.arange(K)
  with pytest.raises(ValueError, match=re.escape("t: int32[5], must be a scalar")):
    losses.taylor_cross_entropy(LOGITS, labels, t=np.full(K, 2))
  with pytest.raises(ValueError, match=re.escape("detach: bool[5], must be a scalar")):
    losses.focal(LOGITS, labels, detach=np.full(K, True))
  with pytest.raises(ValueError, match=re.escape("q: float32[2], must be a scalar")):
    losses.generalized_cross_entropy(LOGITS[0], 0, q=np.full(2, 0.5))

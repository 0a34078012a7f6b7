import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import AxisType, PartitionSpec as P

from noisy_jax import losses
from noisy_jax.losses.weighted_sum import WeightedSum

N, D, K = 12, 8, 36
RNG = np.random.default_rng(0)
FEATURES = RNG.standard_normal((N, D)).astype(np.float32)
WEIGHTS = RNG.standard_normal((D, K)).astype(np.float32)
BIAS = RNG.standard_normal(K).astype(np.float32)
LABELS = RNG.integers(K, size=N)
LABELS[:4] = 0, K - 1, -100, 2**32 + 1
IS_CLASS = np.isin(np.arange(N), [2, 3], invert=True)
PULLS = np.where(IS_CLASS, RNG.standard_normal(N), 0).astype(np.float32)
EPS = np.float32(1.5)
ARGUMENTS = FEATURES, WEIGHTS, BIAS, EPS
FUSED = [name for name in losses.NAMES if name != "bi_tempered"]
# One of each way to the other classes.
EVERY_WAY = losses.parse("mae + nce + ls + nfl + amse + ece + ldr_kl(lam=3)")


def logits_of(features, weights, bias):
  product = jnp.dot(features, weights, preferred_element_type=jnp.float32)
  return product if bias is None else product + bias


def plain(loss):
  return lambda h, w, y, b=None: loss(logits_of(h, w, None if b is None else b[None]), y)


def fused(loss):
  return losses.fused_head(loss, chunk_size=10)


def on_mesh(loss_of, *given):
  """A fused head whose examples and classes are split over four devices."""

  def of_device(given, h, w, y, b):
    head = losses.fused_head(loss_of(*given), chunk_size=10, axis_name="classes")
    return head(h, w, y, b)

  kinds = (AxisType.Auto, AxisType.Auto)
  specs = P(), P("data"), P(None, "classes"), P("data"), P("classes")
  mapped = jax.shard_map(
    of_device,
    mesh=jax.make_mesh((2, 2), ("data", "classes"), axis_types=kinds),
    in_specs=specs,
    out_specs=P("data"),
  )
  return functools.partial(mapped, given)


def of_each(names, make, labels=LABELS):
  """Value, and derivatives in all arguments, of every loss: one program for all."""

  def loss_of(chosen, eps):
    functions = map(losses.parse, names)
    return losses.with_logit_bias(
      WeightedSum(tuple(zip(chosen, functions, strict=True))), eps
    )

  @jax.jit
  def every(arguments):
    def of_one(chosen):
      def value(h, w, b, eps):
        return make(loss_of, chosen, eps)(h, w, labels, b)

      values, pullback = jax.vjp(value, *arguments)
      return values, pullback(PULLS)

    return jax.lax.map(of_one, np.eye(len(names), dtype=np.float32))

  found = jax.tree.map(np.asarray, every(ARGUMENTS))
  rows = (jax.tree.map(lambda x, i=i: x[i], found) for i in range(len(names)))
  return dict(zip(names, rows, strict=True))


def assert_close(found, expected, rtol=1e-5):
  for actual, wanted in zip(*map(jax.tree.leaves, (found, expected)), strict=True):
    actual, wanted = np.asarray(actual, float), np.asarray(wanted, float)
    np.testing.assert_allclose(actual, wanted, rtol, rtol * np.nanmax(abs(wanted)))


@functools.cache
def plain_and_fused():
  return [
    of_each(FUSED, lambda loss_of, *given, form=form: form(loss_of(*given)))
    for form in (plain, fused)
  ]


def value_and_gradients(function, *arguments):
  @jax.jit
  def both(arguments):
    values, pullback = jax.vjp(function, *arguments)
    return values, pullback(PULLS.astype(values.dtype))

  return both(arguments)


@pytest.mark.parametrize("name", FUSED)
def test_value_and_derivatives_are_those_of_the_plain_form(name):
  expected, found = (by_name[name] for by_name in plain_and_fused())
  assert_close(found, expected)
  np.testing.assert_array_equal(np.isnan(found[0]), ~IS_CLASS)
  np.testing.assert_array_equal(found[1][0][~IS_CLASS], 0)


def test_classes_may_be_split_over_a_mesh():
  names = ["mae", "nce + ls", "ece(m=1)", "nnfl", "ldr_kl(lam=3)"]
  expected = of_each(names, lambda loss_of, *given: plain(loss_of(*given)))
  # jit cuts arguments to 32 bits.
  labels = np.where(IS_CLASS, LABELS, -100)
  assert_close(of_each(names, on_mesh, labels), expected)


def test_chunks_may_be_of_any_size():
  loss = losses.parse("mae + nce")

  @jax.jit
  def of_forms(*arguments):
    found = []
    for form in (
      *(losses.fused_head(loss, chunk_size=n) for n in (1, 25, 99)),
      plain(loss),
    ):
      values, pullback = jax.vjp(lambda h, w, f=form: f(h, w, LABELS), *arguments)
      found.append((values, pullback(PULLS)))
    return found

  *found, expected = of_forms(FEATURES, WEIGHTS)
  assert_close(found, 3 * [expected])


def test_sums_with_a_bias_for_each_term_and_traced_numbers():
  def loss_of(eps, q, gamma):
    star = losses.with_logit_bias(losses.parse("2*mae + nnce"), eps)
    rest = functools.partial(losses.gce, q=q), functools.partial(losses.nfl, gamma=gamma)
    return losses.weighted_sum((0.5, star), *zip((1.0, -3.0), rest, strict=True))

  gamma = np.linspace(0.2, 2, N, dtype=np.float32)
  numbers = np.float32(2.0), np.float32(0.4), gamma
  found, expected = (
    value_and_gradients(
      lambda h, w, *given, form=form: form(loss_of(*given))(h, w, LABELS),
      *(FEATURES, WEIGHTS, *numbers),
    )
    for form in (fused, plain)
  )
  assert_close(found, expected)


def test_bfloat16_is_accumulated_in_float32():
  features, loss = jnp.asarray(FEATURES, jnp.bfloat16), losses.parse("mae + nce")

  def of(form, features):
    return value_and_gradients(lambda h, w: form(loss)(h, w, LABELS), features, WEIGHTS)

  values, (of_features, of_weights) = of(fused, features)
  wide = features.astype(jnp.float32)
  expected, (of_wide, of_weights_expected) = of(plain, wide)
  assert (values.dtype, of_features.dtype) == (np.float32, jnp.bfloat16)
  assert_close((values, of_weights), (expected, of_weights_expected))
  assert_close(of_features, of_wide, rtol=2**-8)


def test_float64_stays_float64():
  loss, wide = losses.parse("nce + nfl"), (FEATURES.astype(float), WEIGHTS.astype(float))
  with jax.enable_x64(True):
    found, expected = (
      value_and_gradients(lambda h, w, f=f: f(h, w, LABELS), *wide)
      for f in (fused(loss), lambda h, w, y: loss(h @ w, y))
    )
  assert {leaf.dtype for leaf in jax.tree.leaves(found)} == {np.dtype(float)}
  assert_close(found, expected, rtol=1e-12)


def test_a_wider_logit_bias_leaves_the_values_in_float32():
  def values(eps):
    return fused(losses.with_logit_bias(EVERY_WAY, eps))(FEATURES, WEIGHTS, LABELS)

  with jax.enable_x64(True), jax.numpy_dtype_promotion("standard"):
    assert jax.eval_shape(values, np.float64(1.5)).dtype == np.float32


def test_vmap_checkpoint_and_more_axes_are_the_rows():
  head = fused(losses.nfl)
  models = np.stack([WEIGHTS, WEIGHTS[::-1]])

  @jax.jit
  def ways(h, models):
    def total(h, w, head=head):
      return jnp.sum(head(h, w, LABELS), where=IS_CLASS)

    rows = [head(h, w, LABELS) for w in models]
    mapped = jax.vmap(head, (None, 0, None))(h, models, LABELS)
    cube = head(h.reshape(3, 4, D), models[0], LABELS.reshape(3, 4))
    slopes = [
      jax.grad(total)(h, models[0], head=each) for each in (head, jax.checkpoint(head))
    ]
    of_models = jax.vmap(jax.grad(total, 1), (None, 0))(h, models)
    return rows, mapped, cube, slopes, of_models, jax.grad(total, 1)(h, models[1])

  rows, mapped, cube, slopes, of_models, of_last = ways(FEATURES, models)
  assert_close(list(mapped), rows)
  assert_close(cube.ravel(), rows[0])
  assert_close(slopes[1], slopes[0])
  assert_close(of_models[1], of_last)


def test_huge_logits_keep_their_differences():
  loss = losses.parse("ce + mae + nce + amse(a=1)")
  # Eighths, whose products are exact.
  eighths = (np.round(8 * array) / 8 for array in (FEATURES, WEIGHTS, BIAS))
  features, weights, bias = (array.astype(np.float32) for array in eighths)

  def both(form):
    def values(h, w, b):
      return form(loss)(1e4 * h, w, LABELS, b) + form(loss)(h, w, LABELS, b + 1000)

    return value_and_gradients(values, features, weights, bias)

  found, expected = both(fused), both(plain)
  assert np.isfinite(found[0][IS_CLASS]).all()
  assert_close(found, expected)


# A whole chunk, and the rest of the last one but for one class; or all but the label.
@pytest.mark.parametrize("is_masked", [np.arange(K) % 35 < 12, np.arange(K) != 20])
def test_masked_classes_take_no_part(is_masked):
  bias = np.where(is_masked, -np.inf, BIAS).astype(np.float32)
  labels, loss = np.full(N, 20), losses.parse("gce + nnfl")
  *found, expected = (
    value_and_gradients(lambda h, w, f=f: f(loss)(h, w, labels, bias), FEATURES, WEIGHTS)
    for f in (fused, lambda loss: on_mesh(lambda: loss), plain)
  )
  assert_close(found, 2 * [expected])
  np.testing.assert_array_equal(found[0][1][1][:, :12], 0)


def test_of_several_likeliest_classes_the_first_is_one():
  # At zero weights all logits are equal: eps-softmax agrees with class 0 alone.
  weights, labels = np.zeros((D, K), np.float32), np.arange(N) * 3
  found = [
    jax.jit(head)(FEATURES, weights, labels, np.zeros(K, np.float32))
    for head in (fused(losses.ece), on_mesh(lambda: losses.ece))
  ]
  expected = losses.ece(np.zeros((N, K), np.float32), labels)
  assert expected[0] < 1 < expected[1]
  assert_close(found, [expected, expected])


def shapes_in(jaxpr):
  for equation in jaxpr.eqns:
    yield from (variable.aval.shape for variable in equation.outvars)
    for inner in jax.tree.leaves(
      list(equation.params.values()), is_leaf=lambda x: hasattr(x, "eqns")
    ):
      inner = getattr(inner, "jaxpr", inner)
      if hasattr(inner, "eqns"):
        yield from shapes_in(inner)


def test_no_intermediate_array_has_all_logits():
  weights = jax.ShapeDtypeStruct((D, 1000), np.float32)

  def largest(form):
    def total(h, w):
      return form(EVERY_WAY)(h, w, LABELS).sum()

    jaxpr = jax.make_jaxpr(jax.value_and_grad(total, (0, 1)))(FEATURES, weights)
    return max(map(np.prod, shapes_in(jaxpr.jaxpr)))

  assert largest(plain) >= N * 1000
  assert largest(fused) == D * 1000


def test_second_derivatives_are_those_of_the_plain_form():
  loss, row, label = losses.parse("nce + nfl"), FEATURES[:1], LABELS[5:6]

  @functools.partial(jax.jit, static_argnums=0)
  def both(form, row, weights):
    def value(h):
      return form(loss)(h, weights, label)[0]

    return jax.jacfwd(jax.jacrev(value))(row), jax.jacrev(jax.jacrev(value))(row)

  (expected, _), found = (both(form, row, WEIGHTS) for form in (plain, fused))
  assert_close(found, [expected, expected], rtol=1e-4)

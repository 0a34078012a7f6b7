import functools

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from noisy_jax import losses, methods
from noisy_jax.methods.meta import hypergradient
from noisy_jax.training import replicas
from noisy_jax.training.optimizer import clipped_sgd
from tests.methods.setups import a_setup, ending
from tests.small_setups import last_moment, small_setup

LEARNED = {
  "gce(q=0.4)": {"gce.q": 0.4},
  "sce(alpha=0.3, beta=0.8)": {"sce.alpha": 0.3, "sce.beta": 0.8},
  "agce(a=0.7, q=0.5)": {"agce.a": 0.7, "agce.q": 0.5},
  "bi_tempered(t1=0.7, t2=1.4)": {"bi_tempered.t1": 0.7, "bi_tempered.t2": 1.4},
  "mae": {"logit_bias": 0.0},
  "nce + 2*ngce(q=0.5)": {"ngce.q": 0.5},
  "js(pi=0.3)": {"js.pi": 0.3},
}


def initial(method):
  return method.init(np.zeros(4, np.int32), 5).shared


@pytest.mark.parametrize("text", LEARNED)
def test_what_is_learned_begins_with_what_is_given(text):
  values = initial(methods.meta(losses.parse(text))).values
  assert {name: pytest.approx(float(x)) for name, x in values.items()} == LEARNED[text]


def test_a_bias_is_kept_or_learned_too():
  loss = losses.with_logit_bias(losses.parse("gce(q=0.4)"), 1.5)
  assert initial(methods.meta(loss)).values.keys() == {"gce.q"}
  values = initial(methods.meta(loss, bias=True)).values
  assert values["gce.q"] == pytest.approx(0.4)
  assert values["logit_bias"] == 1.5


def test_with_what_is_given_the_loss_is_the_loss():
  logits = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
  labels = np.arange(6, dtype=np.int32) % 5
  given = [losses.parse(text) for text in LEARNED]
  given += [losses.with_logit_bias(loss, 0.7) for loss in given]

  @jax.jit
  def pairs(logits):
    found = [methods.meta(loss) for loss in given]
    found = [m.loss(initial(m), None, logits, labels) for m in found]
    return found, [(loss(logits, labels), None) for loss in given]

  chex.assert_trees_all_close(*pairs(logits), rtol=1e-5, atol=1e-6)


def a_step(clip_norm):
  """A linear network, a noisy and a clean batch, and a step that remembers one before."""
  rng = np.random.default_rng(1)
  inputs, clean_inputs = rng.normal(size=(2, 8, 3))
  labels, clean_labels = rng.integers(0, 5, (2, 8)).astype(np.int32)
  params = jnp.asarray(rng.normal(size=(3, 5)))
  settings = dict(momentum=0.9, nesterov=True, clip_norm=clip_norm, weight_decay=0.1)
  optimizer = clipped_sgd(0.5, **settings)
  opt_state = optimizer.init(params)
  _, opt_state = optimizer.update(jnp.asarray(rng.normal(size=(3, 5))), opt_state, params)

  def batch_loss(method, shared, params):
    return method.loss(shared, None, inputs @ params, labels)[0].mean()

  def clean_loss(params):
    return losses.cross_entropy(clean_inputs @ params, clean_labels).mean()

  def step(gradient):
    updates, _ = optimizer.update(gradient, opt_state, params)
    return optax.apply_updates(params, updates)

  def at_hand(method):
    return methods.StepAtHand(
      params, functools.partial(batch_loss, method), clean_loss, step, lambda tree: tree
    )

  return at_hand


# With a bound that does not clip the gradient, and one that does.
@pytest.mark.parametrize("text, clip_norm", [*((t, 5.0) for t in LEARNED), ("sce", 0.05)])
def test_the_hypergradient_is_that_of_the_clean_loss_after_the_step(text, clip_norm):
  with jax.enable_x64(True):
    method = methods.meta(losses.parse(text), bias=True)
    at_hand = a_step(clip_norm)(method)
    shared = initial(method)
    values = {name: jnp.float64(value) for name, value in shared.values.items()}

    def batch_loss(values, params):
      return at_hand.batch_loss(shared._replace(values=values), params)

    @jax.jit
    def after_the_step(values):
      gradient = jax.grad(batch_loss, argnums=1)(values, at_hand.params)
      return at_hand.clean_loss(at_hand.step(gradient))

    actual = jax.jit(lambda values: hypergradient(batch_loss, values, at_hand))(values)
    for name, value in values.items():
      above, below = (after_the_step(values | {name: value + x}) for x in (1e-5, -1e-5))
      expected = (above - below) / 2e-5
      np.testing.assert_allclose(actual[name], expected, rtol=1e-4, atol=1e-9)


def test_the_first_order_option_is_the_limit_of_small_steps():
  with jax.enable_x64(True):
    method = methods.meta(losses.parse("agce"))
    at_hand = a_step(5.0)(method)
    shared = initial(method)
    values = {name: jnp.float64(value) for name, value in shared.values.items()}

    def batch_loss(values, params):
      return at_hand.batch_loss(shared._replace(values=values), params)

    small = at_hand._replace(step=lambda gradient: at_hand.params - 1e-6 * gradient)
    exact = hypergradient(batch_loss, values, small)
    actual = hypergradient(batch_loss, values, at_hand, first_order=True)
    for name in values:
      np.testing.assert_allclose(actual[name], exact[name] / 1e-6, rtol=1e-4)


def test_hyperparameters_go_downhill_and_stay_in_their_range():
  loss = losses.parse("gce(q=0.5)")
  method = methods.meta(loss, rate=0.3)
  at_hand, start = a_step(5.0)(method), initial(method)

  def batch_loss(values, params):
    return at_hand.batch_loss(start._replace(values=values), params)

  downhill = -np.sign(hypergradient(batch_loss, start.values, at_hand)["gce.q"])
  # Adam's first step is of the size of its rate.
  moved = method.adapt(start, at_hand).values["gce.q"]
  assert moved == pytest.approx(0.5 + 0.3 * downhill, abs=1e-3)
  far = methods.meta(loss, rate=3.0).adapt(start, at_hand).values["gce.q"]
  assert far == (downhill > 0)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", ["js", "gjs", "gce", "ngce"])
def test_what_is_learned_can_leave_both_ends_of_its_range(name, sign):
  with jax.enable_x64(True):
    method = methods.meta(losses.parse(name), rate=20.0)
    at_hand, start = a_step(5.0)(method), initial(method)
    clean_loss = at_hand.clean_loss
    pulled = at_hand._replace(clean_loss=lambda params: sign * clean_loss(params))
    far = method.adapt(start, pulled)

    def batch_loss(values, params):
      return at_hand.batch_loss(far._replace(values=values), params)

    back = hypergradient(batch_loss, far.values, at_hand)
    assert all(np.isfinite(slope) and slope != 0 for slope in back.values())


@pytest.mark.parametrize("text", ["js(pi=0)", "gjs(pi=1)"])
def test_what_is_learned_may_not_begin_where_nothing_moves_it(text):
  message = r"^g?js\.pi: [01]\.0, must be in \(0, 1\) to be learned$"
  with pytest.raises(ValueError, match=message):
    methods.meta(losses.parse(text))


@pytest.mark.parametrize("text", ["agce(a=0.00001, q=0.5)", "5*nce + 5*nnce"])
def test_given_values_stay_where_nothing_moves_them(text):
  method = methods.meta(losses.parse(text), rate=0.0)
  start = initial(method)
  chex.assert_trees_all_equal(method.adapt(start, a_step(5.0)(method)).values, start.values)
  assert "nnce.p_min" not in start.values


def test_where_the_loss_is_silent_no_hyperparameter_becomes_nan():
  # A clip has no derivative at a gradient of 0.
  method = methods.meta(lambda logits, labels: 0 * logits.sum(-1), rate=0.1)
  values = method.adapt(initial(method), a_step(5.0)(method)).values
  chex.assert_tree_all_finite(values)


def test_meta_needs_whole_batches_room_and_each_loss_once():
  with pytest.raises(ValueError, match="method: meta: loss: gce occurs twice, must occur"):
    methods.parse("meta").around(losses.parse("gce(q=0.2) + gce"))
  with pytest.raises(ValueError, match=r"accumulation: 2, must be 1 with method meta"):
    a_setup(method="meta(size=50)", accumulation=2)
  with pytest.raises(ValueError, match="batch_size: 64, must be at most the 50 training"):
    a_setup(method="meta(size=600)")
  with pytest.raises(ValueError, match="size: 650, must be at most 649"):
    a_setup(method="meta(size=650)")


def test_training_sees_clean_labels_of_the_clean_examples_alone():
  setup = a_setup(loss="gce", method="meta(size=50)", epochs=1)
  assert len(setup.train_labels.noisy) == 600
  nonsense = np.full(600, 3, np.int32)
  poisoned = setup._replace(
    dataset=setup.dataset._replace(train_labels=nonsense),
    train_labels=setup.train_labels._replace(clean=nonsense),
  )
  other = setup._replace(clean=setup.clean._replace(labels=np.full(50, 3, np.int32)))
  ends = [replicas.unstack(ending(t)[1].state, seed=0) for t in (setup, poisoned, other)]
  q, same, different = (end.method.shared.values["gce.q"] for end in ends)
  assert q == same != different


def test_a_silent_loss_learns_its_bias_and_then_learns():
  changes = dict(num_classes=100, train_size=3000, test_size=500, widths=(32,), epochs=8)
  (plain,), (learned,) = (
    last_moment(small_setup(**changes, method=method)).results
    for method in ("none", "meta(size=300, rate=0.03)")
  )
  assert plain.learned is None
  assert 1 < learned.learned["logit_bias"] < 6
  assert learned.test_accuracy > 2 * plain.test_accuracy

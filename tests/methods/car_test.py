import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses, methods
from tests.methods import batches
from tests.methods.batches import K, N, called, cross_entropy, gradient, softmax


def sigmoid(x):
  return 1 / (1 + np.exp(-x))


def car_reference(outputs, targets, *, lam, reverse):
  logits, tau = outputs[:, :-1], sigmoid(outputs[:, -1])
  p = softmax(logits)
  mixed = targets + tau[:, None] * (p - targets)
  k = targets.argmax(-1)
  values = cross_entropy(mixed, k) - lam * np.log(tau)
  return values - reverse * (p * np.log(np.maximum(targets, 1e-4))).sum(-1)


def test_car_follows_its_formula_before_and_after_the_warm_up(batch):
  logits, labels = batch
  settings = dict(lam=0.7, reverse=0.2)
  method = methods.car(losses.cross_entropy, **settings, beta=0.3, warm_up=1)
  all_labels = np.zeros(N, np.int32)
  all_labels[:4] = labels
  state = method.init(all_labels, K)
  t = np.eye(K)[labels]
  for epoch in range(3):
    outputs = np.c_[logits * (1 + epoch), [0.5, -1.0, 3.0, -4.0]]
    before = state
    if epoch:
      t = 0.3 * t + 0.7 * softmax(outputs[:, :-1])
    expected = car_reference(outputs, t, **settings)
    values, rows = called(method, state, outputs, labels)
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    np.testing.assert_allclose(rows, t, atol=1e-6)
    slope = batches.numeric_gradient(
      lambda z, t=t: car_reference(z, t, **settings).sum(), outputs, 1e-5
    )
    actual = gradient(method, before, outputs, labels)
    np.testing.assert_allclose(actual, slope, atol=1e-4)
    examples = jax.tree.map(lambda a, b: a.at[:4].set(b), state.examples, rows)
    state = method.end_of_epoch(state._replace(examples=examples))
  # The likeliest class of the target, no longer the label, is what is learned.
  assert (t.argmax(-1) != labels).any()
  declared = method.declared(state, all_labels)
  np.testing.assert_array_equal(declared[:4], t.argmax(-1) != labels)
  np.testing.assert_array_equal(declared[4:], np.nan)  # never visited
  scores = method.scores(state, all_labels)
  np.testing.assert_allclose(scores[:4], t[np.arange(4), labels], atol=1e-6)
  np.testing.assert_array_equal(scores[4:], np.nan)


def test_car_has_no_opinion_before_a_target_moves_and_no_verdict_before_one_can_turn():
  # A network that is certain of the other class: t_y = beta^n, the least that it can be.
  method = methods.car(losses.cross_entropy, beta=0.8, warm_up=1)
  labels = np.zeros(4, np.int32)
  state = method.init(labels, K)
  outputs = np.c_[1e4 * np.eye(K)[[1, 1, 1, 0]], np.zeros(4)]
  for moves in range(6):
    _, rows = called(method, state, outputs, labels)
    state = method.end_of_epoch(state._replace(examples=rows))
    if moves:
      of_wrong, of_right = method.scores(state, labels)[2:]
      np.testing.assert_allclose(of_wrong, 0.8**moves, rtol=1e-5)
      assert of_right == 1  # an opinion, of one that is certain
    else:
      np.testing.assert_array_equal(method.scores(state, labels), np.nan)
    expected = [1, 1, 1, 0] if 0.8**moves < 0.5 else np.nan
    np.testing.assert_array_equal(method.declared(state, labels), expected)


def test_targets_that_correct_no_label_are_no_opinion(batch):
  logits, labels = batch
  method = methods.car(losses.cross_entropy, beta=1, warm_up=0)
  state = method.init(labels, K)
  _, rows = called(method, state, np.c_[logits, np.zeros(4)], labels)
  state = method.end_of_epoch(state._replace(examples=rows))
  np.testing.assert_array_equal(method.scores(state, labels), np.nan)
  np.testing.assert_array_equal(method.declared(state, labels), np.nan)


@pytest.mark.parametrize("loss", [losses.cross_entropy, losses.mae])
def test_where_the_indicator_is_sure_car_is_the_loss_by_itself(batch, loss):
  logits, labels = batch
  method = methods.car(loss, reverse=0, beta=1)
  all_labels = np.zeros(N, np.int32)
  all_labels[:4] = labels
  state = method.init(all_labels, K)
  outputs = np.c_[logits, np.full(4, 200.0)]
  values, rows = called(method, state, outputs, labels)
  plain = methods.plain(loss)
  np.testing.assert_allclose(values, loss(jnp.float32(logits), labels), rtol=1e-6)
  expected = gradient(plain, plain.init(labels, K), logits, labels)
  actual = gradient(method, state, outputs, labels)
  np.testing.assert_allclose(actual[:, :-1], expected, atol=1e-6)
  np.testing.assert_array_equal(actual[:, -1], 0)
  np.testing.assert_array_equal(rows, np.eye(K)[labels])


@pytest.mark.parametrize("indicator", [-1e4, 0.0, 1e4])
@pytest.mark.parametrize("sign", [1, -1])
def test_car_is_finite_where_network_or_indicator_are_certain(sign, indicator):
  outputs = np.c_[sign * np.eye(K)[:4] * 1e4, np.full(4, indicator)]
  labels = np.arange(4, dtype=np.int32)
  method = methods.car(losses.cross_entropy)
  state = method.init(np.arange(N, dtype=np.int32) % K, K)
  assert np.isfinite(called(method, state, outputs, labels)[0]).all()
  assert np.isfinite(gradient(method, state, outputs, labels)).all()

"""Each method's loss and memory against its formulas in float64 numpy."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses, methods

N, K = 12, 5


@pytest.fixture(name="batch")
def a_batch():
  rng = np.random.default_rng(0)
  logits = rng.normal(size=(4, K)) * 2
  labels = np.array([0, 3, 3, 4], np.int32)
  return logits, labels


def softmax(z):
  e = np.exp(z - z.max(-1, keepdims=True))
  return e / e.sum(-1, keepdims=True)


def cross_entropy(p, labels):
  return -np.log(p[np.arange(len(labels)), labels])


def called(method, state, logits, labels, rows=slice(0, 4)):
  rows = jax.tree.map(lambda leaf: leaf[rows], state.examples)
  return method.loss(state.shared, rows, jnp.float32(logits), labels)


def gradient(method, state, logits, labels):
  """d sum_i L_i / dz of the examples of the batch, float32[n, outputs]."""
  rows = jax.tree.map(lambda leaf: leaf[:4], state.examples)

  def total(logits):
    return method.loss(state.shared, rows, logits, labels)[0].sum()

  return jax.grad(total)(jnp.float32(logits))


def numeric_gradient(function, logits, step=1e-6):
  """Central differences of a float64 function of [n, outputs] to a number."""
  result = np.zeros_like(logits)
  for place in np.ndindex(*logits.shape):
    shift = np.zeros_like(logits)
    shift[place] = step
    result[place] = (function(logits + shift) - function(logits - shift)) / (2 * step)
  return result


def test_elr_follows_its_formula(batch):
  logits, labels = batch
  method = methods.elr(losses.cross_entropy, lam=2.0, beta=0.6)
  state = method.init(np.zeros(N, np.int32), K)
  assert not state.examples.any()
  t = np.zeros((4, K))
  for scale in (1.0, 3.0, 0.5):
    z = logits * scale
    p = softmax(z)
    seen = np.clip(p, 1e-4, 1 - 1e-4)
    t = 0.6 * t + 0.4 * seen / seen.sum(-1, keepdims=True)
    expected = cross_entropy(p, labels) + 2 * np.log(1 - (t * p).sum(-1))
    values, rows = called(method, state, z, labels)
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    np.testing.assert_allclose(rows, t, rtol=1e-5)
    state = state._replace(examples=state.examples.at[:4].set(rows))
  scores = method.scores(state, np.r_[labels, np.zeros(N - 4, np.int32)])
  np.testing.assert_allclose(scores[:4], t[np.arange(4), labels], rtol=1e-5)
  np.testing.assert_array_equal(scores[4:], np.nan)  # never visited


def test_elr_targets_are_constants_of_the_gradient(batch):
  logits, labels = batch
  method = methods.elr(losses.cross_entropy, lam=2.0, beta=0.6)
  state = method.init(np.zeros(N, np.int32), K)
  seen = np.clip(softmax(logits), 1e-4, 1 - 1e-4)
  t = 0.4 * seen / seen.sum(-1, keepdims=True)

  def total(z):
    p = softmax(z)
    return (cross_entropy(p, labels) + 2 * np.log(1 - (t * p).sum(-1))).sum()

  expected = numeric_gradient(total, logits)
  np.testing.assert_allclose(gradient(method, state, logits, labels), expected, atol=1e-5)


@pytest.mark.parametrize("sign", [1, -1])
def test_elr_is_finite_where_the_network_is_certain(sign):
  logits = sign * np.eye(K)[:4] * 1e4
  labels = np.arange(4, dtype=np.int32)
  method = methods.elr(losses.mae, lam=3.0, beta=0.0)
  state = method.init(np.zeros(N, np.int32), K)
  values, _ = called(method, state, logits, labels)
  assert np.isfinite(values).all()
  assert np.isfinite(gradient(method, state, logits, labels)).all()


@pytest.mark.parametrize("normalize", [True, False])
def test_sr_follows_its_formula_and_schedule(batch, normalize):
  logits, labels = batch
  settings = dict(lam=1.5, tau=0.5, power=0.3, growth=2.0, period=2)
  method = methods.sr(losses.cross_entropy, **settings, normalize=normalize)
  state = method.init(np.zeros(N, np.int32), K)

  def total(z, weight):
    z = z / np.linalg.norm(z, axis=-1, keepdims=True) if normalize else z
    p = softmax(z / 0.5)
    norm = (np.maximum(p, 1e-7) ** 0.3).sum(-1)
    return (cross_entropy(p, labels) + weight * norm).sum()

  for weight in (1.5, 1.5, 3.0, 3.0, 6.0):
    values, _ = called(method, state, logits, labels)
    np.testing.assert_allclose(values.sum(), total(logits, weight), rtol=1e-5)
    expected = numeric_gradient(lambda z, weight=weight: total(z, weight), logits)
    actual = gradient(method, state, logits, labels)
    np.testing.assert_allclose(actual, expected, atol=1e-4)
    state = method.end_of_epoch(state)


@pytest.mark.parametrize("logits", [np.zeros((4, K)), np.eye(4, K) * 1e4])
def test_sr_is_finite_at_the_ends(logits):
  method = methods.sr(losses.cross_entropy, power=0.01)
  state = method.init(np.zeros(N, np.int32), K)
  labels = np.arange(4, dtype=np.int32)
  assert np.isfinite(called(method, state, logits, labels)[0]).all()
  assert np.isfinite(gradient(method, state, logits, labels)).all()


@pytest.mark.parametrize("loss", [losses.cross_entropy, losses.focal, losses.mae])
def test_over_permutations_of_one_output_any_loss_is_symmetric(loss):
  # What SR rests on: of outputs that are permutations of one vector, each label costs in
  # all the same, so that a wrong label drawn at random moves no minimum.
  vector = jnp.float32([3.0, 0.5, -1.0, -2.0])
  outputs = jnp.stack([vector[jnp.array(p)] for p in itertools.permutations(range(4))])
  sums = sum(loss(outputs, jnp.full(len(outputs), k)) for k in range(4))
  np.testing.assert_allclose(sums, sums[0], rtol=1e-5)


def test_the_sparsity_term_of_sr_is_least_for_one_hot_outputs():
  method = methods.sr(lambda logits, labels: 0 * logits[:, 0], lam=1.0, normalize=False)
  state = method.init(np.zeros(N, np.int32), K)
  rising = [np.full((1, K), 0.0), np.eye(1, K) * 0.5, np.eye(1, K) * 5, np.eye(1, K) * 99]
  labels = np.zeros(1, np.int32)
  values = [
    float(method.loss(state.shared, None, jnp.float32(z), labels)[0][0]) for z in rising
  ]
  assert values == sorted(values, reverse=True)
  assert values[0] == pytest.approx(K**0.9, rel=1e-5)
  # Where p is below 1e-7, it counts as that.
  assert values[-1] == pytest.approx(1 + (K - 1) * 1e-7**0.1, rel=1e-5)


def with_history(method, margins):
  """The state after epochs in which example i had margins[e][i]."""
  state = method.init(np.zeros(N, np.int32), 2)
  for row in margins:
    # Of two classes with p_0 - p_1 = m.
    p = (1 + np.asarray(row)) / 2
    logits = np.log(np.stack([p, 1 - p], -1))
    _, rows = called(method, state, logits, np.zeros(len(row), np.int32), slice(len(row)))
    examples = jax.tree.map(
      lambda all_, new: all_.at[: len(new)].set(new), state.examples, rows
    )
    state = method.end_of_epoch(state._replace(examples=examples))
  return state


def weights(method, state, count):
  """The loss of each example where the plain loss is 1."""
  rows = jax.tree.map(lambda leaf: leaf[:count], state.examples)
  logits, labels = jnp.zeros((count, 2)), np.zeros(count, np.int32)
  return np.asarray(method.loss(state.shared, rows, logits, labels)[0])


def ones(logits, labels):
  return jnp.ones(len(logits))


def test_marvel_declares_what_stays_below_the_threshold():
  method = methods.marvel(ones, threshold=0.1, window=2, warm_up=1)
  # Small in the warm-up alone; never; always; in one epoch.
  margins = [[-0.5, 0.5, -0.5, 0.5], [0.4, 0.9, -0.5, 0.2]]
  fresh = with_history(method, margins[:1])
  np.testing.assert_array_equal(method.scores(fresh, None), np.nan)
  state = with_history(method, margins)
  np.testing.assert_allclose(method.scores(state, None)[:4], margins[1], atol=1e-6)
  # One epoch after the warm-up is too few.
  np.testing.assert_array_equal(method.declared(state, None), np.nan)
  margins += [[0.3, 0.9, 0.0, 0.05]]
  state = with_history(method, margins)
  np.testing.assert_array_equal(method.declared(state, None)[:4], [0, 0, 1, 0])
  np.testing.assert_array_equal(method.declared(state, None)[4:], np.nan)  # never visited
  np.testing.assert_array_equal(weights(method, state, 4), [1, 1, 0, 1])
  expected = np.mean(margins[1:], axis=0)
  np.testing.assert_allclose(method.scores(state, None)[:4], expected, atol=1e-6)
  # For good.
  state = with_history(method, margins + [[0.9] * 4] * 3)
  np.testing.assert_array_equal(method.declared(state, None)[:4], [0, 0, 1, 0])


def test_a_visit_in_the_warm_up_never_helps_to_declare():
  method = methods.marvel(ones, threshold=0.1, window=2, warm_up=1)
  state = with_history(method, [[-0.5], [-0.5]])
  # The last epoch ends without a visit.
  state = method.end_of_epoch(state)
  np.testing.assert_array_equal(method.declared(state, None), np.nan)


def test_an_abandoned_example_has_no_gradient(batch):
  logits, labels = batch
  method = methods.marvel(losses.cross_entropy, window=1, warm_up=0)
  state = method.init(np.zeros(N, np.int32), K)
  declared = state.examples.declared.at[jnp.array([1, 3])].set(True)
  state = state._replace(examples=state.examples._replace(declared=declared))
  p = softmax(logits)
  expected = p - np.eye(K)[labels]
  expected[[1, 3]] = 0
  np.testing.assert_allclose(gradient(method, state, logits, labels), expected, atol=1e-5)


def test_the_margin_is_that_of_probabilities(batch):
  logits, labels = batch
  p = softmax(logits)
  others = np.where(np.eye(K, dtype=bool)[labels], -1, p).max(-1)
  method = methods.marvel(ones, window=2, warm_up=0)
  _, rows = called(method, method.init(np.zeros(N, np.int32), K), logits, labels)
  expected = p[np.arange(4), labels] - others
  np.testing.assert_allclose(rows.history[:, 1], expected, rtol=1e-4)
  np.testing.assert_array_equal(rows.history[:, 0], np.inf)


def test_marvel_plus_weighs_what_is_right_but_unsure():
  settings = dict(threshold=0.0, window=2, warm_up=1, arduous=0.6, weight=3.0)
  method = methods.marvel_plus(ones, **settings)
  #        arduous; easy; not fitted; declared; mean just below zero
  rising = [
    [0.1, 0.1, 0.1, 0.1, 0.1],  # the warm-up, which does not count
    [0.1, 0.8, -0.9, -0.5, 0.1],
    [0.2, 0.9, 0.2, -0.1, -0.2],
    [0.4, 0.7, 0.1, -0.2, 0.1],
  ]
  state = with_history(method, rising[:1])
  np.testing.assert_array_equal(weights(method, state, 5), 1)
  state = with_history(method, rising[:2])
  np.testing.assert_array_equal(weights(method, state, 5), [3, 1, 1, 1, 3])
  state = with_history(method, rising)
  np.testing.assert_array_equal(weights(method, state, 5), [3, 1, 3, 0, 1])
  fresh = method.init(np.zeros(N, np.int32), 2)
  np.testing.assert_array_equal(weights(method, fresh, 5), 1)


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
    slope = numeric_gradient(
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


def test_labels_beyond_int32_are_refused_where_a_method_takes_them():
  wide = np.arange(N) % K + 2**32
  car, elr = (make(losses.cross_entropy) for make in (methods.car, methods.elr))
  state = car.init(wide - 2**32, K)
  for take in (
    lambda: car.init(wide, K),
    lambda: car.scores(state, wide),
    lambda: car.declared(state, wide),
    lambda: elr.scores(elr.init(wide, K), wide),
  ):
    with pytest.raises(ValueError, match="labels: 4294967296 at position 0, must be in"):
      take()

import jax
import jax.numpy as jnp
import numpy as np

from noisy_jax import losses, methods
from tests.methods.batches import K, N, called, gradient, softmax


def with_history(method, margins):
  """The state after epochs in which example i had margins[e][i]."""
  state = method.init(np.zeros(N, np.int32), 2)
  for row in margins:
    # Of two classes with p_0 - p_1 = m.
    p = (1 + np.asarray(row)) / 2
    logits = np.log(np.stack([p, 1 - p], -1))
    _, rows = called(method, state, logits, np.zeros(len(row), np.int32), slice(len(row)))
    examples = jax.tree.map(lambda x, new: x.at[: len(new)].set(new), state.examples, rows)
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

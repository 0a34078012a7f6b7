import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses, methods
from noisy_jax.methods import sparse_targets
from tests.methods.batches import K, N, called, cross_entropy, gradient, softmax

TEXTS = ["elr(lam=2, beta=0.6", "car(lam=0.7, reverse=0.2, beta=0.3, warm_up=1"]
LABELS = np.r_[0, 3, 3, 4, np.zeros(N - 4, int)].astype(np.int32)


def a_method(text, entries):
  return methods.parse(f"{text}, entries={entries})").around(losses.cross_entropy)


def outputs_of(method, epoch):
  logits = np.random.default_rng(epoch).normal(size=(4, K)) * (2 + epoch)
  indicator = np.array([[0.5], [-1.0], [3.0], [-4.0]])
  return np.c_[logits, indicator] if method.num_extra_outputs else logits


def epochs(text, entries):
  """The state after each of three epochs of one batch, with its values and gradient."""
  method = a_method(text, entries)
  state = method.init(LABELS, K)
  for epoch in range(3):
    outputs = outputs_of(method, epoch)
    values, rows = called(method, state, outputs, LABELS[:4])
    slope = gradient(method, state, outputs, LABELS[:4])
    examples = jax.tree.map(lambda a, b: a.at[:4].set(b), state.examples, rows)
    state = state._replace(examples=examples)
    if method.end_of_epoch is not None:
      state = method.end_of_epoch(state)
    judges = [judge for judge in (method.scores, method.declared) if judge]
    yield state.examples, values, slope, [judge(state, LABELS) for judge in judges]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("entries", [K - 1, K, K + 9])
def test_where_no_two_classes_share_an_entry_nothing_changes(text, entries):
  whole = epochs(text, 0)
  for (targets, *found), (expected_targets, *expected) in zip(
    epochs(text, entries), whole, strict=True
  ):
    dense = sparse_targets.dense(targets, K)
    np.testing.assert_allclose(dense, expected_targets, rtol=1e-6)
    for a, b in zip(*map(jax.tree.leaves, (found, expected)), strict=True):
      np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)


def shared(t, entries):
  """Targets whose smallest entries are their mean, float64."""
  t = t.copy()
  for row in t:
    smallest = np.argsort(-row, kind="stable")[entries:]
    row[smallest] = row[smallest].mean()
  return t


def elr_moved(t, p, epoch):
  del epoch
  seen = np.clip(p, 1e-4, 1 - 1e-4)
  return 0.6 * t + 0.4 * seen / seen.sum(-1, keepdims=True)


def elr_values(t, p, indicator):
  del indicator
  return cross_entropy(p, LABELS[:4]) + 2 * np.log(1 - (t * p).sum(-1))


def car_moved(t, p, epoch):
  return 0.3 * t + 0.7 * p if epoch else t


def car_values(t, p, indicator):
  tau = 1 / (1 + np.exp(-indicator))
  values = cross_entropy(t + tau[:, None] * (p - t), t.argmax(-1)) - 0.7 * np.log(tau)
  return values - 0.2 * (p * np.log(np.maximum(t, 1e-4))).sum(-1)


@pytest.mark.parametrize("entries", [1, 2])
@pytest.mark.parametrize(
  "text, first, moved, values_of",
  [
    (TEXTS[0], np.zeros((4, K)), elr_moved, elr_values),
    (TEXTS[1], np.eye(K)[LABELS[:4]], car_moved, car_values),
  ],
)
def test_from_visit_to_visit_the_smallest_entries_become_their_mean(
  text, first, moved, values_of, entries
):
  t, method = first, a_method(text, entries)
  for epoch, (targets, values, _, (scores, *verdicts)) in enumerate(epochs(text, entries)):
    outputs = outputs_of(method, epoch)
    p = softmax(outputs[:, :K])
    whole = moved(t, p, epoch)
    t = shared(whole, entries)
    np.testing.assert_allclose(values, values_of(whole, p, outputs[:, -1]), rtol=1e-5)
    dense = sparse_targets.dense(targets, K)
    np.testing.assert_allclose(dense[:4], t, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(dense[:4].sum(-1), whole.sum(-1), rtol=1e-6)
    is_scored = method.num_extra_outputs == 0 or epoch > 0
    expected = t[np.arange(4), LABELS[:4]] if is_scored else np.nan
    np.testing.assert_allclose(scores[:4], expected, rtol=1e-5)
    np.testing.assert_array_equal(scores[4:], np.nan)  # never visited
    for verdict in verdicts:
      wrong = t.argmax(-1) != LABELS[:4] if epoch else np.nan
      np.testing.assert_array_equal(verdict[:4], wrong)
  assert (t.argmax(-1) != LABELS[:4]).any()
  assert (LABELS[:4, None] != targets.classes[:4]).all(-1).any()  # one of the others


def test_small_entries_keep_their_digits():
  targets = jnp.full((1, 1000), 1e-12).at[0, 7].set(1)
  np.testing.assert_allclose(
    sparse_targets.dense(sparse_targets.largest(targets, 1), 1000), targets, rtol=1e-6
  )


@pytest.mark.parametrize("text", TEXTS)
def test_memory_does_not_grow_with_the_number_of_classes(text):
  labels = np.arange(100_000) * 37
  # All entries would be 1.6 TB.
  targets = a_method(text, 8).init(labels, 4_000_000).examples
  assert sum(leaf.nbytes for leaf in targets) == (8 * 8 + 4) * len(labels)
  np.testing.assert_array_equal(targets.classes[:, 0], labels)


@pytest.mark.parametrize("text", TEXTS)
def test_labels_beyond_int32_are_refused(text):
  method, wide = a_method(text, 2), LABELS.astype(int) + 2**32
  state = method.init(LABELS, K)
  for take in (lambda: method.init(wide, K), lambda: method.scores(state, wide)):
    with pytest.raises(ValueError, match="labels: 4294967296 at position 0, must be in"):
      take()

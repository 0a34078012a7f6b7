"""NAL against its formula in float64 numpy."""

import numpy as np
import pytest

from noisy_jax import losses, methods
from tests.methods.batches import K, N, called, gradient, numeric_gradient, softmax


def nal_reference(outputs, t, *, lam, reverse):
  tau = 1 / (1 + np.exp(-outputs[:, -1:]))
  mixed = tau * softmax(outputs[:, :-1]) + (1 - tau) * t
  mixed /= mixed.sum(-1, keepdims=True)
  values = -(t * np.log(mixed)).sum(-1) - lam * np.log(tau[:, 0])
  return values - reverse * (mixed * np.log(t)).sum(-1)


def test_nal_follows_its_formula_and_moves_its_targets_in_some_epochs(batch):
  logits, labels = batch
  settings = dict(lam=0.7, reverse=0.2)
  method = methods.nal(
    losses.cross_entropy, **settings, beta=0.3, warm_up=1, period=2, threshold=0.1
  )
  all_labels = np.r_[labels, np.zeros(N - 4, np.int32)]
  state = method.init(all_labels, K)
  targets = np.eye(K)[labels]
  for epoch in range(1, 5):
    outputs = np.c_[logits * epoch, [0.5, -1.0, 3.0, -4.0]]
    before = state
    if epoch in (2, 4):  # the attention to the last example is below 0.1
      moved = 0.3 * targets + 0.7 * softmax(logits * epoch)
      targets[:3] = np.maximum(moved, 1e-4)[:3]
    t = np.maximum(targets, 1e-4)
    values, rows = called(method, state, outputs, labels)
    np.testing.assert_allclose(values, nal_reference(outputs, t, **settings), rtol=1e-5)
    np.testing.assert_allclose(rows, targets, atol=1e-6)
    slope = numeric_gradient(
      lambda z, t=t: nal_reference(z, t, **settings).sum(), outputs, 1e-5
    )
    np.testing.assert_allclose(
      gradient(method, before, outputs, labels), slope, rtol=1e-4, atol=1e-4
    )
    examples = state.examples.at[:4].set(rows)
    state = method.end_of_epoch(state._replace(examples=examples))
    is_scored = ~np.isnan(method.scores(state, all_labels))
    assert is_scored.tolist() == [epoch > 1] * 3 + [False] * (N - 3)
  declared = method.declared(state, all_labels)
  np.testing.assert_array_equal(declared[:3], t[:3].argmax(-1) != labels[:3])
  assert declared[:3].any()
  np.testing.assert_array_equal(declared[3:], np.nan)


@pytest.mark.parametrize("warm_up, period, moves", [(0, 1, 6), (2, 1, 4), (3, 2, 2)])
def test_a_verdict_waits_for_the_moves_that_can_turn_a_target(warm_up, period, moves):
  # A network certain of another class: t_y = beta^moves.
  method = methods.nal(losses.cross_entropy, warm_up=warm_up, period=period, beta=0.6)
  labels = np.zeros(1, np.int32)
  state = method.init(labels, 2)
  for epoch in range(6):
    _, rows = called(method, state, np.array([[-99.0, 99.0, 9.0]]), labels)
    state = method.end_of_epoch(state._replace(examples=rows))
    t = float(rows[0, 0])
    verdict = float(method.declared(state, labels)[0])
    assert verdict == 1 if t < 0.5 else np.isnan(verdict), epoch
  assert t == pytest.approx(0.6**moves, rel=1e-4)


@pytest.mark.parametrize("h", [-1e4, 1e4])
def test_nal_is_finite_where_network_and_head_are_certain(h):
  outputs = np.c_[np.eye(K)[:4] * 1e4, np.full(4, h)]
  labels = np.array([0, 0, 1, 1], np.int32)
  method = methods.nal(losses.cross_entropy)
  state = method.init(labels, K)
  assert np.isfinite(called(method, state, outputs, labels)[0]).all()
  assert np.isfinite(gradient(method, state, outputs, labels)).all()

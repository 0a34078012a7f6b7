import numpy as np
import pytest

from noisy_jax import losses, methods
from tests.methods import batches
from tests.methods.batches import K, N, called, cross_entropy, gradient, softmax


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

  expected = batches.numeric_gradient(total, logits)
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

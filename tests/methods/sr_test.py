import itertools

import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses, methods
from tests.methods import batches
from tests.methods.batches import K, N, called, cross_entropy, gradient, softmax


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
    expected = batches.numeric_gradient(lambda z, weight=weight: total(z, weight), logits)
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
  rows = [method.loss(state.shared, None, jnp.float32(z), labels) for z in rising]
  values = [float(of_each[0]) for of_each, _ in rows]
  assert values == sorted(values, reverse=True)
  assert values[0] == pytest.approx(K**0.9, rel=1e-5)
  # Where p is below 1e-7, it counts as that.
  assert values[-1] == pytest.approx(1 + (K - 1) * 1e-7**0.1, rel=1e-5)

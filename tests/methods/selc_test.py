"""SELC against its formula in float64 numpy."""

import numpy as np

from noisy_jax import losses, methods
from tests.methods.batches import K, N, called, gradient, numeric_gradient, softmax


def test_selc_follows_its_formula_before_and_after_the_warm_up(batch):
  logits, labels = batch
  method = methods.selc(losses.cross_entropy, alpha=0.6, warm_up=1)
  all_labels = np.r_[labels, np.zeros(N - 4, np.int32)]
  state = method.init(all_labels, K)
  t = np.eye(K)[labels]
  for epoch in range(3):
    z = logits * (1 + epoch)
    if epoch:
      t = 0.6 * t + 0.4 * softmax(z)
    values, rows = called(method, state, z, labels)
    np.testing.assert_allclose(values, -(t * np.log(softmax(z))).sum(-1), rtol=1e-5)
    np.testing.assert_allclose(rows, t, atol=1e-6)
    slope = numeric_gradient(lambda z, t=t: -(t * np.log(softmax(z))).sum(), z)
    np.testing.assert_allclose(gradient(method, state, z, labels), slope, atol=1e-5)
    scores = method.scores(state, all_labels)
    np.testing.assert_array_equal(np.isnan(scores[:4]), epoch < 2)
    examples = state.examples.at[:4].set(rows)
    state = method.end_of_epoch(state._replace(examples=examples))
  # After two moves the label has 0.36 at least.
  declared = method.declared(state, all_labels)
  np.testing.assert_array_equal(declared[:4], t.argmax(-1) != labels)
  assert declared[:4].any()
  np.testing.assert_array_equal(declared[4:], np.nan)  # never visited
  scores = method.scores(state, all_labels)
  np.testing.assert_allclose(scores[:4], t[np.arange(4), labels], atol=1e-6)


def test_around_another_loss_the_target_weighs_the_loss_of_each_label(batch):
  logits, labels = batch
  loss = losses.with_logit_bias(losses.parse("gce(q=0.4) + nce"), 0.5)
  method = methods.selc(loss, alpha=0.0, warm_up=0)
  values, _ = called(method, method.init(labels, K), logits, labels)
  of_label = [loss(np.float32(logits), np.full(4, j)) for j in range(K)]
  expected = (softmax(logits) * np.stack(of_label, -1)).sum(-1)
  np.testing.assert_allclose(values, expected, rtol=1e-5)

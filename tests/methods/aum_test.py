"""AUM against its definition in float64 numpy."""

import numpy as np

from noisy_jax import losses, methods
from tests.methods.batches import K, N, called
from tests.methods.setups import a_setup


def margins(logits, labels):
  wrong = np.where(np.eye(K, dtype=bool)[labels], -np.inf, logits)
  return logits[np.arange(len(labels)), labels] - wrong.max(-1)


def test_the_score_is_the_mean_margin_of_logits(batch):
  logits, labels = batch
  method = methods.aum(losses.mae)
  all_labels = np.r_[labels, np.zeros(N - 4, np.int32)]
  state = method.init(all_labels, K)
  np.testing.assert_array_equal(method.scores(state, all_labels), np.nan)
  seen = []
  for scale in (1.0, -2.0, 0.5, 30.0):
    seen.append(margins(scale * logits, labels))
    values, rows = called(method, state, scale * logits, labels)
    np.testing.assert_array_equal(values, losses.mae(np.float32(scale * logits), labels))
    examples = state.examples
    state = state._replace(
      examples=type(rows)(*(a.at[:4].set(b) for a, b in zip(examples, rows, strict=True)))
    )
    scores = method.scores(state, all_labels)
    np.testing.assert_allclose(scores[:4], np.mean(seen, axis=0), rtol=1e-5)
    np.testing.assert_array_equal(scores[4:], np.nan)  # never visited


def test_of_several_views_the_first_counts(batch):
  logits, labels = batch
  method = a_setup(method="aum", loss="gjs", augmentation="flip").method
  state = method.init(np.zeros(N, np.int32), K)
  views = np.stack([logits, -logits])
  values, rows = called(method, state, views, labels)
  np.testing.assert_array_equal(values, losses.gjs(np.float32(views), labels))
  np.testing.assert_allclose(rows.mean, margins(logits, labels), rtol=1e-5)

"""Cross-entropy: the loss that learns fastest, and memorises wrong labels."""

import jax
from jax.typing import ArrayLike

from noisy_jax.losses.primitives import label_log_prob


def cross_entropy(logits: ArrayLike, labels: ArrayLike) -> jax.Array:
  """Cross-entropy between the softmax output and the label.

  L = -log p_k, with p = softmax(logits) and k = labels. Its gradient on the labelled
  logit, p_k - 1, is largest where the network disagrees with the label: a fresh network
  learns at any number of classes, and later fits the wrong labels too.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; checked where data enter, not under jit.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, inf); NaN for a
    label outside [0, K).

  Raises:
    AssertionError: on shapes or kinds that do not fit.
  """
  return -label_log_prob(logits, labels)

"""Losses as pure functions: loss(logits, labels) -> one value per example."""

from noisy_jax.losses.bounded import generalized_cross_entropy
from noisy_jax.losses.bounded import mae
from noisy_jax.losses.cross_entropy import cross_entropy
from noisy_jax.losses.logit_bias import add_logit_bias
from noisy_jax.losses.logit_bias import with_logit_bias
from noisy_jax.losses.primitives import Loss
from noisy_jax.losses.primitives import label_log_prob
from noisy_jax.losses.primitives import one_minus_exp
from noisy_jax.losses.spec import NAMES
from noisy_jax.losses.spec import parse

__all__ = [
  "Loss",
  "NAMES",
  "add_logit_bias",
  "cross_entropy",
  "generalized_cross_entropy",
  "label_log_prob",
  "mae",
  "one_minus_exp",
  "parse",
  "with_logit_bias",
]

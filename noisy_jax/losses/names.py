"""Every loss by its short name, and the default hyperparameters of each."""

import inspect
from collections.abc import Callable
from typing import Any

import jax

from noisy_jax.losses.asymmetric import (
  asymmetric_exponential,
  asymmetric_generalized_cross_entropy,
  asymmetric_unhinged,
)
from noisy_jax.losses.bounded import generalized_cross_entropy, mae
from noisy_jax.losses.cross_entropy import cross_entropy, focal, label_smoothing
from noisy_jax.losses.distributionally_robust import label_distributionally_robust_kl
from noisy_jax.losses.eps_softmax import epsilon_softmax_cross_entropy
from noisy_jax.losses.jensen_shannon import (
  generalized_jensen_shannon,
  jensen_shannon,
)
from noisy_jax.losses.negative import (
  normalized_negative_cross_entropy,
  normalized_negative_focal,
)
from noisy_jax.losses.normalized import (
  normalized_cross_entropy,
  normalized_focal,
  normalized_generalized_cross_entropy,
)
from noisy_jax.losses.reverse import reverse_cross_entropy, symmetric_cross_entropy
from noisy_jax.losses.squared import asymmetric_mean_squared_error
from noisy_jax.losses.tempered import bi_tempered
from noisy_jax.losses.truncated import (
  partially_huberized_cross_entropy,
  polysoft_cross_entropy,
  taylor_cross_entropy,
)

NAMES: dict[str, Callable[..., jax.Array]] = {
  "ce": cross_entropy,
  "ls": label_smoothing,
  "mae": mae,
  "rce": reverse_cross_entropy,
  "sce": symmetric_cross_entropy,
  "gce": generalized_cross_entropy,
  "fl": focal,
  "nce": normalized_cross_entropy,
  "nfl": normalized_focal,
  "ngce": normalized_generalized_cross_entropy,
  "aul": asymmetric_unhinged,
  "agce": asymmetric_generalized_cross_entropy,
  "ael": asymmetric_exponential,
  "bi_tempered": bi_tempered,
  "taylor_ce": taylor_cross_entropy,
  "phuber_ce": partially_huberized_cross_entropy,
  "polysoft": polysoft_cross_entropy,
  "js": jensen_shannon,
  "gjs": generalized_jensen_shannon,
  "nnce": normalized_negative_cross_entropy,
  "nnfl": normalized_negative_focal,
  "ece": epsilon_softmax_cross_entropy,
  "ldr_kl": label_distributionally_robust_kl,
  "amse": asymmetric_mean_squared_error,
}

# Number of views of an image that a loss compares; all others take one.
VIEWS = {"gjs": 2}


def defaults(name: str) -> dict[str, Any]:
  """The hyperparameters of a loss and their defaults.

  Args:
    name: a key of `NAMES`.

  Returns:
    Name to default of each hyperparameter, in the order of the signature.

  Example:
    >>> from noisy_jax import losses
    >>> losses.defaults("agce")
    {'a': 0.6, 'q': 0.6}
  """
  return keyword_defaults(NAMES[name])


def keyword_defaults(function: Callable) -> dict[str, Any]:
  """Keyword-only arguments of a function to their defaults, in their order."""
  parameters = inspect.signature(function).parameters.values()
  return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}

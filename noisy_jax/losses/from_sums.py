"""Each loss from the sums over the other classes that it needs of a linear layer.

A loss of p_k alone is that of two classes, the label and all others together, with the
logits z_k and log sum_{j != k} exp z_j. Other losses need one sum more.
"""

import math
import numbers
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax.losses.cross_entropy import focal_of_label, ls_from_margin
from noisy_jax.losses.eps_softmax import ece_from_log_prob
from noisy_jax.losses.guard import check_shape
from noisy_jax.losses.names import NAMES
from noisy_jax.losses.negative import focal_gain_of_class, gain_of_class
from noisy_jax.losses.normalized import gce_of_class, nce_from_margin
from noisy_jax.losses.primitives import (
  log_prob,
  one_minus_exp,
  share,
)
from noisy_jax.losses.properties import PROPERTIES
from noisy_jax.losses.rows import Rows


def _square(log_p, error, a):
  del error, a
  return jnp.exp(2 * log_p)


# By loss, what it sums over the classes; its sum needs log p_j, hence a second pass.
_OF_CLASS: dict[str, Callable[..., jax.Array]] = {
  "nfl": focal_of_label,
  "ngce": gce_of_class,
  "nnce": gain_of_class,
  "nnfl": focal_gain_of_class,
  "amse": _square,
}
HAVE_SUMS = tuple(
  name
  for name in NAMES
  if PROPERTIES[name].of_label_alone or name in (*_OF_CLASS, "ls", "nce", "ece", "ldr_kl")
)


def value(
  name: str, keywords: Mapping[str, Any], eps: ArrayLike, rows: Rows, num_classes: int
) -> jax.Array:
  """A loss of each row, float[n].

  Args:
    name: one of `HAVE_SUMS`.
    keywords: all hyperparameters of the loss; arrays may be scalars, or have n numbers.
    eps: the logit bias, a scalar.
    rows: the examples.
    num_classes: K, over all devices.
  """
  keywords = {k: _hyperparameter(v, rows.layer.dtype) for k, v in keywords.items()}
  eps = _hyperparameter(eps, rows.layer.dtype)
  if name == "ldr_kl":
    lam = keywords["lam"]
    check_shape("lam", lam)
    found = rows.cooled(lam).statistics
    label = found.label - found.shift + (eps - keywords["c"]) / lam
    log_p = log_prob(*_two_classes(label, found))
    return -lam * (log_p + math.log(num_classes))
  found = rows.statistics
  label = found.label - found.shift + eps
  two_classes = _two_classes(label, found)
  if PROPERTIES[name].of_label_alone:
    return NAMES[name](*two_classes, **keywords)
  log_p = log_prob(*two_classes)
  if name == "ece":
    label = found.label + eps
    comes_first = (label == found.largest) & (rows.labels < found.first)
    return ece_from_log_prob(log_p, (label > found.largest) | comes_first, **keywords)
  if name in _OF_CLASS:
    of_class, error = _OF_CLASS[name], one_minus_exp(log_p)
    log_normalizer = jnp.logaddexp(label, found.log_rest)
    rest = rows.class_sum(of_class, log_normalizer, keywords)
    if name == "amse":
      return ((keywords["a"] - 1 + error) ** 2 + rest) / num_classes
    of_label = share(of_class(log_p, error, **keywords), rest)
    return 1 - of_label if name in ("nnce", "nnfl") else of_label
  margin = label - (found.total + eps) / num_classes
  if name == "nce":
    return nce_from_margin(log_p, margin, num_classes)
  return ls_from_margin(log_p, margin, **keywords)


def _hyperparameter(value, dtype):
  if isinstance(value, bool | np.bool_):
    return value
  if isinstance(value, numbers.Real):
    return float(value)
  array = jnp.asarray(value).astype(dtype)
  return array.ravel() if array.ndim else array


def _two_classes(label, found):
  """Logits [n, 2] of the label and of all others, and the first as the label, [n]."""
  labels = jnp.zeros(label.shape, jnp.int32)
  return jnp.stack([label, found.log_rest], axis=-1), labels

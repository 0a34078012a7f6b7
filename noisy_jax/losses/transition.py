"""Cross-entropy corrected by the transition matrix T_ij = P(noisy = j | clean = i).

`noise` makes T or estimates it (`noise.estimate_transition`). The forward correction passes
the prediction through T, the backward correction multiplies the losses of all labels by the
inverse of T. Unlike other losses, both change under a renaming of the classes, unless T
does not.

Source: Patrini, Rozza, Menon, Nock and Qu, "Making Deep Neural Networks Robust to Label
Noise: a Loss Correction Approach", CVPR 2017.
"""

import dataclasses
import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import ArrayLike

from noisy_jax.checks import check_matrix
from noisy_jax.losses.guard import guard, shape_of
from noisy_jax.losses.primitives import Loss, label_mask, log_prob, safe_product

_LARGEST_CONDITION = 1e6


def forward_correction(matrix: ArrayLike) -> Loss:
  """Cross-entropy between the noisy label and the prediction passed through the noise.

  L = -log (sum_i T_ik p_i), with p = softmax(logits) and k = labels. The identity T gives
  `cross_entropy`. Each entry of the gradient p_i - r_i, with
  r_i = T_ik p_i / sum_j T_jk p_j, is precise to 1e-5 of these two terms in float32, also at
  the label where p_k is nearly 1. With the true T, the loss on noisy data has the minimum
  of cross-entropy on clean data (Patrini et al.).

  Args:
    matrix: T on the host, float[K, K]; rows must sum to 1, and no column be 0.

  Returns:
    A loss with the arguments and errors of `cross_entropy`, at least -log max_i T_ik; a
    ValueError on logits of another K. Equal matrices give equal functions, so that jit
    compiles one once.

  Raises:
    ValueError: if the matrix is not a transition matrix, or one of its columns is 0.

  Example:
    >>> from noisy_jax import losses, noise
    >>> loss = losses.forward_correction(noise.symmetric_matrix(3, 0.3))
    >>> f"{loss([2.0, 0.0, 0.0], 0):.3f}"
    '0.540'

  Source: Patrini et al., CVPR 2017.
  """
  transition = check_matrix(matrix, len(np.atleast_1d(matrix)))
  impossible = np.flatnonzero(transition.max(axis=0) == 0)
  if impossible.size:
    raise ValueError(
      f"matrix: column {impossible[0]} is 0, must have an entry above 0: it is the "
      "probability of that label"
    )
  return CorrectedLoss("forward", transition.tobytes())


def backward_correction(matrix: ArrayLike) -> Loss:
  """A loss whose mean over noisy labels is the cross-entropy of the clean label.

  L = -sum_j (T^-1)_kj log p_j, with p = softmax(logits) and k = labels. The identity T
  gives `cross_entropy`. The loss may be negative and has no lower bound. An entry of its
  gradient, p_j - (T^-1)_kj, is precise to 1e-5 of these two terms in float32.

  Args:
    matrix: T on the host, float[K, K]; rows must sum to 1, and the condition number be at
      most 1e6.

  Returns:
    A loss, as from `forward_correction`, with any values.

  Raises:
    ValueError: if the matrix is not a transition matrix, or has a larger condition number.

  Source: Patrini et al., CVPR 2017.
  """
  transition = check_matrix(matrix, len(np.atleast_1d(matrix)))
  condition = np.linalg.cond(transition)
  if not condition <= _LARGEST_CONDITION:
    raise ValueError(
      f"matrix: condition number {condition:.3g}, must be at most {_LARGEST_CONDITION:g} "
      "to be inverted"
    )
  return CorrectedLoss("backward", transition.tobytes())


@dataclasses.dataclass(frozen=True)
class CorrectedLoss:
  """Cross-entropy with a correction.

  Attributes:
    way: forward or backward.
    matrix: T in float64, row by row, as bytes, by which losses are hashed and compared.
  """

  way: str
  matrix: bytes = dataclasses.field(repr=False)

  @functools.cached_property
  def _tables(self):
    entries = np.frombuffer(self.matrix)
    return _TABLES[self.way](entries.reshape(-1, round(entries.size**0.5)))

  def __call__(self, logits: ArrayLike, labels: ArrayLike) -> jax.Array:
    return guard()(self._of_classes)(logits, labels)

  def _of_classes(self, logits, labels):
    num_classes = len(self._tables[0])
    if logits.shape[-1] != num_classes:
      raise ValueError(
        f"logits: {shape_of(logits)}, must be float[..., {num_classes}], as from matrix "
        f"[{num_classes}, {num_classes}]"
      )
    rows = (jnp.asarray(table, logits.dtype)[labels] for table in self._tables)
    return _OF_ROWS[self.way](logits, labels, *rows)


def _forward_tables(transition):
  """log T_ik and log (1 - T_ik), [k, i]; log sum_i T_ik, [k, 1]."""
  log_total = np.log(transition.sum(axis=0))[:, None]
  with np.errstate(divide="ignore"):
    return np.log(transition.T), np.log(1 - transition.T), log_total


@jax.custom_jvp
def _forward(logits, labels, log_t, log_rest, log_total):
  """L = -log (sum_i exp(z_i) T_ik / sum_i exp(z_i))."""
  return _two_classes(labels, *_split(logits, log_t, log_rest)[1:])


@_forward.defjvp
def _forward_jvp(primals, tangents):
  logits, labels, log_t, log_rest, log_total = primals
  shifted, at_label, rest = _split(logits, log_t, log_rest)
  value = _two_classes(labels, at_label, rest)
  probs = jnp.exp(shifted - jnp.logaddexp(at_label, rest)[..., None])
  at_label = at_label[..., None]
  log_posterior = shifted + log_t - at_label
  # If all classes with T_ik > 0 are masked, T alone gives the posterior.
  log_posterior = jnp.where(at_label == -jnp.inf, log_t - log_total, log_posterior)
  gradient = probs - jnp.exp(log_posterior)
  # Where p_k is nearly 1 the entry at k would cancel; it is minus the sum of the others.
  is_label = label_mask(logits, labels)
  others = jnp.sum(jnp.where(is_label, 0, gradient), axis=-1, keepdims=True)
  gradient = jnp.where(is_label & (probs > 0.5), -others, gradient)
  return value, jnp.sum(gradient * tangents[0], axis=-1)


def _split(logits, log_t, log_rest):
  """Shifted logits; log sum_i exp(z_i) T_ik; the same sum with 1 - T_ik."""
  shifted = logits - lax.stop_gradient(jnp.max(logits, axis=-1, keepdims=True))
  at_label = jax.nn.logsumexp(shifted + log_t, axis=-1)
  return shifted, at_label, jax.nn.logsumexp(shifted + log_rest, axis=-1)


def _two_classes(labels, at_label, rest):
  """Cross-entropy of two classes: the noisy label, and all others."""
  pair = jnp.stack([at_label, rest], axis=-1)
  return -log_prob(pair, jnp.zeros_like(labels))


def _backward_tables(transition):
  """(1 - T^-1)_kj, [k, j]."""
  return (np.eye(len(transition)) - np.linalg.inv(transition),)


def _backward(logits, labels, one_minus_inverse):
  """L = sum_j (1 - T^-1)_kj z_j - log p_k."""
  # The rows sum to 0, so that a shift of the logits changes nothing but the rounding.
  largest = lax.stop_gradient(jnp.max(logits, axis=-1, keepdims=True))
  correction = jnp.sum(safe_product(one_minus_inverse, logits - largest), axis=-1)
  return correction - log_prob(logits, labels)


# Functions from T to tables with a row for each label.
_TABLES = {"forward": _forward_tables, "backward": _backward_tables}
# Losses as functions of logits, labels and the tables' rows for these labels.
_OF_ROWS: dict[str, Callable] = {"forward": _forward, "backward": _backward}

"""Normalized negative losses: the passive part of active negative losses (ANL).

The gain of a class is the loss at the probability p_min less the loss of the class; it is 0
for a class less likely than p_min, which has no gradient. A normalized loss is the label's
share of the losses of all classes; these losses are the wrong classes' share of the gains
of all classes. Both are symmetric and depend on all logits. An entry of their gradient is a
difference, in float32 precise to 1e-5 of its terms, but not within a millionth of p_min,
where it jumps.

ANL adds to them an active loss, nce or nfl, and delta times the sum of |theta| over all
parameters, in place of weight decay: `TrainConfig.l1`, and the recipes anl/... of
noisy_jax/sweeps/recipes.py. In your own loop, the first part of an optax chain adds the
gradient of that sum, delta sign(theta), to the gradient of the loss:

    def add_l1(updates, params):
      return jax.tree.map(lambda g, w: g + delta * jnp.sign(w), updates, params)

    optimizer = optax.chain(optax.stateless(add_l1), optimizer)

With the expressions in `PUBLISHED`, delta is 1e-6 for MNIST, 5e-5 for CIFAR-10, 5e-7 for
CIFAR-100 and 5e-6 for WebVision, as published.

Source: Ye, Li, Dai, Liu, Sun and Tong, "Active Negative Loss Functions for Learning with
Noisy Labels", NeurIPS 2023.
"""

import functools

import jax
import jax.numpy as jnp

from noisy_jax.losses.cross_entropy import focal_of_label
from noisy_jax.losses.guard import guard
from noisy_jax.losses.normalized import label_share
from noisy_jax.losses.primitives import LOWEST, Hyperparameter, one_minus_exp


@guard(p_min="(0, 1)")
def normalized_negative_cross_entropy(
  logits: jax.Array, labels: jax.Array, *, p_min: Hyperparameter = 1e-7
) -> jax.Array:
  """Normalized negative cross-entropy (NNCE).

  L = 1 - F(p_k) / sum_j F(p_j), with F(p) = max(log(p / p_min), 0), p = softmax(logits)
  and k = labels.

  Args:
    logits: unnormalised scores, float[..., K], K at least 2.
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    p_min: in (0, 1), and below 1/K; 1e-7 in the code of ANL, 1e-8 in that of eps-softmax.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, 1]; 1 - 1/K where p
    is uniform; NaN where no class reaches p_min.

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or p_min is a number out of range.

  Source: Ye et al., NeurIPS 2023.
  """
  return 1 - label_share(gain_of_class, logits, labels, p_min=p_min)


@guard(gamma="[0, inf)", p_min="(0, 1)")
def normalized_negative_focal(
  logits: jax.Array,
  labels: jax.Array,
  *,
  gamma: Hyperparameter = 0.5,
  p_min: Hyperparameter = 1e-7,
  detach: bool = False,
) -> jax.Array:
  """Normalized negative focal loss (NNFL).

  L = 1 - F(p_k) / sum_j F(p_j), with F(p) = max(G(p) - G(p_min), 0),
  G(p) = (1 - p)^gamma log p, p = softmax(logits) and k = labels. gamma = 0 is
  `normalized_negative_cross_entropy`.

  Args:
    logits: unnormalised scores, float[..., K], K at least 2.
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    gamma: at least 0; 0.5 in the code of ANL.
    p_min: in (0, 1), and below 1/K; 1e-7 in the code of ANL, 1e-8 in that of eps-softmax.
    detach: whether derivatives hold the factors (1 - p_j)^gamma constant, as in the code of
      ANL.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, 1]; 1 - 1/K where p
    is uniform; NaN where no class reaches p_min.

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or gamma or p_min is a number out of range.

  Source: Ye et al., NeurIPS 2023.
  """
  class_gain = functools.partial(focal_gain_of_class, detach=detach)
  return 1 - label_share(class_gain, logits, labels, gamma=gamma, p_min=p_min)


def gain_of_class(log_p: jax.Array, error: jax.Array, p_min: Hyperparameter) -> jax.Array:
  """The gain F of NNCE from log p and 1 - p of a class."""
  del error
  return _positive(log_p - jnp.log(jnp.asarray(p_min, log_p.dtype)))


def focal_gain_of_class(
  log_p: jax.Array,
  error: jax.Array,
  gamma: Hyperparameter,
  p_min: Hyperparameter,
  *,
  detach: bool,
) -> jax.Array:
  """The gain F of NNFL from log p and 1 - p of a class."""
  # Beside log p = -inf, of a masked class, the derivative of the factor would be infinite.
  log_p = jnp.maximum(log_p, LOWEST)
  log_min = jnp.log(jnp.asarray(p_min, log_p.dtype))
  worst = focal_of_label(log_min, one_minus_exp(log_min), gamma, detach=False)
  return _positive(worst - focal_of_label(log_p, error, gamma, detach=detach))


def _positive(x):
  return jnp.where(x > 0, x, 0)

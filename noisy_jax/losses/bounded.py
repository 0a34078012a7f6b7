"""Bounded losses of p_k: the cost of a wrong label has an upper bound.

Their gradient has a factor p_k (MAE) or p_k^q (GCE), which is small for a fresh network
over many classes, with p_k near 1/K. `with_logit_bias` makes it large again.
"""

import jax

from noisy_jax.losses.guard import guard
from noisy_jax.losses.primitives import (
  Hyperparameter,
  log_prob,
  one_minus_exp,
  tempered_log,
)


@guard(scale="(0, inf)")
def mae(logits: jax.Array, labels: jax.Array, *, scale: Hyperparameter = 2.0) -> jax.Array:
  """Mean absolute error between the softmax output and the one-hot label.

  L = scale * (1 - p_k), with p = softmax(logits) and k = labels. With scale = 2 it is
  sum_j |p_j - [j = k]|. It is symmetric: the sum over all labels is scale * (K - 1) for any
  logits. So under symmetric noise of rate r its mean is (1 - r K / (K - 1)) L plus a
  constant, which has the minimum of L if r < (K - 1) / K.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    scale: positive; 2 in the paper below, and in the codes of ALFs, lnl_sr and eps-softmax
      for the loss by itself and in ece + mae; 1 in the codes of APL, ANL and GJS, and in
      NCE+MAE and NFL+MAE of all these and JAL: nce + mae(scale=1).

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, scale].

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or scale is a number that is not positive.

  Example:
    >>> from noisy_jax import losses
    >>> f"{losses.mae([2.0, 0.0, 0.0], 0):.3f}"
    '0.426'

  Source: Ghosh, Kumar and Sastry, "Robust Loss Functions under Label Noise for Deep
    Neural Networks", AAAI 2017.
  """
  return scale * one_minus_exp(log_prob(logits, labels))


@guard(q="[0, 1]")
def generalized_cross_entropy(
  logits: jax.Array, labels: jax.Array, *, q: Hyperparameter = 0.7
) -> jax.Array:
  """Generalized cross-entropy (GCE, also Lq or genCE), between cross-entropy and MAE.

  L = (1 - p_k^q) / q, with p = softmax(logits) and k = labels. q = 1 is `mae` with scale 1;
  the limit q = 0 is `cross_entropy`.

  Args:
    logits: unnormalised scores, float[..., K].
    labels: class ids in [0, K), int[...]; any other gives NaN, with gradient 0.
    q: in [0, 1]; 0.7 in the code of APL, ALFs and ANL.

  Returns:
    Loss per example, float32[...] (float64 for float64 logits), in [0, 1/q].

  Raises:
    TypeError: if logits are not floats, or labels not integers.
    ValueError: if shapes do not fit, or q is a number outside [0, 1].

  Example:
    >>> from noisy_jax import losses
    >>> f"{losses.gce([2.0, 0.0, 0.0], 0, q=0.5):.3f}"
    '0.226'

  Source: Zhang and Sabuncu, "Generalized Cross Entropy Loss for Training Deep Neural
    Networks with Noisy Labels", NeurIPS 2018.
  """
  return -tempered_log(log_prob(logits, labels), q)

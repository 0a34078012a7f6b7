"""Sparse regularisation: it drives outputs to one-hot vectors, where any loss is robust."""

import math

import jax
import jax.numpy as jnp

from noisy_jax import checks
from noisy_jax.losses import Loss
from noisy_jax.methods.method import Method, MethodState, of_labels

# Least squared length of the logits, as a fresh network may give zeros.
_TINY = 1e-12
# As in the published code: a class with a smaller probability costs a constant.
_LOG_SMALLEST = math.log(1e-7)


def sr(
  loss: Loss,
  *,
  lam: float = 1.2,
  tau: float = 0.5,
  power: float = 0.1,
  growth: float = 1.03,
  period: int = 1,
  normalize: bool = True,
) -> Method:
  """Sparse regularisation (SR).

  If the outputs of a network are permutations of one fixed vector, then the sum of any loss
  over all labels is the same for each of them: every loss is symmetric there. One-hot
  vectors are such a set. A low temperature drives outputs towards it, and so does the p-th
  power of their l_p norm, whose minimum for p < 1 is 1, at one-hot vectors only:

    z' = z / (tau |z|),   L = loss(z', y) + lambda_e sum_j p_j^power,   p = softmax(z')

    lambda_e = lambda growth^floor(e / period) in epoch e = 0, 1, ...

  In the sum, p_j is at least 1e-7, as in the published code.

  The network predicts with z, which has the same likeliest class as z'. lambda = 0 with
  tau = 1 and without normalisation is the loss by itself.

  Defaults are the published code's for CIFAR-10. For CIFAR-100 it has lambda 4, or 10 with
  asymmetric noise, power 0.01 and growth 1.02. For MNIST it has no normalisation, tau 0.1,
  lambda 4, growth 2 and period 5; with GCE, tau 0.5 and lambda 3.

  Args:
    loss: function of (logits, labels), one value per example.
    lam: lambda in the first epoch, at least 0.
    tau: temperature, positive.
    power: power of the probabilities in the sum, in (0, 1]; at 1 the sum is constant.
    growth: factor of lambda after each period, at least 1.
    period: number of epochs of a period, at least 1.
    normalize: whether to divide logits by their length |z|; without it z' = z / tau.

  Returns:
    `Method`.

  Raises:
    ValueError: if lam, tau, power or growth is out of range, or period is not a whole
      number from 1 up.

  Source: Zhou, Liu, Wang, Zhai, Jiang and Ji, "Learning with Noisy Labels via Sparse
    Regularization", ICCV 2021.
  """
  lam = checks.number("lam", lam, "[0, inf)")
  tau = checks.number("tau", tau, "(0, inf)")
  power = checks.number("power", power, "(0, 1]")
  growth = checks.number("growth", growth, "[1, inf)")
  period = checks.whole_number("period", period, 1)

  def init(labels, num_classes):
    return MethodState(shared=jnp.int32(0))

  def sparse_loss(epoch, rows, logits, labels):
    logits = checks.in_float32_or_wider(logits)
    if normalize:
      square = (logits**2).sum(-1, keepdims=True)
      logits = logits * jax.lax.rsqrt(jnp.maximum(square, _TINY))
    logits = logits / tau
    weight = lam * jnp.power(growth, epoch // period)
    log_p = jnp.maximum(jax.nn.log_softmax(logits), _LOG_SMALLEST)
    norm = jnp.exp(power * log_p).sum(-1)
    return of_labels(loss, logits, labels) + weight * norm, rows

  def next_epoch(state):
    return state._replace(shared=state.shared + 1)

  return Method(init, sparse_loss, end_of_epoch=next_epoch)

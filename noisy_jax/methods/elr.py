"""Early-learning regularisation: early predictions keep the network from memorising."""

import jax
import jax.numpy as jnp

from noisy_jax import checks
from noisy_jax.losses import Loss
from noisy_jax.methods.method import Method, MethodState, of_label
from noisy_jax.methods.sparse_targets import with_sparse_targets

# As in the published code: keeps log(1 - <t, p>) finite.
_SMALLEST = 1e-4


def elr(loss: Loss, *, lam: float = 3.0, beta: float = 0.7, entries: int = 0) -> Method:
  """Early-learning regularisation (ELR).

  A network learns the clean examples first, and this method remembers its early outputs.
  Each example i has a target t_i, a moving average of its own outputs, at first 0:

    t_i <- beta t_i + (1 - beta) p_i,   L_i = loss(z_i, y_i) + lambda log(1 - <t_i, p_i>)

  with p_i = softmax(z_i), which the first line clips to [1e-4, 1 - 1e-4] and normalises to
  sum to 1. The gradient flows only through p_i in the second line. There it pulls towards
  the target, which outweighs a wrong label once the loss on clean examples is small. L may
  be negative. lambda = 0 is the loss by itself.

  An example's score is its target's entry at the given label, t_iy; before its first visit
  it has no score. The targets take 4 N K bytes, or (8 m + 4) N with m entries of each. The
  clip gives every class at least 1e-4 before the division: of 10,000 classes, the likeliest
  has at most half of a target, of 100,000 at most a tenth, and the last term is small.

  Args:
    loss: function of (logits, labels), one value per example; cross-entropy in the paper.
    lam: lambda, at least 0; 3 in the paper's code for CIFAR-10 with symmetric noise, 1 with
      asymmetric noise, 7 for CIFAR-100.
    beta: memory of the targets, in [0, 1); in the same code 0.7, 0.9 and 0.9.
    entries: m, how many entries of a target are kept from visit to visit, the largest; the
      others are kept as their mean. 0 keeps all.

  Returns:
    `Method`.

  Raises:
    ValueError: if lam or beta is out of range, or entries is not a whole number from 0 up.

  Source: Liu, Niles-Weed, Razavian and Fernandez-Granda, "Early-Learning Regularization
    Prevents Memorization of Noisy Labels", NeurIPS 2020.
  """
  lam = checks.number("lam", lam, "[0, inf)")
  beta = checks.number("beta", beta, "[0, 1)")

  def init(labels, num_classes):
    return MethodState(examples=jnp.zeros((len(labels), num_classes)))

  def loss_and_targets(_, targets, logits, labels):
    logits = checks.in_float32_or_wider(logits)
    p = jax.nn.softmax(logits)
    seen = jnp.clip(jax.lax.stop_gradient(p), _SMALLEST, 1 - _SMALLEST)
    targets = beta * targets + (1 - beta) * seen / seen.sum(-1, keepdims=True)
    agreement = (targets * p).sum(-1)
    return loss(logits, labels) + lam * jnp.log1p(-agreement), targets

  def scores(state, labels):
    targets = state.examples
    is_new = ~targets.any(-1)
    return jnp.where(is_new, jnp.nan, of_label(targets, labels))

  return with_sparse_targets(Method(init, loss_and_targets, scores=scores), entries)

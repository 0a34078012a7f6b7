"""Confidence adaptive regularisation: a second head gives the trust in each label."""

import jax
import jax.numpy as jnp

from noisy_jax import checks
from noisy_jax.losses import Loss
from noisy_jax.methods import moving_targets
from noisy_jax.methods.method import Method, MethodState
from noisy_jax.methods.sparse_targets import with_sparse_targets

# Stands for 0 in the logarithm of a target, as in reverse cross-entropy.
_SMALLEST = 1e-4


def car(
  loss: Loss,
  *,
  lam: float = 50.0,
  reverse: float = 0.1,
  beta: float = 0.9,
  warm_up: int = 2,
  entries: int = 0,
) -> Method:
  """Confidence adaptive regularisation (CAR).

  The network has one more output, the indicator h, and tau = sigmoid(h) is its confidence
  in the label. Each example has a target t, at first its given label as a one-hot vector
  and, after the warm-up, a moving average t <- beta t + (1 - beta) p of p = softmax(z).
  With k the likeliest class of t, and log 0 set to log 1e-4 in the last term,

    p' = t + tau (p - t),
    L = loss(log p', k) - lambda log tau - reverse sum_j p_j log t_j.

  Where the network doubts the label, a smaller tau lets p' lean on the target and so makes
  the first term smaller; lambda is the price. For a one-hot target and cross-entropy, a
  smaller tau pays where p_k < 1 / (1 + lambda). Two things follow. Wrong labels, which are
  learned late, get the smaller confidences. And a fresh network over K classes, with p_k
  near 1/K, doubts every label and learns little unless lambda is of the order of K or
  above. As the targets move, labels are corrected. The gradient flows through p and tau,
  not through t. With tau = 1, beta = 1 and reverse = 0, L is the loss.

  We had only the abstract of the paper. It has the indicator branch, confidences inside the
  loss that are large for right labels, one more regularisation term, and the gradual
  correction of labels. The formulas, the timing and all defaults are our reading of it:
  another implementation may differ, and so may its numbers. `nal`, the authors' next
  method, is read from their code.

  An example's score is its target's entry at the given label. The label is declared wrong
  when another class is the target's likeliest. There is no score while the target is still
  the label, in the warm-up and before the first visit after it. There is no verdict before
  beta^n <= 1/2, n epochs after the warm-up: until then no other class can be the likeliest.
  The targets take 4 N K bytes, or (8 m + 4) N with m entries of each.

  Args:
    loss: function of (logits, labels), one value per example.
    lam: lambda, positive.
    reverse: weight of the last term, a reverse cross-entropy between p and t, at least 0.
    beta: memory of the targets, in [0, 1]; 1 corrects no label.
    warm_up: number of first epochs that leave the targets as they are, from 0 up.
    entries: m, how many entries of a target are kept from visit to visit, the largest; the
      others are kept as their mean. 0 keeps all.

  Returns:
    `Method`, with one extra output.

  Raises:
    ValueError: if lam, reverse or beta is out of range, or warm_up or entries is not a
      whole number from 0 up.

  Source: Lu, Bo and He, "Confidence Adaptive Regularization for Deep Learning with Noisy
    Labels", arXiv 2108.08212 (abstract).
  """
  lam = checks.number("lam", lam, "(0, inf)")
  reverse = checks.number("reverse", reverse, "[0, inf)")
  beta = checks.number("beta", beta, "[0, 1]")
  warm_up = checks.whole_number("warm_up", warm_up, 0)

  def init(labels, num_classes):
    return MethodState(jnp.int32(0), moving_targets.first_targets(labels, num_classes))

  def trusting_loss(epoch, targets, outputs, labels):
    del labels  # the targets began as these
    outputs = checks.in_float32_or_wider(outputs)
    logits, indicator = outputs[:, :-1], outputs[:, -1]
    log_p, log_tau = jax.nn.log_softmax(logits), jax.nn.log_sigmoid(indicator)
    moved = moving_targets.next_targets(targets, log_p, beta)
    t = jnp.where(epoch < warm_up, targets, moved)
    # log p' = log(tau p + (1 - tau) t), exact also where t is 0.
    log_t = jnp.where(t > 0, jnp.log(jnp.where(t > 0, t, 1)), -jnp.inf)
    log_rest = jax.nn.log_sigmoid(-indicator)[:, None] + log_t
    log_mixed = jnp.logaddexp(log_tau[:, None] + log_p, log_rest)
    log_floored_t = jnp.log(jnp.maximum(t, _SMALLEST))
    values = (
      loss(log_mixed, t.argmax(-1))
      - lam * log_tau
      - reverse * (jnp.exp(log_p) * log_floored_t).sum(-1)
    )
    return values, t

  def declared(state, labels):
    least = jnp.power(beta, jnp.maximum(state.shared - warm_up, 0))
    return moving_targets.verdicts(state.examples, labels, least)

  method = Method(
    init,
    trusting_loss,
    lambda state: state._replace(shared=state.shared + 1),
    scores=lambda state, labels: moving_targets.scores(state.examples, labels),
    declared=declared,
    num_extra_outputs=1,
  )
  return with_sparse_targets(method, entries)

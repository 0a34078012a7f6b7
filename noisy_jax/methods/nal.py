"""Noise attention learning: a second head says how much each label is to be trusted."""

import jax
import jax.numpy as jnp

from noisy_jax import checks
from noisy_jax.losses import Loss
from noisy_jax.methods import moving_targets
from noisy_jax.methods.method import Method, MethodState

# As in the published code: stands for 0 in a target.
_SMALLEST = 1e-4


def nal(
  loss: Loss,
  *,
  lam: float = 10.0,
  reverse: float = 0.0,
  beta: float = 0.9,
  warm_up: int = 2,
  period: int = 1,
  threshold: float = 0.0,
) -> Method:
  """Noise attention learning (NAL), by the authors of CAR.

  The network has one more output, h, and tau = sigmoid(h) is the attention to the label.
  Each example has a target t, at first its given label as a one-hot vector, whose entries
  count as at least 1e-4. With p = softmax(z), and the interpolation p' scaled to sum to 1,

    p' = tau p + (1 - tau) t,
    L = sum_j t_j loss(log p', j) - lambda log tau - reverse sum_j p'_j log t_j.

  The gradient flows through p and tau, not through t. Where p disagrees with the target, a
  smaller tau makes the first term smaller, at the price of lambda, and scales the gradient
  down: wrong labels, which are learned late, get less attention. `car` is the same idea as
  we read it in an abstract; there the first term has the likeliest class of t alone, and
  the last one p. From the epoch after the warm-up that the period divides, epochs being
  counted from 1, every period-th epoch first moves the targets, where tau exceeds the
  threshold:

    t <- beta t + (1 - beta) p.

  Score and verdict are those of `selc`, of which there are none before a target has moved.
  The targets take 4 N K bytes; the loss costs as much as there.

  Args:
    loss: function of (logits, labels), one value per example; cross-entropy in the paper.
    lam: lambda, positive; in the paper's code 10 for CIFAR, 50 for WebVision and
      Clothing1M, 0.5 for ANIMAL-10N.
    reverse: weight of the last term, a reverse cross-entropy, at least 0; in the same code
      0 for CIFAR, 0.1 for WebVision and Clothing1M.
    beta: memory of the targets, in [0, 1]; 0.9 in the same code; 1 corrects no label.
    warm_up: number of first epochs that leave the targets as they are, from 0 up; in the
      same code 59 of 500. 2 is our choice, for trainings of ten to twenty epochs.
    period: number of epochs from a move to the next, from 1 up; in the same code 10.
    threshold: attention above which a target moves, in [0, 1); in the same code 0, and 0.3
      for ANIMAL-10N.

  Returns:
    `Method`, with one extra output.

  Raises:
    ValueError: if lam, reverse, beta or threshold is out of range, or warm_up or period is
      not a whole number in its range.

  Source: Lu, Bo and He, "Noise Attention Learning: Enhancing Noise Robustness by Gradient
    Scaling", NeurIPS 2022; the formulas as in their code (MacLLL/NAL), which does not scale
    p', and clips it at 1e-7, where its gradient ends.
  """
  lam = checks.number("lam", lam, "(0, inf)")
  reverse = checks.number("reverse", reverse, "[0, inf)")
  beta = checks.number("beta", beta, "[0, 1]")
  warm_up = checks.whole_number("warm_up", warm_up, 0)
  period = checks.whole_number("period", period, 1)
  threshold = checks.number("threshold", threshold, "[0, 1)")

  def init(labels, num_classes):
    return MethodState(jnp.int32(0), moving_targets.first_targets(labels, num_classes))

  def attentive_loss(epoch, targets, outputs, labels):
    del labels  # the targets began as these
    outputs = checks.in_float32_or_wider(outputs)
    log_p, h = jax.nn.log_softmax(outputs[:, :-1]), outputs[:, -1:]
    log_tau = jax.nn.log_sigmoid(h)
    is_time = (epoch >= warm_up) & ((epoch + 1) % period == 0)
    moves = is_time & (jnp.exp(log_tau) > threshold)
    moved = moving_targets.next_targets(targets, log_p, beta)
    targets = jnp.where(moves, jnp.maximum(moved, _SMALLEST), targets)
    t = jnp.maximum(targets, _SMALLEST)
    log_mixed = jnp.logaddexp(log_tau + log_p, jax.nn.log_sigmoid(-h) + jnp.log(t))
    log_mixed = jax.nn.log_softmax(log_mixed)
    values = (
      moving_targets.mean_loss(loss, log_mixed, t)
      - lam * log_tau[:, 0]
      - reverse * (jnp.exp(log_mixed) * jnp.log(t)).sum(-1)
    )
    return values, targets

  def declared(state, labels):
    num_moves = jnp.maximum(state.shared // period - warm_up // period, 0)
    return moving_targets.verdicts(state.examples, labels, jnp.power(beta, num_moves))

  return Method(
    init,
    attentive_loss,
    lambda state: state._replace(shared=state.shared + 1),
    scores=lambda state, labels: moving_targets.scores(state.examples, labels),
    declared=declared,
    num_extra_outputs=1,
  )

"""Self-ensemble label correction: each target becomes the mean of early predictions."""

import jax
import jax.numpy as jnp

from noisy_jax import checks
from noisy_jax.losses import Loss
from noisy_jax.methods import moving_targets
from noisy_jax.methods.method import Method, MethodState


def selc(loss: Loss, *, alpha: float = 0.9, warm_up: int = 2) -> Method:
  """Self-ensemble label correction (SELC).

  In the warm-up, L is the loss. Afterwards each example has a target t, at first its given
  label as a one-hot vector, and at each visit

    t <- alpha t + (1 - alpha) p,   L = sum_j t_j loss(z, j),

  with p = softmax(z). The gradient flows through z in the second equation alone. After n
  moves the given label has weight alpha^n, and the rest is a mean of the network's own
  outputs over the epochs. Its early ones are mostly right, so the targets correct labels,
  if the warm-up ends before the network memorises. alpha = 1 is the loss by itself.

  An example's score is its target's entry at the given label. The label is declared wrong
  when another class is the target's likeliest. There is no score while the target is still
  the label, and no verdict before alpha^n <= 1/2. The targets take 4 N K bytes. A loss of
  p_y alone costs about twice itself, any other K times (`losses.with_soft_labels`).

  Args:
    loss: function of (logits, labels), one value per example; cross-entropy in the paper.
    alpha: memory of the targets, in [0, 1]; 0.9 in the paper's code.
    warm_up: number of first epochs with the loss alone, from 0 up. The paper reads the
      epoch off where its training turns: in its code, 40, 30, 30 and 40 of 200 epochs on
      CIFAR-10 with 20, 40, 60 and 80 % symmetric noise, 30, 20, 30 and 40 on CIFAR-100, and
      40 and 20 with asymmetric noise. 2 is our choice, for trainings of ten to twenty.

  Returns:
    `Method`.

  Raises:
    ValueError: if alpha is out of range, or warm_up is not a whole number from 0 up.

  Source: Lu and He, "SELC: Self-Ensemble Label Correction Improves Learning with Noisy
    Labels", IJCAI 2022; the formulas as in their code (MacLLL/SELC).
  """
  alpha = checks.number("alpha", alpha, "[0, 1]")
  warm_up = checks.whole_number("warm_up", warm_up, 0)

  def init(labels, num_classes):
    return MethodState(jnp.int32(0), moving_targets.first_targets(labels, num_classes))

  def loss_and_targets(epoch, targets, logits, labels):
    del labels  # the targets began as these
    logits = checks.in_float32_or_wider(logits)
    moved = moving_targets.next_targets(targets, jax.nn.log_softmax(logits), alpha)
    targets = jnp.where(epoch < warm_up, targets, moved)
    return moving_targets.mean_loss(loss, logits, targets), targets

  def declared(state, labels):
    least = jnp.power(alpha, jnp.maximum(state.shared - warm_up, 0))
    return moving_targets.verdicts(state.examples, labels, least)

  return Method(
    init,
    loss_and_targets,
    lambda state: state._replace(shared=state.shared + 1),
    scores=lambda state, labels: moving_targets.scores(state.examples, labels),
    declared=declared,
  )

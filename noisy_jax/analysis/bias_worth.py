"""What the calibrated logit bias is worth, in points of accuracy, before any training.

Two numbers of a loss on K classes say how far it falls behind itself with the bias: its
strength r, the pull as a share of that on few classes; and its elasticity
a = d ln|<delta_k>| / dz_k at z_k = 0. a is 1 for MAE, whose gradient goes with p_k, 0.7 for
GCE, whose gradient goes with p_k^q, and 0 for cross-entropy: a class that has fallen behind
pulls the less the larger a is. The share of the accuracy with the bias that the loss
reaches without is taken to be

    sigmoid(2.8 + 1.9 ln r + (1 - a) (2.4 + 4.6 ln(E / 6)))

after E epochs. The rule is ours. The four numbers are a least-squares fit to the logits of
39 such shares: five losses on digits of 10, 100 and 1000 classes after six epochs
(experiments/results/predictions; on 10 classes, which need no bias, as shares of
cross-entropy's accuracy), and three losses on 100 and 1000 classes after 40
(experiments/results/digits100, digits1000). They stay as they were when the outcomes on
other numbers of classes were declared with them;
`python -m experiments.paper.fit_bias_worth` prints 2.73, 1.91, 2.49, 4.62, with fewer draws
for one loss.
"""

import numpy as np

UNDER_3, FROM_3_TO_15, ABOVE_15 = "under 3", "3 to 15", "more than 15"
"""The answers, in points of accuracy."""

# Epochs of the runs behind the fit.
EPOCHS = 6
# A loss that has learned gets about this far on the data of the fit.
_REACHED = 95.0


def gain(strength: float, elasticity: float, epochs: float = EPOCHS) -> float:
  """Points of accuracy by which a loss with the calibrated bias is ahead of itself without.

  Args:
    strength: pull on K classes as a share of that on the reference's, at least 0.
    elasticity: d ln|<delta_k>| / dz_k at z_k = 0.
    epochs: passes over the data, of 40,000 images or so.

  Returns:
    Points, from 0 to 95.
  """
  late = 2.4 + 4.6 * np.log(epochs / EPOCHS)
  if strength == 0:
    return _REACHED
  score = 2.8 + 1.9 * np.log(strength) + (1 - elasticity) * late
  return float(_REACHED / (1 + np.exp(np.clip(score, -700, 700))))


def answer(points: float) -> str:
  """`UNDER_3`, `FROM_3_TO_15` or `ABOVE_15` for points of accuracy."""
  if points < 3:
    return UNDER_3
  return FROM_3_TO_15 if points <= 15 else ABOVE_15

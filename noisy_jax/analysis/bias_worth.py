"""Predicts the gain of the calibrated logit bias, in points of accuracy, before training.

Let r be the strength of a loss on K classes, its pull as a share of its pull on few
classes, and a its elasticity d ln|<delta_k>| / dz_k at z_k = 0: 1 for MAE, whose gradient
grows with p_k, 0.7 for GCE, whose gradient grows with p_k^q, and 0 for cross-entropy. The
larger a, the less a class pulls that has fallen behind. The accuracy after E epochs without
the bias, as a share of the accuracy with it, is predicted to be

    sigmoid(2.8 + 1.9 ln r + (1 - a) (2.4 + 4.6 ln(E / 6))).

The rule is ours. The four numbers are a least-squares fit to the logits of 39 such shares:
five losses on digits of 10, 100 and 1000 classes after six epochs
(experiments/results/predictions; on 10 classes, which need no bias, shares of
cross-entropy's accuracy), and three losses on 100 and 1000 classes after 40
(experiments/results/digits100, digits1000). We keep the numbers with which we declared the
outcomes on other numbers of classes; `python -m experiments.paper.fit_bias_worth` prints
2.73, 1.91, 2.49, 4.62, with fewer draws for one loss.
"""

import numpy as np

UNDER_3, FROM_3_TO_15, ABOVE_15 = "under 3", "3 to 15", "more than 15"
"""The answers, in points of accuracy."""

# Epochs of the shorter runs in the fit.
EPOCHS = 6
# About the accuracy of a loss that has learned, on the data of the fit, in per cent.
_REACHED = 95.0


def gain(strength: float, elasticity: float, epochs: float = EPOCHS) -> float:
  """Points of accuracy, from 0 to 95, that a loss gains by the calibrated bias.

  `strength` and `elasticity` are r and a; an epoch has about 40,000 images.
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

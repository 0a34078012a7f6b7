"""Stochastic gradient descent as the published codes run it."""

import optax


def clipped_sgd(
  learning_rate: float,
  num_steps: int,
  *,
  momentum: float,
  clip_norm: float,
  weight_decay: float,
) -> optax.GradientTransformation:
  """SGD with momentum, a clipped gradient, coupled L2 decay and a cosine schedule.

  g <- clip(g) + weight_decay * w;  v <- momentum * v + g;  w <- w - lr(step) * v, with
  lr falling from learning_rate to 0 along half a cosine over num_steps.

  Args:
    learning_rate: of the first step.
    num_steps: steps of the whole training.
    momentum: in [0, 1).
    clip_norm: largest global norm of the loss's gradient.
    weight_decay: of all parameters, after the clip.

  Returns:
    An optax transformation.
  """
  return optax.chain(
    optax.clip_by_global_norm(clip_norm),
    optax.add_decayed_weights(weight_decay),
    optax.sgd(optax.cosine_decay_schedule(learning_rate, num_steps), momentum),
  )

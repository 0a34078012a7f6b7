"""Stochastic gradient descent and its schedules, as the published codes run them."""

import re
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax

SCHEDULES = "cosine, cosine:LAST, steps:EPOCH,...:FACTOR, exponential:FACTOR, constant"
_NUMBER = r"([0-9]*\.?[0-9]+(?:e-?[0-9]+)?)"
_SMALLEST, _LARGEST = (float(getattr(np.finfo(np.float32), x)) for x in ("tiny", "max"))
_FORMS = {
  "constant": re.compile("constant"),
  "cosine": re.compile(f"cosine(?::{_NUMBER})?"),
  "steps": re.compile(rf"steps:([0-9]{{1,9}}(?:,[0-9]{{1,9}})*):{_NUMBER}"),
  "exponential": re.compile(f"exponential:{_NUMBER}"),
}


def clipped_sgd(
  learning_rate: optax.ScalarOrSchedule,
  *,
  momentum: float,
  nesterov: bool,
  clip_norm: float,
  weight_decay: float,
  l1: float = 0.0,
) -> optax.GradientTransformation:
  """SGD with momentum, a clipped gradient, coupled L2 decay and an L1 term.

  g <- clip(g + l1 * sign(w)) + weight_decay * w;  v <- momentum * v + g;
  w <- w - lr(step) * v, or with Nesterov's momentum w <- w - lr(step) * (g + momentum * v).

  Args:
    learning_rate: a number, or a function of the step.
    momentum: in [0, 1).
    nesterov: whether to use Nesterov's momentum.
    clip_norm: largest global norm of the loss's gradient; 0 clips nothing.
    weight_decay: of all parameters, after the clip.
    l1: factor of the sum of |w| over all parameters, which is part of what is minimised,
      as in active negative losses (Ye et al., NeurIPS 2023).

  Returns:
    An optax transformation.
  """
  clip = optax.clip_by_global_norm(clip_norm) if clip_norm else optax.identity()
  sgd = optax.chain(
    clip,
    optax.add_decayed_weights(weight_decay),
    optax.sgd(learning_rate, momentum, nesterov),
  )

  def add_l1(gradient, params):
    return jax.tree.map(lambda g, w: g + l1 * jnp.sign(w), gradient, params)

  return optax.chain(optax.stateless(add_l1), sgd) if l1 else sgd


def check_schedule(text: str) -> None:
  """Refuses a schedule that `schedule` does not know.

  Args:
    text: as `schedule` takes it.

  Raises:
    ValueError: with the known forms; or if a factor is not in (0, 1], epochs do not rise,
      or the last rate is more than float32 holds.
  """
  match = {name: form.fullmatch(text) for name, form in _FORMS.items()}
  if not any(match.values()):
    raise ValueError(f"schedule: unknown {text!r}; known: {SCHEDULES}")
  factor = match["exponential"] or match["steps"]
  if factor and not _SMALLEST <= float(factor.groups()[-1]) <= 1:
    raise ValueError(f"schedule: {text!r}, must have a factor in (0, 1]")
  if match["cosine"] and float(match["cosine"][1] or 0) > _LARGEST:
    raise ValueError(f"schedule: {text!r}, must end with a number that float32 holds")
  if match["steps"]:
    epochs = [int(epoch) for epoch in match["steps"][1].split(",")]
    if sorted(set(epochs)) != epochs:
      raise ValueError(f"schedule: {text!r}, must have epochs that rise")


def follows_epochs(text: str) -> bool:
  """Whether the rate of a step changes with the number of epochs, as along a cosine.

  Args:
    text: as `schedule` takes it.

  Returns:
    Whether it does.
  """
  return _FORMS["cosine"].fullmatch(text) is not None


def schedule(
  text: str, learning_rate: float, epochs: int, steps_per_epoch: int
) -> Callable[[int], float]:
  """The learning rate of every step.

  Args:
    text: `cosine`, to 0 along half a cosine, or `cosine:LAST`, to that rate; both step by
      step, the published ones once an epoch; `steps:60,80:0.1`, times 0.1 after epochs 60
      and 80; `exponential:0.97`, times 0.97 after every epoch; `constant`.
    learning_rate: of the first step.
    epochs: of the whole training.
    steps_per_epoch: steps of each.

  Returns:
    A function from the step, counted from 0, to its rate.

  Raises:
    ValueError: if the text is none of these.
  """
  check_schedule(text)
  match = {name: form.fullmatch(text) for name, form in _FORMS.items()}
  if cosine := match["cosine"]:
    last = float(cosine[1] or 0) / learning_rate
    return optax.cosine_decay_schedule(learning_rate, epochs * steps_per_epoch, last)
  if steps := match["steps"]:
    factor = float(steps[2])
    after = [int(epoch) for epoch in steps[1].split(",")]
    # Later ones are never reached, and their steps may be too many to count.
    ends = {epoch * steps_per_epoch: factor for epoch in after if epoch <= epochs}
    return optax.piecewise_constant_schedule(learning_rate, ends)
  if exponential := match["exponential"]:
    rate = float(exponential[1])
    return optax.exponential_decay(learning_rate, steps_per_epoch, rate, staircase=True)
  return optax.constant_schedule(learning_rate)

"""Stochastic gradient descent and its schedules, as in the published codes."""

import dataclasses
import re
from collections.abc import Callable
from typing import NamedTuple

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
    clip_norm: largest global norm of the loss's gradient; 0: no clipping.
    weight_decay: factor of the decay of all parameters, which is added after the clip.
    l1: factor of the sum of |w| over all parameters, which is a part of the objective, as
      in active negative losses (Ye et al., NeurIPS 2023).

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


class OptimizerSettings(NamedTuple):
  """The optimizer of a run; see `clipped_sgd`.

  Attributes:
    schedule: schedule of the learning rate.
    learning_rate: learning rate of the first step.
    momentum: in [0, 1).
    nesterov: whether the momentum is Nesterov's.
    clip_norm: largest global norm of the gradient; 0: no clipping.
    weight_decay: factor of the L2 decay.
    l1: factor of the L1 norm.
  """

  schedule: "Schedule"
  learning_rate: float
  momentum: float
  nesterov: bool
  clip_norm: float
  weight_decay: float
  l1: float


def build(
  settings: OptimizerSettings, epochs: int, steps_per_epoch: int
) -> optax.GradientTransformation:
  """Builds the optimizer of a training of this length.

  Args:
    settings: the optimizer's settings.
    epochs: number of epochs of the whole training.
    steps_per_epoch: number of steps of an epoch.

  Returns:
    An optax transformation.
  """
  schedule, learning_rate = settings.schedule, settings.learning_rate
  return clipped_sgd(
    schedule.rates(learning_rate, epochs, steps_per_epoch),
    momentum=settings.momentum,
    nesterov=settings.nesterov,
    clip_norm=settings.clip_norm,
    weight_decay=settings.weight_decay,
    l1=settings.l1,
  )


@dataclasses.dataclass(frozen=True)
class Schedule:
  """A schedule of the learning rate; its `str` parses to the same.

  Attributes:
    kind: constant, cosine, steps or exponential.
    factor: factor of the rate, in (0, 1]; for cosine, the last rate.
    after: epochs after which steps multiplies the rate by the factor.
  """

  kind: str
  factor: float = 0.0
  after: tuple[int, ...] = ()

  def __str__(self) -> str:
    factor = np.format_float_positional(self.factor, trim="-")
    match self.kind:
      case "steps":
        return f"steps:{','.join(map(str, self.after))}:{factor}"
      case "exponential":
        return f"exponential:{factor}"
    return f"{self.kind}:{factor}" if self.factor else self.kind

  @property
  def follows_epochs(self) -> bool:
    """Whether the rate of a step depends on the number of epochs, as along a cosine."""
    return self.kind == "cosine"

  def rates(
    self, learning_rate: float, epochs: int, steps_per_epoch: int
  ) -> Callable[[int], jax.Array]:
    """The learning rate of every step.

    Args:
      learning_rate: learning rate of the first step.
      epochs: number of epochs of the whole training.
      steps_per_epoch: number of steps of an epoch.

    Returns:
      A function from the step, counted from 0, to its rate.
    """
    match self.kind:
      case "cosine":
        last = self.factor / learning_rate
        return optax.cosine_decay_schedule(learning_rate, epochs * steps_per_epoch, last)
      case "steps":
        # Later ones are never reached, and their steps may be too many to count.
        reached = [epoch for epoch in self.after if epoch <= epochs]
        ends = {epoch * steps_per_epoch: self.factor for epoch in reached}
        return optax.piecewise_constant_schedule(learning_rate, ends)
      case "exponential":
        # In integers: a compiled quotient of floats may round to the epoch before.
        return lambda step: learning_rate * jnp.power(self.factor, step // steps_per_epoch)
    return optax.constant_schedule(learning_rate)


def parse_schedule(text: str) -> Schedule:
  """Parses a schedule of the learning rate.

  Args:
    text: `cosine` falls to 0 along half a cosine, `cosine:LAST` to that rate; both change
      at every step, where published codes change once an epoch. `steps:60,80:0.1`
      multiplies by 0.1 after epochs 60 and 80; `exponential:0.97` multiplies by 0.97 after
      every epoch; `constant` changes nothing.

  Returns:
    `Schedule`.

  Raises:
    ValueError: if the text has another form, a factor is not in (0, 1], epochs do not rise,
      or the last rate is more than float32 holds.

  Example:
    >>> parse_schedule("steps:60,80:0.1").after
    (60, 80)
  """
  matches = {name: form.fullmatch(text) for name, form in _FORMS.items()}
  kind, match = next(((k, m) for k, m in matches.items() if m), ("", None))
  if match is None:
    raise ValueError(f"schedule: unknown {text!r}; known: {SCHEDULES}")
  if kind == "constant":
    return Schedule(kind)
  factor = float(match.groups()[-1] or 0)
  if kind == "cosine":
    if factor > _LARGEST:
      raise ValueError(f"schedule: {text!r}, must end with a number that float32 holds")
    return Schedule(kind, factor)
  if not _SMALLEST <= factor <= 1:
    raise ValueError(f"schedule: {text!r}, must have a factor in (0, 1]")
  if kind == "exponential":
    return Schedule(kind, factor)
  after = tuple(int(epoch) for epoch in match[1].split(","))
  if sorted(set(after)) != list(after):
    raise ValueError(f"schedule: {text!r}, must have epochs that rise")
  return Schedule(kind, factor, after)

"""The function that training minimises, put together in a fixed order.

The loss of the expression, or cross-entropy corrected by a transition matrix; of clipped
logits; with the logit bias. The bias, or the q of GCE, may change from step to step.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from noisy_jax import losses, noise
from noisy_jax.analysis import calibration
from noisy_jax.analysis.schedules import fading_bias, rising_q

CORRECTIONS = "none, forward:FILE, backward:FILE"
CONSTANT, FADING, RISING = "constant", "fading", "rising"
BIAS, Q = "logit_bias", "gce.q"
_CORRECTED = {"forward": losses.forward_corrected, "backward": losses.backward_corrected}


@dataclasses.dataclass(frozen=True)
class Correction:
  """Of cross-entropy by a transition matrix; its `str` parses to the same.

  Attributes:
    kind: forward or backward.
    path: of a .npy or .csv file with the matrix.
  """

  kind: str
  path: str

  def __str__(self) -> str:
    return f"{self.kind}:{self.path}"


class ObjectiveSettings(NamedTuple):
  """What a run minimises.

  Attributes:
    loss: the expression, where hyperparameters may be auto.
    correction: of it; None without one.
    logit_clip: largest norm of the logits; 0 clips nothing.
    logit_bias: a number, or auto.
    bias_schedule: `CONSTANT` or `FADING`.
    q_schedule: `CONSTANT` or `RISING`.
    is_augmented: whether images are augmented. Where they are not, all views of an image
      would be the same, and it has one.
  """

  loss: losses.Expression
  correction: Correction | None
  logit_clip: float
  logit_bias: float | str
  bias_schedule: str
  q_schedule: str
  is_augmented: bool


class Objective(NamedTuple):
  """What is minimised, and what it was made of.

  Attributes:
    loss: function of (logits, labels), one value per example, with all that follows inside,
      as it is at the end of the training.
    loss_of: function of the scheduled numbers, by name, to the loss that has them.
    schedules: functions of the step to each of these numbers; empty where none changes.
    expression: the loss by name, with numbers where the config has auto.
    num_views: how many views of an image it compares.
    matrix: that corrects it, float64[K, K]; None without a correction.
    logit_bias: the number that is added to the labelled logit at the beginning.
    bias_reason: where that number comes from, one sentence.
    description: the loss without the bias and without schedules, in words.
  """

  loss: losses.Loss
  loss_of: Callable[[Mapping[str, Any]], losses.Loss]
  schedules: Mapping[str, Callable[[Any], jax.Array]]
  expression: losses.Expression
  num_views: int
  matrix: np.ndarray | None
  logit_bias: float
  bias_reason: str
  description: str

  def values_at(self, step: Any) -> dict[str, jax.Array]:
    """The scheduled numbers of a step, which may be traced."""
    return {name: schedule(step) for name, schedule in self.schedules.items()}


def parse_correction(text: str) -> Correction | None:
  """The correction that a text describes; reads no file.

  Args:
    text: one of `CORRECTIONS`, where FILE stands for any path.

  Returns:
    `Correction`; None for none.

  Raises:
    ValueError: naming the value and what would be right.
  """
  if text == "none":
    return None
  kind, _, path = text.partition(":")
  if kind not in _CORRECTED or not path:
    raise ValueError(f"correction: unknown {text!r}; known: {CORRECTIONS}")
  return Correction(kind, path)


def check(settings: ObjectiveSettings) -> None:
  """Refuses settings that do not go together.

  Args:
    settings: of the objective.

  Raises:
    ValueError: naming the setting, its value and what would be right.
  """
  expression, bias = settings.loss, settings.logit_bias
  if settings.correction is not None:
    if expression != losses.parse("ce"):
      raise ValueError(f"loss: {expression}, must be ce, which alone has a correction")
    if bias == "auto":
      # It would have to be the same for all classes.
      raise ValueError("logit_bias: auto, must be a number with a correction")
  has_bias = bias == "auto" or float(bias) > 0
  if settings.bias_schedule != CONSTANT and not has_bias:
    raise ValueError(
      f"bias_schedule: {settings.bias_schedule}, must be constant with logit_bias "
      f"{bias:g}, which cannot fall to 0"
    )
  names = [term.name for term in expression.terms]
  if settings.q_schedule != CONSTANT and names.count("gce") != 1:
    raise ValueError(
      f"q_schedule: {settings.q_schedule}, must be constant with loss {expression}: it is "
      "for a loss with gce in it, once"
    )


def build(settings: ObjectiveSettings, num_classes: int, num_steps: int) -> Objective:
  """Puts an objective together.

  Args:
    settings: what it is made of.
    num_classes: K.
    num_steps: of the whole training.

  Returns:
    `Objective`.

  Raises:
    ValueError: if no logit bias or hyperparameter repairs the loss; if a sum is of losses
      of one view and of several, or a hyperparameter is for one view alone; or if the
      matrix is no transition matrix over K classes, or none that can correct.
    OSError: if the file of the matrix cannot be read.
  """
  expression, clip = calibration.resolve(settings.loss, num_classes), settings.logit_clip
  corrected, matrix, description = None, None, str(expression)
  if settings.correction is not None:
    corrected, matrix = _corrected(settings.correction, num_classes)
    description += f" corrected {settings.correction}"
  if clip:
    description += f" of logits clipped at {clip:g}"

  def without_bias(values):
    loss: losses.Loss = corrected or expression
    if Q in values:
      loss = expression.with_value(Q, values[Q])
    return losses.with_logit_clip(loss, clip) if clip else loss

  if settings.logit_bias == "auto":
    calibrated = calibration.logit_bias(without_bias({}), num_classes)
    eps, reason = calibrated.value, calibrated.reason
  else:
    eps, reason = float(settings.logit_bias), "as set"

  def loss_of(values):
    bias, loss = values.get(BIAS, eps), without_bias(values)
    has_none = isinstance(bias, float) and bias == 0
    return loss if has_none else losses.with_logit_bias(loss, bias)

  schedules: dict[str, Callable] = {}
  if eps and settings.bias_schedule != CONSTANT:
    schedules[BIAS] = fading_bias(eps, num_steps)
  if settings.q_schedule != CONSTANT:
    (term,) = (term for term in expression.terms if term.name == "gce")
    first = (losses.defaults("gce") | dict(term.keywords))["q"]
    schedules[Q] = rising_q(first, num_steps)
  last = {name: float(schedule(num_steps)) for name, schedule in schedules.items()}
  num_views = _num_views(expression) if settings.is_augmented else 1
  if num_views > 1:
    # Some hyperparameters are for one view alone, which the loss says as it is built.
    logits = jax.ShapeDtypeStruct((num_views, num_classes), np.float32)
    jax.eval_shape(expression, logits, jax.ShapeDtypeStruct((), np.int32))
  return Objective(
    loss_of(last),
    loss_of,
    schedules,
    expression,
    num_views,
    matrix,
    eps,
    reason,
    description,
  )


def _num_views(expression):
  found = {losses.VIEWS.get(term.name, 1) for term in expression.terms}
  if len(found) > 1:
    raise ValueError(
      f"loss: {expression}, must not add losses of one view of an image to losses of "
      f"several ({', '.join(losses.VIEWS)})"
    )
  return found.pop()


def _corrected(correction, num_classes):
  try:
    matrix = noise.load_matrix(correction.path, num_classes)
    return _CORRECTED[correction.kind](matrix), matrix
  except ValueError as error:
    raise ValueError(f"correction: {correction}: {error}") from error
  except OSError as error:
    cause = error.strerror or error
    raise OSError(f"correction: {correction}: {cause}") from error

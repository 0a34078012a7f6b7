"""The function that training minimises, put together in a fixed order.

The logit bias is added to the logits, then they are clipped. The loss takes the result: it
is that of the expression, or cross-entropy corrected by a transition matrix. The bias, or
the q of GCE, may change from step to step.
"""

import dataclasses
import functools
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
_CORRECTED = {"forward": losses.forward_correction, "backward": losses.backward_correction}


@dataclasses.dataclass(frozen=True)
class Correction:
  """A correction of cross-entropy by a transition matrix; its `str` parses to the same.

  Attributes:
    kind: forward or backward.
    path: path of a .npy or .csv file with the matrix.
  """

  kind: str
  path: str

  def __str__(self) -> str:
    return f"{self.kind}:{self.path}"


class ObjectiveSettings(NamedTuple):
  """The settings of an objective.

  Attributes:
    loss: the expression, where hyperparameters may be auto.
    correction: the correction of cross-entropy; None without one.
    logit_clip: largest norm of the logits; 0: no clipping.
    logit_bias: a number, or auto.
    bias_schedule: `CONSTANT` or `FADING`.
    q_schedule: `CONSTANT` or `RISING`.
    is_augmented: whether images are augmented. An image that is not has one view, as all
      of its views would be the same.
  """

  loss: losses.Expression
  correction: Correction | None
  logit_clip: float
  logit_bias: float | str
  bias_schedule: str
  q_schedule: str
  is_augmented: bool


class Objective(NamedTuple):
  """The function to minimise, and its parts.

  Attributes:
    loss: function of (logits, labels), one value per example, with all parts below. Its
      scheduled numbers have the values of the end of the training.
    loss_of: function that takes the scheduled numbers by name and returns the loss with
      these numbers.
    schedules: functions from the step to each scheduled number; empty without any.
    expression: the loss by name, with numbers in place of auto.
    num_views: number of views of an image that the loss compares.
    matrix: the transition matrix of the correction, float64[K, K]; None without one.
    logit_bias: the number added to the labelled logit at the beginning.
    bias_reason: the origin of that number, one sentence.
    description: the loss without bias and schedules, in words.
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
    """The scheduled numbers of a step, which may be a traced value."""
    return {name: schedule(step) for name, schedule in self.schedules.items()}


def parse_correction(text: str) -> Correction | None:
  """Parses a correction, without reading its file.

  Args:
    text: one of `CORRECTIONS`, where FILE stands for any path.

  Returns:
    `Correction`; None for the text none.

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
    settings: the objective's settings.

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
    settings: the objective's settings.
    num_classes: K.
    num_steps: number of steps of the whole training.

  Returns:
    `Objective`.

  Raises:
    ValueError: if no logit bias or hyperparameter repairs the loss; if a sum adds losses
      of one view to losses of several, or a hyperparameter is for one view alone; or if the
      matrix is not a transition matrix over K classes, or cannot correct a loss.
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
  num_views = num_views_of(settings)
  if num_views > 1:
    # A hyperparameter that is for one view alone makes the loss raise here.
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


def probabilities_of(
  loss: losses.Expression, num_classes: int
) -> Callable[[jax.Array], jax.Array]:
  """The function from logits to the probabilities that a network is trained for.

  Args:
    loss: the expression, where hyperparameters may be auto. Of a t2 that a method learns,
      the value before training counts.
    num_classes: K.

  Returns:
    `losses.tempered_softmax` with its t2 for bi_tempered alone, softmax for all others.
  """
  if [term.name for term in loss.terms] != ["bi_tempered"]:
    return jax.nn.softmax
  (term,) = calibration.resolve(loss, num_classes).terms
  known = losses.defaults(term.name) | dict(term.keywords)
  return functools.partial(losses.tempered_softmax, t2=known["t2"])


def num_views_of(settings: ObjectiveSettings) -> int:
  """The number of views of an image that the loss compares; a ValueError if it is mixed."""
  expression = settings.loss
  if not settings.is_augmented:
    return 1
  counts = {losses.VIEWS.get(term.name, 1) for term in expression.terms}
  if len(counts) > 1:
    raise ValueError(
      f"loss: {expression}, must not add losses of one view of an image to losses of "
      f"several ({', '.join(losses.VIEWS)})"
    )
  return counts.pop()


def _corrected(correction, num_classes):
  try:
    matrix = noise.load_matrix(correction.path, num_classes)
    return _CORRECTED[correction.kind](matrix), matrix
  except ValueError as error:
    raise ValueError(f"correction: {correction}: {error}") from error
  except OSError as error:
    cause = error.strerror or error
    raise OSError(f"correction: {correction}: {cause}") from error

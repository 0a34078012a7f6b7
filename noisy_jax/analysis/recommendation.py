"""Recommends a loss, a logit bias and a method, with the trainings that support them."""

import numbers
import textwrap
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from noisy_jax import losses
from noisy_jax.analysis import calibration, choice, evidence
from noisy_jax.analysis.evidence import Comparison, Row
from noisy_jax.checks import check_num_classes

_PREMISE = (
  "If the network does not come to fit wrong labels, cross-entropy is as good, or better."
)


class Recommendation(NamedTuple):
  """Settings to train with, and the reason.

  Attributes:
    loss: text for `losses.parse`.
    logit_bias: the calibrated bias at the beginning; 0 for none.
    bias_schedule: "constant", or "fading" (`schedules.fading_bias`).
    method: name for `methods.build`, or "none".
    reason: the reason, in sentences.
    rows: trainings with these settings under such noise, for the nearest numbers of classes
      and noise rates.
    unknown: sentences on missing evidence.
  """

  loss: str
  logit_bias: float
  bias_schedule: str
  method: str
  reason: str
  rows: tuple[Comparison, ...]
  unknown: tuple[str, ...]

  @property
  def title(self) -> str:
    """The settings in a few words."""
    fades = " that fades" if self.bias_schedule == "fading" else ""
    bias = f" with a logit bias of {self.logit_bias:g}{fades}" if self.logit_bias else ""
    return f"{self.loss}{bias}" + (f" by {self.method}" if self.method != "none" else "")

  @property
  def flags(self) -> str:
    """The settings as flags of `experiments.train`."""
    flags = [f"--loss='{self.loss}'" if " " in self.loss else f"--loss={self.loss}"]
    if self.logit_bias:
      flags.append("--logit_bias=auto")
    if self.bias_schedule != "constant":
      flags.append(f"--bias_schedule={self.bias_schedule}")
    if self.method != "none":
      flags.append(f"--method={self.method}")
    return " ".join(flags)

  def __str__(self) -> str:
    lines = [f"{self.title}: {self.flags}", textwrap.fill(self.reason, 92)]
    if self.rows:
      lines.append("Accuracy on clean test images after the last epoch, in %:")
      lines += [f"  {row}" for row in self.rows]
    return "\n".join([*lines, *self.unknown])


def recommend(
  num_classes: int,
  noise: str | None = None,
  noise_rate: float | None = None,
  epochs: int | None = None,
  *,
  memorises: bool = True,
  loss_alone: bool = False,
) -> Recommendation:
  """Recommends a loss, a logit bias with its schedule, and a method.

  The rule is that of `analysis.choice`, which rests on the trainings in
  `analysis.evidence`.

  Args:
    num_classes: K, at least 2.
    noise: kind of noise, as in `--noise`, such as "symmetric" or "pairflip", or "human" for
      any labels of people; None if it is unknown.
    noise_rate: share of wrong labels, in [0, 1); None if it is unknown.
    epochs: number of epochs, at least 1; None for a long training.
    memorises: whether cross-entropy comes to fit wrong labels in that time. Where it does
      not, its training accuracy ends below the share of right labels, or no higher than its
      accuracy on examples that were held out with their labels as given.
    loss_alone: whether to recommend no method. A method remembers every example, which is
      impossible if the data set is streamed.

  Returns:
    `Recommendation`; its `str` is for people, its `flags` for the command line.

  Raises:
    ValueError: if an argument is out of its range, or `noise.parse` does not know the
      noise.
    TypeError: if the noise is not a text, or the rate or the epochs are not a number.
  """
  check_num_classes(num_classes)
  family = choice.family(noise, noise_rate)
  if epochs is not None:
    _check_epochs(epochs)
  memorises = memorises and (epochs is None or epochs >= choice.LONG)
  setting, reason = choice.choose(num_classes, family, noise_rate, memorises)
  if loss_alone and setting.method != "none":
    setting, reason = choice.choose_loss(num_classes, family, noise_rate)
  is_fading, eps = setting.schedule == evidence.FADING, 0.0
  if setting.schedule != evidence.UNBIASED:
    eps = calibration.logit_bias(losses.parse(setting.loss), num_classes).value
    reason = f"{reason} {_on_bias(num_classes, eps, is_fading)}"
  if family != choice.CLEAN and memorises:
    reason = f"{reason} {_PREMISE}"
  # Of a training that stands in two grids, the first counts.
  found = {
    row._replace(grid=""): row
    for row in reversed(evidence.rows())
    if row.setting == setting and _is_alike(row, family, memorises)
  }
  rows = _nearest(list(found.values())[::-1], num_classes, noise_rate)
  unknown = [] if rows else ["No run has these settings under such noise."]
  if family == choice.UNKNOWN and memorises:
    unknown.append("The kind of noise matters: pairflip, say, may ask for another choice.")
  unknown += _gaps(rows, num_classes, noise_rate, epochs)
  return Recommendation(
    setting.loss,
    eps,
    "fading" if is_fading else "constant",
    setting.method,
    reason,
    tuple(evidence.comparison(row) for row in rows),
    tuple(unknown),
  )


def _check_epochs(epochs):
  if not isinstance(epochs, numbers.Integral) or isinstance(epochs, bool):
    raise TypeError(f"epochs: {epochs!r}, must be a whole number from 1 on")
  if epochs < 1:
    raise ValueError(f"epochs: {epochs}, must be at least 1")


def _on_bias(num_classes, eps, is_fading):
  text = f"With a logit bias of {eps:g}, the loss learns on {num_classes} classes as on 10."
  if not is_fading:
    return text
  # The rate of symmetric noise at which `theory.largest_tolerant_bias` of MAE is eps.
  limit = (num_classes - 1) / (num_classes - 1 + np.exp(2 * eps))
  return (
    f"{text} With a constant bias MAE would memorise symmetric noise above "
    f"{100 * limit:.2g} %, so the bias fades as the network learns."
  )


def _is_alike(row, family, memorises):
  kind = row.cell.noise.partition(":")[0]
  if kind == evidence.CLEAN:
    return family == choice.CLEAN
  if family == choice.CLEAN or choice.memorises(row.cell) != memorises:
    return False
  return family in (choice.UNKNOWN, choice.FAMILIES.get(kind))


def _nearest(rows: list[Row], num_classes, rate) -> list[Row]:
  near = []
  for count in _either_way((row.cell.num_classes for row in rows), num_classes):
    here = [row for row in rows if row.cell.num_classes == count]
    rates = {row.cell.noise_rate for row in here}
    kept = rates if rate is None else _either_way(rates, rate)
    near += [row for row in here if row.cell.noise_rate in kept]
  return near


def _either_way(values: Iterable[float], wanted) -> list[float]:
  """The values nearest to a wanted one from below and above, or this one alone."""
  ordered = sorted(set(values))
  below = [value for value in ordered if value <= wanted][-1:]
  above = [value for value in ordered if value >= wanted][:1]
  return below if below == above else [*below, *above]


def _gaps(rows: list[Row], num_classes, rate, epochs) -> Iterator[str]:
  if not rows:
    return
  counts = sorted({row.cell.num_classes for row in rows})
  if not any(num_classes / 2 <= count <= 2 * num_classes for count in counts):
    yield f"No such run is near {num_classes} classes: {_in_words(counts)}."
  rates = sorted({row.cell.noise_rate for row in rows})
  if rate and min(abs(rate - known) for known in rates) > 0.101:
    yield f"No such run is near a noise rate of {rate:g}: {_in_words(rates)}."
  lengths = sorted({row.cell.epochs for row in rows})
  if epochs and not any(epochs / 2 <= length <= 2 * epochs for length in lengths):
    yield f"No such run is near {epochs} epochs: {_in_words(lengths)}."
  if all(row.cell.network.startswith("mlp") for row in rows):
    yield "All these networks are MLPs, none is convolutional."


def _in_words(values):
  return "they have " + " and ".join(f"{value:g}" for value in values)

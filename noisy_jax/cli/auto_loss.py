"""What --loss=auto stands for: the recommendation for the data set and the noise of a run.

The noise is the one that the flags make, and its rate theirs. Without one, labels may be
wrong all the same, and nobody knows how: the recommendation is that for unknown noise.
"""

from typing import Any

from absl import flags

from noisy_jax import analysis, data
from noisy_jax.training import TrainConfig

AUTO = "auto"

# What a recommendation decides; and a correction, which is of cross-entropy alone.
_DECIDED = ("logit_bias", "bias_schedule", "q_schedule", "method", "correction")


def is_asked(holders: dict[str, flags.FlagHolder]) -> bool:
  """Whether the loss is auto.

  Args:
    holders: of the settings' flags, after parsing.

  Returns:
    Whether it is.

  Raises:
    ValueError: if a flag beside it decides what it would decide.
  """
  if holders["loss"].value != AUTO:
    return False
  for name in _DECIDED:
    if holders[name].present:
      raise ValueError(
        f"{name}: {holders[name].value}, must be left out with loss auto, which decides it"
      )
  return True


def recommend(
  config: TrainConfig, dataset: data.Dataset | data.StreamedDataset
) -> analysis.Recommendation:
  """The recommendation for a run.

  Args:
    config: its noise, noise_rate and epochs count.
    dataset: the one that it names. One that is streamed gets no method, which would have to
      remember its examples.

  Returns:
    `Recommendation`.
  """
  kind = config.parts.noise.kind
  noise: str | None = config.noise
  rate: float | None = config.noise_rate
  if not kind.has_rate:
    rate = None
  elif not rate:
    noise = rate = None
  return analysis.recommend(
    dataset.num_classes - (kind.num_held_out or 0),
    noise,
    rate,
    config.epochs,
    loss_alone=dataset.is_streamed,
  )


def settings(recommended: analysis.Recommendation) -> dict[str, Any]:
  """The fields of `TrainConfig` that a recommendation decides."""
  return {
    "loss": recommended.loss,
    "logit_bias": "auto" if recommended.logit_bias else 0.0,
    "bias_schedule": recommended.bias_schedule,
    "method": recommended.method,
  }

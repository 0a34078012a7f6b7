"""--loss=auto: the loss recommended for the data set and the noise of a run.

Kind and rate of the noise come from the flags. If the flags put in no noise, labels may
still be wrong in an unknown way: the recommendation is then the one for unknown noise.
"""

from typing import Any

from absl import flags

from noisy_jax import analysis, data
from noisy_jax.training import TrainConfig

AUTO = "auto"

# Settings that a recommendation decides; and the correction, which only fits cross-entropy.
_DECIDED = ("logit_bias", "bias_schedule", "q_schedule", "method", "correction")


def is_asked(holders: dict[str, flags.FlagHolder]) -> bool:
  """Whether the loss is auto.

  Args:
    holders: the holders of the settings' flags, after parsing.

  Returns:
    True if it is.

  Raises:
    ValueError: if a flag beside it sets what a recommendation decides.
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
    config: the config, whose noise, noise_rate and epochs count.
    dataset: the data set that the config names. If it is streamed, no method is
      recommended, as a method would have to remember its examples.

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

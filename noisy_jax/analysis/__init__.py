"""Answers before any training: can a loss learn on K classes, and under which noise?"""

from noisy_jax.analysis import calibration, schedules, theory
from noisy_jax.analysis.initial_error import AverageError
from noisy_jax.analysis.initial_error import average_error
from noisy_jax.analysis.initial_logits import NormalFit
from noisy_jax.analysis.initial_logits import initial_logits
from noisy_jax.analysis.initial_logits import normal_fit
from noisy_jax.analysis.recommendation import Recommendation
from noisy_jax.analysis.recommendation import recommend
from noisy_jax.analysis.verdicts import Overlap
from noisy_jax.analysis.verdicts import Verdict
from noisy_jax.analysis.verdicts import overlap
from noisy_jax.analysis.verdicts import verdict

__all__ = [
  "AverageError",
  "NormalFit",
  "Overlap",
  "Recommendation",
  "Verdict",
  "average_error",
  "calibration",
  "initial_logits",
  "normal_fit",
  "overlap",
  "recommend",
  "schedules",
  "theory",
  "verdict",
]

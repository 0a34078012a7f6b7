"""Figures of computed numbers. matplotlib is imported on use."""

from noisy_jax.analysis.figures.calibration import hyperparameter_by_classes
from noisy_jax.analysis.figures.calibration import logit_bias_by_classes
from noisy_jax.analysis.figures.curves import training_curves
from noisy_jax.analysis.figures.errors import LossesPanel
from noisy_jax.analysis.figures.errors import error_by_classes
from noisy_jax.analysis.figures.errors import error_by_losses
from noisy_jax.analysis.figures.errors import error_of_every_loss
from noisy_jax.analysis.figures.initial_logits import initial_logit_density
from noisy_jax.analysis.figures.label_noise import label_noise
from noisy_jax.analysis.figures.learning import ErrorPanel
from noisy_jax.analysis.figures.learning import learning_against_classes
from noisy_jax.analysis.figures.pulls import Pulls
from noisy_jax.analysis.figures.pulls import pull_of_every_loss
from noisy_jax.analysis.figures.results import Curve
from noisy_jax.analysis.figures.results import ResultsPanel
from noisy_jax.analysis.figures.results import results_by_loss
from noisy_jax.analysis.figures.style import save

__all__ = [
  "Curve",
  "ErrorPanel",
  "LossesPanel",
  "Pulls",
  "ResultsPanel",
  "error_by_classes",
  "error_by_losses",
  "error_of_every_loss",
  "hyperparameter_by_classes",
  "initial_logit_density",
  "label_noise",
  "learning_against_classes",
  "logit_bias_by_classes",
  "pull_of_every_loss",
  "results_by_loss",
  "save",
  "training_curves",
]

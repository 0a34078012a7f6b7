"""The minimum of a loss under noise: symmetry, asymmetry, calibration, numerically.

With label i of weight w_i, a network minimises sum_i w_i L(u, i) over its outputs u. A loss
tolerates the noise if this minimum is that of the clean label alone.
"""

from noisy_jax.analysis.theory.label_curves import LabelCurve
from noisy_jax.analysis.theory.label_curves import asymmetry_ratio
from noisy_jax.analysis.theory.label_curves import label_curve
from noisy_jax.analysis.theory.label_curves import variation_ratio
from noisy_jax.analysis.theory.noise_tolerance import LabelSum
from noisy_jax.analysis.theory.noise_tolerance import NoiseTolerance
from noisy_jax.analysis.theory.noise_tolerance import is_noise_tolerant
from noisy_jax.analysis.theory.noise_tolerance import label_sum
from noisy_jax.analysis.theory.simplex import ClassificationCalibration
from noisy_jax.analysis.theory.simplex import Minimizer
from noisy_jax.analysis.theory.simplex import is_classification_calibrated
from noisy_jax.analysis.theory.simplex import minimizer
from noisy_jax.analysis.theory.tolerant_bias import largest_tolerant_bias

__all__ = [
  "ClassificationCalibration",
  "LabelCurve",
  "LabelSum",
  "Minimizer",
  "NoiseTolerance",
  "asymmetry_ratio",
  "is_classification_calibrated",
  "is_noise_tolerant",
  "label_curve",
  "label_sum",
  "largest_tolerant_bias",
  "minimizer",
  "variation_ratio",
]

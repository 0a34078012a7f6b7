"""Losses that resist wrong labels, at any number of classes.

`losses` are pure functions, `analysis` tells before any training whether a loss can learn
on K classes, `noise` makes wrong labels. `data`, `models`, `methods` and `training` prove
it; they are imported by name, so that `import noisy_jax` stays light.
"""

from noisy_jax import analysis
from noisy_jax import losses
from noisy_jax import noise
from noisy_jax.gradients import per_logit_gradient

__version__ = "0.1.0"

__all__ = ["analysis", "losses", "noise", "per_logit_gradient"]

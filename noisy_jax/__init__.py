"""Losses that resist wrong labels, at any number of classes.

`losses` are pure functions, `analysis` tells before any training whether a loss can learn
on K classes, `noise` makes wrong labels. `data`, `models`, `methods` and `training` prove
it; they are imported by name, so that `import noisy_jax` stays light.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
  from noisy_jax import analysis
  from noisy_jax import losses
  from noisy_jax import noise
  from noisy_jax.gradients import per_logit_gradient

__version__ = "0.2.0"

__all__ = ["analysis", "losses", "noise", "per_logit_gradient"]


def __getattr__(name: str) -> Any:
  # On first use: importing JAX takes half a second, and a command that only shows its help
  # should not wait for it.
  if name not in __all__:
    raise AttributeError(f"module 'noisy_jax' has no attribute {name!r}")
  if name == "per_logit_gradient":
    return importlib.import_module("noisy_jax.gradients").per_logit_gradient
  return importlib.import_module(f"noisy_jax.{name}")


def __dir__() -> list[str]:
  return sorted({*globals(), *__all__})

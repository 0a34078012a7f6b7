import doctest
import importlib
import pkgutil

import noisy_jax
from noisy_jax import analysis, losses, noise

PURE = (losses, analysis, analysis.theory, noise)
# Of other packages, the modules whose examples neither train nor compile.
QUICK = [
  "noisy_jax.data.augmentation", "noisy_jax.data.digits", "noisy_jax.data.names",
  "noisy_jax.methods.spec", "noisy_jax.models.catalogue", "noisy_jax.sweeps.cells",
  "noisy_jax.training.config", "noisy_jax.training.optimizer",
]  # fmt: skip
MODULES = ["noisy_jax.gradients", *QUICK] + [
  module.name
  for package in PURE
  for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
  if not module.ispkg
]


def test_examples_give_what_they_say():
  assert noisy_jax.per_logit_gradient.__module__ in MODULES
  attempted = 0
  for name in MODULES:
    failures, count = doctest.testmod(importlib.import_module(name))
    assert failures == 0, name
    attempted += count
  assert attempted > 50

import inspect
import pathlib
import re
import subprocess
import sys

from noisy_jax import (
  analysis,
  data,
  losses,
  methods,
  models,
  noise,
  per_logit_gradient,
  training,
)
from noisy_jax.analysis import figures
from noisy_jax.training import config

PACKAGES = (
  analysis, analysis.calibration, analysis.theory, data, figures, losses, methods, models,
  noise, training,
)  # fmt: skip
FUNCTIONS = [per_logit_gradient, analysis.calibration.logit_bias] + [
  getattr(package, name)
  for package in PACKAGES
  for name in getattr(package, "__all__", ())
  if inspect.isfunction(getattr(package, name))
]


def test_public_functions_say_what_they_take_and_give():
  for function in FUNCTIONS:
    text, signature = inspect.getdoc(function), inspect.signature(function)
    if signature.parameters:
      assert re.search("^Args:$", text, re.MULTILINE), function
    if signature.return_annotation is not None:
      assert re.search("^(Returns|Yields):$", text, re.MULTILINE), function


def test_every_loss_has_its_short_name_in_the_package():
  assert {name: getattr(losses, name) for name in losses.NAMES} == losses.NAMES
  assert set(losses.NAMES) <= set(losses.__all__)


def test_import_stays_light():
  script = """
import sys, noisy_jax, noisy_jax.analysis; print(*sys.modules)
import noisy_jax.training, experiments.train; print(*sys.modules)
"""
  done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
  loaded, of_training = (set(line.split()) for line in done.stdout.splitlines())
  assert "noisy_jax.analysis" in loaded
  heavy = {"flax", "matplotlib", "orbax", "sklearn", "tensorflow", "tensorflow_datasets"}
  assert not heavy & loaded
  assert "experiments.train" in of_training
  assert not {"hypothesis", "msgspec", "pandas"} & of_training


def test_only_one_file_names_pmap():
  root = pathlib.Path(config.__file__).parents[2]
  files = [*root.glob("noisy_jax/**/*.py"), *root.glob("experiments/**/*.py")]
  naming = [path.name for path in files if "jax.pmap" in path.read_text()]
  assert naming == ["replicas.py"]

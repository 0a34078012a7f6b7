import inspect
import pathlib
import re
import runpy
import subprocess
import sys

import pytest

import noisy_jax
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


@pytest.mark.parametrize("command", ["recommend", "verdict"])
def test_the_help_of_a_command_without_data_waits_for_no_library(command):
  script = (
    "import sys; from noisy_jax.cli import command_line, main, {}; print(*sys.modules)"
  )
  done = subprocess.run(
    [sys.executable, "-c", script.format(command)], capture_output=True, text=True
  )
  loaded = set(done.stdout.split())
  assert f"noisy_jax.cli.{command}" in loaded
  assert not {"jax", "numpy"} & loaded


def test_import_stays_light():
  script = """
import sys, noisy_jax, noisy_jax.analysis; print(*sys.modules)
import noisy_jax.training, experiments.train; print(*sys.modules)
"""
  done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
  loaded, of_training = (set(line.split()) for line in done.stdout.splitlines())
  assert "noisy_jax.analysis" in loaded
  heavy = {"matplotlib", "orbax.checkpoint", "scipy.special", "tensorflow_datasets"}
  assert not (heavy | {"flax"}) & loaded
  assert not heavy & of_training
  assert "experiments.train" in of_training
  assert not {"hypothesis", "msgspec", "pandas"} & of_training


def test_the_package_imports_its_parts_on_use():
  script = "import noisy_jax; print(noisy_jax.losses.mae, *dir(noisy_jax)); noisy_jax.x"
  done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
  assert {*noisy_jax.__all__, "__version__"} <= set(done.stdout.split())
  assert done.stderr.endswith("AttributeError: module 'noisy_jax' has no attribute 'x'\n")


def test_every_file_has_the_same_version():
  root = pathlib.Path(__file__).parent.parent
  version = noisy_jax.__version__
  assert f"\nversion: {version}\n" in (root / "CITATION.cff").read_text()
  headings = re.findall(r"^## ([^\s]+)", (root / "CHANGELOG.md").read_text(), re.MULTILINE)
  assert headings[0] == version


def test_the_page_of_a_package_index_stands_alone(monkeypatch):
  given = {}
  monkeypatch.setattr("setuptools.setup", given.update)
  root = pathlib.Path(__file__).parent.parent
  runpy.run_path(str(root / "setup.py"))
  page, readme = given["long_description"].split("```"), (root / "README.md").read_text()
  assert page[1::2] == readme.split("```")[1::2]
  text = " ".join(page[::2])
  assert "](https://" in text
  assert "\n\n*" not in text  # the caption of a picture
  assert not re.search(r"\]\((?!https?:)|(src|href)=|^\[[^\]]+\]:", text, re.MULTILINE)


def test_only_one_file_names_pmap():
  root = pathlib.Path(config.__file__).parents[2]
  files = [*root.glob("noisy_jax/**/*.py"), *root.glob("experiments/**/*.py")]
  naming = [path.name for path in files if "jax.pmap" in path.read_text()]
  assert naming == ["replicas.py"]

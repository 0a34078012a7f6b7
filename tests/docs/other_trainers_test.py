"""The code of the page on other trainers, run as it stands."""

import importlib.util
import pathlib
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "other_trainers.md"
NUM_CLASSES = 40
BLOCKS = dict(
  re.findall(r"## (.*?)\n(?:(?!## ).)*?```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
)


def run(title):
  """Runs a block on clusters, a tenth of whose labels are wrong."""
  rng = np.random.default_rng(0)
  right = np.arange(400, dtype=np.int32) % NUM_CLASSES
  inputs = rng.normal(size=(NUM_CLASSES, 32))[right] + 0.3 * rng.normal(size=(400, 32))
  wrong = rng.random(400) < 0.1
  names = {
    "inputs": jnp.asarray(inputs, jnp.float32),
    "labels": jnp.asarray(np.where(wrong, (right + 1) % NUM_CLASSES, right)),
    "num_classes": NUM_CLASSES,
  }
  # Keras promotes ranks.
  with jax.numpy_rank_promotion("allow"):
    exec(BLOCKS[title], names)
  return names, right, wrong


def test_the_page_has_these_blocks():
  assert list(BLOCKS) == ["Flax NNX", "Equinox", "Keras 3", "A method in your own loop"]


@pytest.mark.parametrize(
  "title, package", [("Flax NNX", "flax"), ("Equinox", "equinox"), ("Keras 3", "keras")]
)
def test_other_trainers_learn(title, package, capsys):
  if importlib.util.find_spec(package) is None:
    pytest.skip(f"{package} is not installed")
  names, right, _ = run(title)
  assert (np.asarray(names["predicted"]) == right).mean() > 0.9
  assert capsys.readouterr().out == ("" if package == "keras" else "learns\n")


def test_a_method_finds_wrong_labels_in_a_loop_of_its_own():
  names, _, wrong = run("A method in your own loop")
  assert wrong[names["suspects"][: wrong.sum()]].mean() > 0.9

"""The code of the page on your own loop, run as it stands."""

import importlib.util
import pathlib
import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
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
  names = ["linen and optax", "Flax NNX", "Equinox", "Keras 3", "A method in your own loop"]
  assert list(BLOCKS) == names


def test_weighted_examples_train_a_loop_of_optax():
  optimizer = optax.sgd(1.0)
  names = {
    "num_classes": 100,
    "num_steps": 50,
    "apply": lambda params, inputs: inputs @ params,
    "optimizer": optimizer,
  }
  exec(BLOCKS["linen and optax"], names)
  params = jnp.zeros((5, 100))
  inputs, labels = jnp.asarray(np.eye(3, 5, dtype=np.float32)), jnp.array([4, 50, -100])
  weights = jnp.array([1.0, 1.0, 0.0])
  before, opt_state = params, optimizer.init(params)
  for count in range(50):
    params, opt_state = names["step"](params, opt_state, inputs, labels, weights, count)
  np.testing.assert_array_equal((inputs @ params).argmax(-1)[:2], labels[:2])
  # The third example has no weight: its row was never touched.
  np.testing.assert_array_equal(params[2], before[2])


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

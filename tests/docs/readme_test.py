import pathlib
import re

import jax
import jax.numpy as jnp
import numpy as np
import optax

README = pathlib.Path(__file__).parents[2] / "README.md"


def example():
  (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
  return code


def test_it_is_one_screen_with_a_short_example():
  assert README.stat().st_size <= 6000
  assert len([line for line in example().splitlines() if line.strip()]) <= 12


def test_its_example_learns():
  optimizer = optax.sgd(1.0)
  names = {
    "num_classes": 100,
    "num_steps": 50,
    "apply": lambda params, inputs: inputs @ params,
    "optimizer": optimizer,
  }
  exec(example(), names)
  assert 2 < names["eps"] < 3
  params = jnp.zeros((5, 100))
  inputs, labels = jnp.asarray(np.eye(2, 5, dtype=np.float32)), jnp.array([4, 50])
  before, opt_state = params, optimizer.init(params)
  for count in range(50):
    params, opt_state = names["step"](params, opt_state, inputs, labels, count)
  np.testing.assert_array_equal((inputs @ params).argmax(-1), labels)
  assert jax.tree.structure(params) == jax.tree.structure(before)

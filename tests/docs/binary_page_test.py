import pathlib
import re

import jax.numpy as jnp
import numpy as np
import optax

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "binary.md"


def test_its_code_learns_several_labels_an_example():
  (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
  rng = np.random.default_rng(0)
  inputs = rng.normal(size=(300, 8)).astype(np.float32)
  right = (inputs @ rng.normal(size=(8, 3)) > 0).astype(np.int32)
  given = np.where(rng.random(right.shape) < 0.2, 1 - right, right)
  optimizer = optax.sgd(1.0)
  names = {"apply": lambda params, inputs: inputs @ params, "optimizer": optimizer}
  exec(code, names)
  params = jnp.zeros((8, 3))
  opt_state = optimizer.init(params)
  for _ in range(100):
    params, opt_state = names["step"](params, opt_state, inputs, given)
  assert ((inputs @ np.asarray(params) > 0) == right).mean() > 0.93

"""The code of the page on training from Python, run as it stands."""

import pathlib
import re

import jax
import numpy as np

from noisy_jax import data, losses

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "python.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_its_code_runs(tmp_path, monkeypatch, capsys):
  monkeypatch.chdir(tmp_path)
  rng = np.random.default_rng(0)
  labels = np.arange(2200) % 20
  features = rng.normal(size=(20, 32))[labels] + 0.5 * rng.normal(size=(2200, 32))
  names = {
    "features": features[:2000],
    "labels": labels[:2000],
    "test_features": features[2000:],
    "test_labels": labels[2000:],
    "new_features": np.float32(features[:7]),
  }
  assert len(BLOCKS) == 6
  for block in BLOCKS[:3]:
    exec(block, names)
  np.testing.assert_array_equal(names["classes"], labels[:7])
  np.testing.assert_array_equal(names["probabilities"].argmax(-1), labels[:7])
  last = capsys.readouterr().out.splitlines()[-1]
  assert last == f"5 {names['summary']['test_accuracy']}"


def test_its_soft_losses_are_the_weighted_sums():
  rng = np.random.default_rng(0)
  inputs = rng.normal(size=(8, 5)).astype(np.float32)
  names = {
    "data": data,
    "apply": lambda params, inputs: inputs @ params,
    "params": rng.normal(size=(5, 4)).astype(np.float32),
    "inputs": inputs,
    "labels": np.arange(8) % 4,
    "votes": np.arange(24).reshape(8, 3) % 4,
    "key": jax.random.key(0),
  }
  exec(BLOCKS[3], names)
  logits, loss = inputs @ names["params"], names["mae_star"]
  each = np.stack([loss(logits, np.full(8, k)) for k in range(4)], -1)
  shares = np.asarray(jax.nn.softmax(logits))
  np.testing.assert_allclose(names["of_predictions"], (each * shares).sum(-1), rtol=1e-5)
  of_votes = np.take_along_axis(each, names["votes"], -1) @ [0.5, 0.25, 0.25]
  np.testing.assert_allclose(names["of_votes"], of_votes, rtol=1e-5)
  assert 0 < names["of_mixtures"] < 2


def test_its_fused_heads_are_the_losses_of_the_logits():
  rng = np.random.default_rng(0)
  shapes = {"body": (5, 4), "weights": (4, 10), "bias": (10,)}
  params = {k: rng.normal(size=size).astype(np.float32) for k, size in shapes.items()}
  kinds = (jax.sharding.AxisType.Auto,) * 2
  names = {
    "apply_body": lambda body, inputs: inputs @ body,
    "params": params,
    "inputs": rng.normal(size=(8, 5)).astype(np.float32),
    "labels": np.arange(8, dtype=np.int32),
  }
  exec(BLOCKS[4], names)
  names["features"] = names["inputs"] @ params["body"]
  logits = names["features"] @ params["weights"]
  star = losses.with_logit_bias(losses.mae, 11.75)
  expected = star(logits + params["bias"], names["labels"]).mean()
  np.testing.assert_allclose(names["value"], expected, rtol=1e-5)
  assert jax.tree.map(np.shape, names["gradient"]) == shapes
  names["mesh"] = jax.make_mesh((2, 2), ("data", "classes"), axis_types=kinds)
  exec(BLOCKS[5], {**names, "weights": params["weights"]}, names)
  expected = losses.mae(logits, names["labels"])
  np.testing.assert_allclose(names["values"], expected, rtol=1e-5)

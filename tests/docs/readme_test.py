import csv
import doctest
import pathlib
import re

import jax
import jax.numpy as jnp
import numpy as np
import optax

from noisy_jax import noise

README = pathlib.Path(__file__).parents[2] / "README.md"


def example():
  (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
  return code


def test_example_is_short():
  assert len([line for line in example().splitlines() if line.strip()]) <= 14


def test_example_trains_on_weighted_examples():
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
  inputs, labels = jnp.asarray(np.eye(3, 5, dtype=np.float32)), jnp.array([4, 50, -100])
  weights = jnp.array([1.0, 1.0, 0.0])
  before, opt_state = params, optimizer.init(params)
  for count in range(50):
    params, opt_state = names["step"](params, opt_state, inputs, labels, weights, count)
  predicted = (inputs @ params).argmax(-1)
  np.testing.assert_array_equal(predicted[:2], labels[:2])
  # The third example has no weight: its row was never touched.
  np.testing.assert_array_equal(params[2], before[2])
  assert jax.tree.structure(params) == jax.tree.structure(before)


def test_session_prints_what_it_shows():
  (session,) = re.findall(r"```pycon\n(.*?)```", README.read_text(), re.DOTALL)
  test = doctest.DocTestParser().get_doctest(session, {}, "README", str(README), 0)
  assert doctest.DocTestRunner().run(test).failed == 0


def test_the_table_names_every_kind_of_noise_and_no_other():
  kinds = set(noise.KINDS.split(", "))
  # symmetric_including_true stands in the row of symmetric.
  first_column = re.findall(r"^\| (`[^|]*) \|", README.read_text(), re.MULTILINE)
  named = {name for cell in first_column for name in re.findall("`(.*?)`", cell)}
  assert named - {"--noise"} == kinds - {"symmetric_including_true"}


def test_the_table_of_the_demo_has_the_numbers_of_its_rows():
  path = README.parent / "experiments" / "results" / "demo" / "results.csv"
  rows = csv.DictReader(path.read_text().splitlines())
  accuracies = {}
  for row in rows:
    accuracies.setdefault(row["loss"], {})[row["num_classes"]] = row["test_accuracy"]
  lines = [
    f"| {loss} | " + " | ".join(f"{100 * float(x):.1f} %" for x in of.values()) + " |"
    for loss, of in accuracies.items()
  ]
  table = "\n".join(["| loss | K = 10 | 100 | 1000 |", "|---|---|---|---|", *lines])
  assert table in README.read_text()


def test_linked_files_exist():
  for link in re.findall(r"\]\(([^)#]+)", README.read_text()):
    assert link.startswith("https://") or (README.parent / link).exists(), link

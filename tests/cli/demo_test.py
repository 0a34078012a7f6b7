import csv
import json
import os
import subprocess
import sys

import pytest

from noisy_jax.cli import demo


@pytest.fixture(scope="module")
def tiny_demo(tmp_path_factory):
  out_dir = tmp_path_factory.mktemp("demo")
  rows = demo.demo(out_dir, classes=(10, 40), epochs=1, width=16, train_size=640)
  return out_dir, rows


def test_csv_has_a_row_for_every_training(tiny_demo):
  out_dir, _ = tiny_demo
  with (out_dir / "results.csv").open() as file:
    rows = list(csv.DictReader(file))
  assert list(rows[0]) == list(demo._COLUMNS)
  names = ["CE", "MAE", "MAE*", "MAE, fading"]
  assert [(row["num_classes"], row["loss"]) for row in rows] == [
    (count, name) for count in ("10", "40") for name in names
  ]
  assert all(0 <= float(row["test_accuracy"]) <= 1 for row in rows)
  assert all(float(row["seconds"]) > 0 for row in rows)
  biases = {(row["num_classes"], row["loss"]): float(row["logit_bias"]) for row in rows}
  assert biases["10", "MAE*"] == biases["40", "MAE"] == biases["40", "CE"] == 0
  assert 1.4 < biases["40", "MAE*"] == biases["40", "MAE, fading"] < 1.7
  accuracies = {(row["num_classes"], row["loss"]): row["test_accuracy"] for row in rows}
  # Ten classes need no bias: that is one training.
  assert len({accuracies["10", name] for name in names[1:]}) == 1
  assert len({accuracies["40", name] for name in names[1:]}) == 3


def test_figure_is_a_picture_fit_for_print(tiny_demo):
  import matplotlib.image

  out_dir, _ = tiny_demo
  height, width, _ = matplotlib.image.imread(out_dir / "figure.png").shape
  assert width >= 1300
  assert height >= 1200


# As users have it: what conftest sets for other tests makes it take five times as long.
_OF_USERS = """
import json, sys
from noisy_jax import data
from noisy_jax.cli import demo

dataset = data.digits(400, train_size=20_000)
rows = {
  name: demo._train(demo._setup(dataset, choice, 20, 256), "")[0]
  for name, choice in demo._LOSSES.items()
}
json.dump(rows, open(sys.argv[1], "w"))
"""


@pytest.mark.slow
def test_a_fading_bias_learns_where_mae_stalls_and_keeps_what_others_lose(tmp_path):
  environment = dict(os.environ)
  for name in ("XLA_FLAGS", "NPROC"):
    del environment[name]
  command = [sys.executable, "-c", _OF_USERS, str(tmp_path / "rows.json")]
  subprocess.run(command, check=True, env=environment)
  rows = json.loads((tmp_path / "rows.json").read_text())
  last = {name: row["test_accuracy"] for name, row in rows.items()}
  assert last["MAE"] < 0.05
  assert last["MAE, fading"] > last["MAE*"] + 0.05 > last["CE"] + 0.15
  assert rows["MAE, fading"]["memorised"] < 0.02 < rows["MAE*"]["memorised"]
  assert rows["CE"]["memorised"] > 0.5


def test_table_has_a_line_for_every_loss(tiny_demo, capsys):
  _, rows = tiny_demo
  demo._print_table(rows)
  lines = capsys.readouterr().out.splitlines()
  assert lines[-5].split() == ["loss", "10", "40"]
  names = [line.split("  ")[0].strip() for line in lines[-4:]]
  assert names == ["CE", "MAE", "MAE*", "MAE, fading"]

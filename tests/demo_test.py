import csv

import pytest

from experiments import demo
from noisy_jax import data


@pytest.fixture(scope="module")
def tiny_demo(tmp_path_factory):
  out_dir = tmp_path_factory.mktemp("demo")
  rows = demo.demo(out_dir, classes=(10, 40), epochs=1, width=16, train_size=640)
  return out_dir, rows


def test_csv_has_a_row_for_every_training(tiny_demo):
  out_dir, _ = tiny_demo
  with (out_dir / "results.csv").open() as file:
    rows = list(csv.DictReader(file))
  assert list(rows[0]) == ["num_classes", "loss", "logit_bias", "test_accuracy", "seconds"]
  names = ["CE", "MAE", "MAE*", "GCE", "GCE*"]
  assert [(row["num_classes"], row["loss"]) for row in rows] == [
    (count, name) for count in ("10", "40") for name in names
  ]
  assert all(0 <= float(row["test_accuracy"]) <= 1 for row in rows)
  assert all(float(row["seconds"]) > 0 for row in rows)
  biases = {(row["num_classes"], row["loss"]): float(row["logit_bias"]) for row in rows}
  assert biases["10", "MAE*"] == biases["40", "MAE"] == biases["40", "CE"] == 0
  assert 1.4 < biases["40", "MAE*"] < 1.7


def test_figure_is_a_picture_fit_for_print(tiny_demo):
  import matplotlib.image

  out_dir, _ = tiny_demo
  height, width, _ = matplotlib.image.imread(out_dir / "figure.png").shape
  assert width >= 1300
  assert height >= 1200


@pytest.mark.slow
def test_bounded_losses_stall_at_1000_classes_and_the_bias_repairs_them():
  dataset = data.digits(1000)
  accuracy = {
    name: demo._train(dataset, name, epochs=6, width=512)["test_accuracy"]
    for name in ("CE", "MAE", "MAE*", "GCE", "GCE*")
  }
  assert max(accuracy["MAE"], accuracy["GCE"]) < 0.1
  assert min(accuracy["CE"], accuracy["MAE*"], accuracy["GCE*"]) > 0.5


def test_table_has_a_line_for_every_loss(tiny_demo, capsys):
  _, rows = tiny_demo
  demo._print_table(rows)
  lines = capsys.readouterr().out.splitlines()
  assert lines[-6].split() == ["loss", "10", "40"]
  assert [line.split()[0] for line in lines[-5:]] == ["CE", "MAE", "MAE*", "GCE", "GCE*"]

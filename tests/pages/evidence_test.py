import csv
import pathlib

import pytest

from experiments.pages import evidence as command
from noisy_jax.analysis import evidence
from noisy_jax.analysis.evidence import Cell, Row, Setting

RESULTS = pathlib.Path(command.__file__).parents[1] / "results"
CELL = Cell("digits9", 9, "mlp 8-8", "symmetric", 0.4, 3)


def test_the_table_is_what_the_command_writes_and_has_all_of_the_rows():
  # After new results: python -m experiments.pages.evidence, then .choosing.
  assert evidence.PATH.read_text() == command.text()
  rows = [
    Row(
      "one", CELL, Setting("nce + agce(a=6, q=1.5)", "fading", "elr"), 0.25, 0.01, 3, 0.75
    ),
    Row(
      "one", CELL._replace(noise="clean", noise_rate=0.0), Setting("ce"), 0.5, 0.0, 1, None
    ),
    Row("two", CELL, Setting("ce"), 0.125, 0.0, 1, None),
  ]
  assert list(evidence.from_text(evidence.to_text(rows))) == rows


GRIDS = sorted(path.parent.name for path in RESULTS.glob("*/runs.jsonl"))


@pytest.mark.parametrize("grid", GRIDS)
def test_the_tables_of_the_reports_have_the_same_accuracies(grid):
  rows = [row for row in evidence.rows() if row.grid == grid]
  for expected in table(f"{grid}/results.csv"):
    # Up to 100 classes that is GCE, which was run before.
    if expected["loss"] == "GCE, q from K" and expected["expression"] == "gce(q=0.7)":
      continue
    wanted = (expected["dataset"], int(expected["num_classes"]), int(expected["epochs"]))
    assert any(
      row.accuracy == pytest.approx(float(expected["last"]), abs=6e-5)
      and row.std == pytest.approx(float(expected["last_std"] or 0), abs=6e-5)
      and row.seeds == int(expected["seeds"])
      and (row.cell.dataset, row.cell.num_classes, row.cell.epochs) == wanted
      and expected["noise"] in (row.cell.noise, f"{row.cell.noise} {row.cell.noise_rate:g}")
      and row.setting.method == expected["method"]
      for row in rows
    ), expected


@pytest.mark.parametrize("name", ["demo/results.csv", "predictions/outcomes.csv"])
def test_single_trainings_have_the_same_accuracies(name):
  # Up to 10 classes all kinds of MAE in the demo are one training.
  expected = {
    (int(row["num_classes"]), float(row["logit_bias"]) > 0, float(row["test_accuracy"]))
    for row in table(name)
  }
  assert expected == {
    (row.cell.num_classes, row.setting.schedule != evidence.UNBIASED, row.accuracy)
    for row in evidence.rows()
    if row.grid == name.partition("/")[0]
  }


def table(name):
  return csv.DictReader((RESULTS / name).read_text().splitlines())


def test_a_row_is_compared_with_all_grids_and_not_with_what_sees_right_labels(monkeypatch):
  def row(grid, accuracy, seeds, *setting):
    return Row(grid, CELL, Setting(*setting), accuracy, 0.0, seeds, None)

  rows = (
    row("one", 0.6, 1, "mae"),
    row("one", 0.9, 3, "mae", "none", "meta"),
    row("one", 0.4, 1, "ce"),
    row("two", 0.8, 3, "gce"),
    row("two", 0.5, 3, "ce"),
    row("two", 0.95, 2, "gce"),
  )
  other = Row("one", CELL._replace(epochs=4), Setting("gce"), 0.95, 0.0, 1, None)
  monkeypatch.setattr(evidence, "rows", lambda: (*rows, other))
  # Of one setting, the row with most seeds counts.
  assert evidence.comparison(rows[0]) == (rows[0], 0.5, rows[3])
  assert evidence.comparison(other) == (other, None, other)
  text = "digits9, mlp 8-8, symmetric 0.4, 3 epochs: 60.0 (cross-entropy 50.0; best 80.0,"
  assert str(evidence.comparison(rows[0])).startswith(text)

"""The page that says whether verdicts knew what a bias is worth."""

import subprocess
import sys

import numpy as np
import pytest

from experiments.paper import fit_bias_worth, worth_page
from noisy_jax.analysis import bias_worth

ROW = dict(
  dataset="digits20",
  num_classes="20",
  epochs="6",
  loss="mae",
  logit_bias="0.814",
  gain="13.0",
  worth="3 to 15",
)
ROW |= {"without": "", "with": ""}


def test_the_page_counts_what_came_true_and_marks_what_did_not():
  rows = [
    ROW | {"without": "0.8", "with": "0.9"},
    ROW | {"without": "0.5", "with": "0.9"},
    ROW | {"without": "0.5"},
    ROW,
  ]
  page = worth_page.report(rows)
  assert "1 of 2 answers of `analysis.verdict` came true, of 4" in page
  table = [line for line in page.splitlines() if line.startswith("| digits20")]
  assert "| 80.0 | 90.0 | 10.0 | 3 to 15 |" in table[0]
  assert "| 50.0 | 90.0 | 40.0 | **more than 15** |" in table[1]
  assert "| 50.0 |  |  |  |" in table[2]


def test_what_was_declared_stays(tmp_path):
  (tmp_path / "outcomes.csv").write_text("kept\n")
  command = [sys.executable, "-m", "experiments.paper.bias_worth", f"--out_dir={tmp_path}"]
  for flags, message in (
    (["--declare"], "exists with earlier predictions"),
    ([], "is damaged"),
  ):
    done = subprocess.run([*command, *flags], capture_output=True, text=True)
    assert done.returncode == 1
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
  assert (tmp_path / "outcomes.csv").read_text() == "kept\n"


def test_the_rule_is_the_fit_to_the_committed_runs():
  numbers = fit_bias_worth.fit(fit_bias_worth.shares())
  for strength, elasticity, epochs in [(0.5, 1.0, 6), (0.1, 0.7, 6), (0.3, 0.8, 40)]:
    late = 1 - elasticity
    terms = [1, np.log(strength), late, late * np.log(epochs / bias_worth.EPOCHS)]
    share = 1 / (1 + np.exp(-np.dot(numbers, terms)))
    found = bias_worth.gain(strength, elasticity, epochs)
    assert found == pytest.approx(95 * (1 - share), abs=2)

import functools

import numpy as np
import pytest

from experiments.paper import fit_bias_worth, worth_page
from noisy_jax import analysis
from noisy_jax.analysis import bias_worth, verdicts
from tests import commands

with commands.flags_apart() as FLAGS:
  from experiments.paper import bias_worth as command

ROW = dict(dataset="digits20", num_classes="20", epochs="6", loss="mae", gain="13.0")
ROW |= {"logit_bias": "0.814", "worth": "3 to 15", "without": "", "with": ""}


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
  run = commands.runner(command, values=FLAGS)
  for flags, told in (["--declare"], "exists with earlier predi"), ([], "is damaged"):
    message = run(f"--out_dir={tmp_path}", *flags)
    assert told in message
    assert "\n" not in message
  assert (tmp_path / "outcomes.csv").read_text() == "kept\n"


def test_the_rule_is_the_fit_to_the_committed_runs(monkeypatch):
  for module, name in (analysis, "overlap"), (verdicts, "elasticity"):
    # Runs under several kinds of noise ask for the same.
    monkeypatch.setattr(module, name, functools.cache(getattr(module, name)))
  numbers = fit_bias_worth.fit(fit_bias_worth.shares())
  for strength, elasticity, epochs in [(0.5, 1.0, 6), (0.1, 0.7, 6), (0.3, 0.8, 40)]:
    late = 1 - elasticity
    terms = [1, np.log(strength), late, late * np.log(epochs / bias_worth.EPOCHS)]
    share = 1 / (1 + np.exp(-np.dot(numbers, terms)))
    found = bias_worth.gain(strength, elasticity, epochs)
    assert found == pytest.approx(95 * (1 - share), abs=2)

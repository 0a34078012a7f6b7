"""The notebook is its script, and what it tells holds on a small setting."""

import json
import pathlib
import re

import matplotlib
import numpy as np
import pytest

from noisy_jax import analysis

SCRIPT = pathlib.Path(__file__).parent.parent / "experiments" / "notebooks" / "analysis.py"
SMALL = {"LOSSES": ["mae", "nce"], "EPOCHS": 1, "WIDTHS": (64,)}


def script_cells():
  """Type and source of each cell of the script."""
  for cell in re.split(r"^# %%", SCRIPT.read_text(), flags=re.MULTILINE)[1:]:
    mark, source = cell.split("\n", 1)
    if mark == " [markdown]":
      yield "markdown", re.sub("^# ?", "", source, flags=re.MULTILINE).strip()
    else:
      yield "code", source.strip()


def test_notebook_is_what_the_script_says_without_outputs():
  cells = json.loads(SCRIPT.with_suffix(".ipynb").read_text())["cells"]
  # In a script, a magic is a comment.
  expected = [
    (kind, re.sub("^# %", "%", text, flags=re.M)) for kind, text in script_cells()
  ]
  assert [(cell["cell_type"], "".join(cell["source"])) for cell in cells] == expected
  assert not any(cell.get("outputs") for cell in cells)
  assert all(cell.get("execution_count") is None for cell in cells)


@pytest.fixture(scope="module")
def run():
  """The names that the cells leave behind, run with small settings."""
  matplotlib.use("Agg")
  settings, *cells = (source for kind, source in script_cells() if kind == "code")
  names: dict = {}
  exec(settings, names)
  assert names.keys() >= SMALL.keys()
  names |= SMALL
  for cell in cells:
    exec(compile(cell, SCRIPT.name, "exec"), names)
  return names


def test_verdicts_tell_which_loss_a_bias_helps(run):
  mae, nce = run["verdicts"]["mae"], run["verdicts"]["nce"]
  assert mae.answer != "learns"
  assert mae.before.overlap < 0.1
  assert mae.logit_bias > 2
  assert (nce.answer, nce.logit_bias) == ("stalls", None)
  assert nce.before.overlap > 0.9


def test_figures_show_curves_that_move_right_and_the_bias_that_follows(run):
  few, many = run["panels"]
  assert (few.num_classes, many.num_classes) == (10, 100)
  assert list(few.curves) == list(many.curves) == SMALL["LOSSES"]
  assert run["panel"].logit_bias == run["bias"].value == run["verdicts"]["mae"].logit_bias
  peaks = [run["z"][panel.curves["mae"].argmax()] for panel in (few, many)]
  np.testing.assert_allclose(np.diff(peaks), np.log(99 / 9), atol=0.2)


def test_the_chosen_hyperparameter_has_the_average_error_of_10_classes(run):
  gce, adjusted = (run["losses"].parse(text) for text in ("gce", run["adjusted"]))
  errors = [
    float(analysis.average_error(loss, count, 0.0, key=run["KEY"]).mean)
    for loss, count in ((gce, 10), (adjusted, 100))
  ]
  np.testing.assert_allclose(*errors, rtol=1e-3)


def test_training_bears_the_analysis_out(run):
  accuracies = run["accuracies"]
  eps = run["bias"].value
  assert list(accuracies) == [("mae", 0), ("mae", eps), ("nce", 0), (run["adjusted"], 0)]
  repaired = min(accuracies["mae", eps], accuracies[run["adjusted"], 0])
  assert repaired > 5 * max(accuracies["mae", 0], accuracies["nce", 0])

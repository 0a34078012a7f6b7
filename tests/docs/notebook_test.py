import json
import pathlib
import re
import sys
import types

import matplotlib
import numpy as np
import pytest

from noisy_jax import analysis
from tests import tfds_sets

NOTEBOOKS = pathlib.Path(__file__).parents[2] / "experiments" / "notebooks"
ANALYSIS = {"LOSSES": ["mae", "nce"], "EPOCHS": 1, "WIDTHS": (64,)}
TRAIN = {
  "LOSSES": {"MAE": ("mae", 0, "constant"), "MAE*": ("mae", "auto", "constant")},
  "NUM_CLASSES": 100,
  "NOISE_RATE": 0.4,
  "EPOCHS": 2,
  "WIDTHS": (64,),
  "CIFAR10_EPOCHS": 1,
  "CIFAR10_MODEL": "mlp",
}
AUDIT = {
  "NUM_CLASSES": 4,
  "NUM_PICTURES": 600,
  "MODEL": "mlp",
  "WIDTHS": (64,),
  "LEARNING_RATE": 0.1,
  "EPOCHS": 12,
}


def script_cells(name):
  """Type and source of each cell of a script."""
  text = (NOTEBOOKS / f"{name}.py").read_text()
  for cell in re.split(r"^# %%", text, flags=re.MULTILINE)[1:]:
    mark, source = cell.split("\n", 1)
    if mark == " [markdown]":
      yield "markdown", re.sub("^# ?", "", source, flags=re.MULTILINE).strip()
    else:
      yield "code", source.strip()


def run_cells(name, small):
  """The names that the cells leave behind, run with small settings."""
  matplotlib.use("Agg")
  settings, *cells = (source for kind, source in script_cells(name) if kind == "code")
  names: dict = {}
  exec(settings, names)
  assert names.keys() >= small.keys()
  names |= small
  for cell in cells:
    exec(compile(cell, f"{name}.py", "exec"), names)
  return names


@pytest.mark.parametrize("name", sorted(path.stem for path in NOTEBOOKS.glob("*.py")))
def test_notebook_is_what_the_script_says_without_outputs(name):
  cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text())["cells"]
  # In a script, a magic is a comment.
  expected = [
    (kind, re.sub("^# %", "%", text, flags=re.M)) for kind, text in script_cells(name)
  ]
  assert [(cell["cell_type"], "".join(cell["source"])) for cell in cells] == expected
  assert not any(cell.get("outputs") for cell in cells)
  assert all(cell.get("execution_count") is None for cell in cells)


@pytest.fixture(scope="module")
def run():
  return run_cells("analysis", ANALYSIS)


def test_verdicts_and_figures_tell_which_loss_a_bias_helps(run):
  mae, nce = run["verdicts"]["mae"], run["verdicts"]["nce"]
  assert mae.answer != "learns"
  assert mae.before.overlap < 0.1
  assert mae.logit_bias > 2
  assert (nce.answer, nce.logit_bias) == ("stalls", None)
  assert nce.before.overlap > 0.9
  few, many = run["panels"]
  assert (few.num_classes, many.num_classes) == (10, 100)
  assert list(few.curves) == list(many.curves) == ANALYSIS["LOSSES"]
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
  eps, adjusted = run["bias"].value, run["adjusted"]
  constant = [("mae", 0), ("mae", eps), ("nce", 0), (adjusted, 0)]
  expected = [*((*start, "constant") for start in constant), ("mae", eps, "fading")]
  assert list(accuracies) == expected
  stalled, repaired, other, chosen, faded = accuracies.values()
  assert min(repaired, chosen) > 5 * max(stalled, other)
  # In one epoch the bias has gone before much was learned.
  assert stalled < faded < repaired


def test_the_noise_leaves_a_smaller_bias_than_mae_starts_with(run):
  assert 0 < run["largest"] < run["bias"].value
  assert [run["fading"](done) for done in (0, 100)] == pytest.approx(
    [run["bias"].value, 0], rel=1e-6
  )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
  """The names that train.py leaves, and the figures that it displayed."""
  labels = np.arange(256) % 10
  place = tmp_path_factory.mktemp("tfds")
  tfds_sets.prepare_cifar10(place, {"train": labels, "test": labels[:32]})
  shown: list = []
  # Jupyter's own display is not among what the tests need.
  ipython = types.ModuleType("IPython.display")
  vars(ipython).update(clear_output=lambda wait: None, display=shown.append)
  with pytest.MonkeyPatch.context() as patch:
    patch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    patch.setitem(sys.modules, "IPython.display", ipython)
    names = run_cells("train", TRAIN | {"DATA_DIR": str(place)})
  return names, shown


def test_training_is_drawn_after_every_epoch_and_the_bias_lets_mae_learn(trained):
  names, shown = trained
  on_digits, on_cifar10 = shown[:4], shown[4:]
  assert [len(figure.axes[0].get_lines()) for figure in on_digits] == [1, 1, 2, 2]
  assert [len(figure.axes[0].get_lines()) for figure in on_cifar10] == [1, 2]
  accuracies = [epoch.test_accuracy for epoch in names["results"]["MAE*"]]
  drawn = on_digits[-1].axes[0].get_lines()[1]
  np.testing.assert_allclose(drawn.get_ydata(), np.multiply(100, accuracies))
  results = trained[0]["results"]
  accuracies = {name: epochs[-1].test_accuracy for name, epochs in results.items()}
  assert accuracies["MAE*"] > 3 * accuracies["MAE"]
  epochs = {name: len(rows) for name, rows in trained[0]["cifar10_results"].items()}
  assert epochs == dict.fromkeys(TRAIN["LOSSES"], TRAIN["CIFAR10_EPOCHS"])


def test_an_audit_finds_the_moved_pictures(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
  names = run_cells("audit", AUDIT)
  findings, numbers = names["findings"], names["numbers"]
  first = names["is_moved"][numbers[findings.order[:30]]]
  assert first.mean() > 2 * names["is_moved"].mean()
  titles = [axis.get_title() for axis in names["suspects"].axes]
  classes = names["summary"].class_names
  assert titles == [
    f"{classes[findings.labels[i]]} → {classes[findings.likely[i]]}"
    for i in findings.order[:24]
  ]
  assert names["accuracies"].keys() == {"all pictures", "cleaned"}
  assert (tmp_path / "audit" / "report.html").exists()

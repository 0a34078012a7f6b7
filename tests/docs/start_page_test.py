"""The commands of the pages on the command line and on sweeps, run on few images."""

import csv
import pathlib
import re
import shlex

import numpy as np

from tests.cli.estimate_noise_test import run as run_estimate_noise
from tests.cli.evaluate_test import run as run_evaluate
from tests.cli.recommend_test import call as run_recommend
from tests.cli.sweep_test import run as run_sweep
from tests.cli.train_test import run as run_train
from tests.cli.verdict_test import call as run_verdict
from tests.reports.report_test import run as run_report
from tests.small_sweep import small_digits  # noqa: F401

ROOT = pathlib.Path(__file__).parents[2]
START = (ROOT / "docs" / "start.md").read_text()
SWEEPS = (ROOT / "docs" / "sweeps.md").read_text()
COMMANDS = {
  "verdict": run_verdict,
  "recommend": run_recommend,
  "train": run_train,
  "evaluate": run_evaluate,
  "estimate-noise": run_estimate_noise,
  "sweep": run_sweep,
  "report": run_report,
}
SMALL = {
  "train": ["--widths=8", "--epochs=1", "--batch_size=64"],
  "sweep": ["--filter=digits10_.*_ce/seed0"],
}


def commands(page):
  text = "".join(re.findall(r"```bash\n(.*?)```", page, re.DOTALL)).replace("\\\n", " ")
  return [shlex.split(line)[1:] for line in text.splitlines() if " -h" not in line]


def call(name, *arguments):
  assert COMMANDS[name](*arguments, *SMALL.get(name, ())) is None, (name, arguments)


def test_a_run_is_trained_and_measured_and_its_noise_estimated(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  assert [name for name, *_ in commands(START)] == [
    "verdict", "recommend", "train", "evaluate", "train", "estimate-noise",
  ]  # fmt: skip
  for command in commands(START):
    call(*command)
  with open("predictions.csv", newline="") as file:
    assert len(list(csv.DictReader(file))) == 64
  np.testing.assert_allclose(np.load("matrix.npy").sum(1), 1, rtol=1e-5)


def test_a_grid_is_listed_trained_and_reported(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  for command in commands(SWEEPS):
    call(*command)
  assert "98.9" not in pathlib.Path("experiments/results/classes/README.md").read_text()
  assert pathlib.Path("runs/classes/digits10_symmetric-0.4_ce/seed0/summary.json").exists()

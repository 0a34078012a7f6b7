"""The sweep of the page on sweeps: two jobs of submitit on this machine."""

import pathlib
import re
import sys

import pytest
import yaml

from tests.small_sweep import GRID

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "sweeps.md"


@pytest.mark.slow
def test_two_jobs_share_a_grid(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  losses = {"CE": "ce", "MAE": "mae"}
  grid = GRID | {"losses": losses, "seeds": 1}
  pathlib.Path("grid.yaml").write_text(yaml.safe_dump(grid))
  (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
  program = f'"{sys.executable}", "-m", "noisy_jax"'
  for on_page, here in (
    ('"noisy-jax"', program),
    ("--grid=classes", "--grid=grid.yaml"),
    ("range(8)", "range(2)"),
    ('("runs/slurm")', '("runs/slurm", cluster="local")'),
  ):
    assert on_page in code
    code = code.replace(on_page, here)
  names = {}
  exec(code, names)
  assert ["2 of 2 done" in output for output in names["outputs"]] == [True, True]
  found = sorted(pathlib.Path("runs/classes").rglob("summary.json"))
  assert [path.parent.parent.name for path in found] == [
    "digits4_symmetric-0.25_ce", "digits4_symmetric-0.25_mae",
  ]  # fmt: skip

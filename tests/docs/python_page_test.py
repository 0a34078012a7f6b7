"""The code of the page on training from Python, run as it stands."""

import pathlib
import re

import numpy as np

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "python.md"


def test_its_code_runs(tmp_path, monkeypatch, capsys):
  monkeypatch.chdir(tmp_path)
  rng = np.random.default_rng(0)
  labels = np.arange(2200) % 20
  features = rng.normal(size=(20, 32))[labels] + 0.5 * rng.normal(size=(2200, 32))
  names = {
    "features": features[:2000],
    "labels": labels[:2000],
    "test_features": features[2000:],
    "test_labels": labels[2000:],
    "new_features": np.float32(features[:7]),
  }
  blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
  assert len(blocks) == 3
  for block in blocks:
    exec(block, names)
  np.testing.assert_array_equal(names["classes"], labels[:7])
  np.testing.assert_array_equal(names["probabilities"].argmax(-1), labels[:7])
  last = capsys.readouterr().out.splitlines()[-1]
  assert last == f"5 {names['summary']['test_accuracy']}"

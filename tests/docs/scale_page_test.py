"""The code of the page on scale, run as it stands."""

import os
import pathlib
import re
import socket
import subprocess
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scale.md").read_text()
MESH, TWO_PROCESSES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SHELL = [
  code for code in re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL) if ".py" in code
]


def test_its_layer_learns_without_gathering_logits(capsys):
  names = {}
  exec(MESH, names)
  first = names["mae_star"](np.zeros((1, 1000), np.float32), np.zeros(1, int))[0]
  loss, split = capsys.readouterr().out.split(maxsplit=1)
  assert float(loss) < 0.9 * first
  assert split == "P(None, 'classes')\n"
  arrays = (names[name] for name in ("weights", "features", "labels"))
  program = names["step"].lower(*arrays).compile().as_text()
  assert "all-reduce" in program
  assert "all-gather" not in program


@pytest.mark.slow
def test_two_processes_print_what_one_does(tmp_path):
  with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    two = TWO_PROCESSES.replace("9876", str(probe.getsockname()[1]))
  (tmp_path / "mesh.py").write_text(MESH)
  (tmp_path / "processes.py").write_text(two + MESH)
  path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
  environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}
  printed = [
    subprocess.run(
      ["bash", "-c", commands],
      env=environment,
      cwd=tmp_path,
      timeout=300,
      check=True,
      stdout=subprocess.PIPE,
      text=True,
    ).stdout
    for commands in SHELL[:2]
  ]
  losses = [
    float(re.search(r"^(\S+) P\(None, 'classes'\)$", text, re.M)[1]) for text in printed
  ]
  assert losses[0] == pytest.approx(losses[1], abs=1e-4)

import os
import subprocess
import sys

import matplotlib.image
import pytest

from experiments.paper import figures as command
from tests import commands

run = commands.runner(command, (*command._SETTINGS, "figure", "out_dir", "data_dir"))


def test_command_writes_both_files_and_the_same_bytes_again(tmp_path, capsys):
  for name in ("first", "second"):
    assert run("--figure=5", f"--out_dir={tmp_path}/{name}") is None
  first, second = (
    {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
    for name in ("first", "second")
  )
  assert first.keys() == {"figure5.png", "figure5.svg"}
  assert first == second
  assert b"<dc:date>" not in first["figure5.svg"]
  assert matplotlib.image.imread(tmp_path / "first" / "figure5.png").shape[1] == 1400
  assert f"{tmp_path}/first/figure5.svg" in capsys.readouterr().out


@pytest.mark.parametrize(
  "arguments, message",
  [
    (["--figure=6"], "error: figure: '6', must be one of 1, 2, 3, 4, 5, losses, pulls, no"),
    (["--figure="], "error: figure: '', must be one of 1, 2, 3, 4, 5, losses, pulls, nois"),
    (["--out_dir=file"], "error: out_dir: "),
    (["5"], "error: unexpected argument '5'; settings are given as --name=value"),
  ],
)
def test_bad_flags_get_one_line(arguments, message, tmp_path, monkeypatch, capsys):
  monkeypatch.chdir(tmp_path)
  (tmp_path / "file").write_text("")
  code = run(*arguments)
  assert code.startswith(message)
  assert "\n" not in code
  assert capsys.readouterr().out == ""
  assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_noise_needs_no_flags_and_takes_those_of_training(tmp_path, monkeypatch):
  seen = []
  monkeypatch.setattr(command.figures, "label_noise", lambda *_, **kw: seen.append(kw))
  monkeypatch.setattr(command.figures, "save", lambda figure, out_dir, name: [name])
  assert run("--figure=noise", f"--out_dir={tmp_path}") is None
  arguments = ["--dataset=digits4", "--noise=open_set:1", "--noise_rate=0.2"]
  assert run("--figure=noise", f"--out_dir={tmp_path}", *arguments) is None
  example, asked = seen
  assert example["title"] == "digits10, pairflip: 40.0% wrong labels"
  assert example["class_names"] == tuple("0123456789")
  assert asked["title"] == "digits4, open_set:1: 20.0% foreign images"
  assert asked["foreign"].mean() == pytest.approx(0.2, abs=1e-4)


@pytest.mark.parametrize(
  "arguments, message",
  [
    (["--noise=humann"], "error: noise: unknown 'humann'; known: symmetric"),
    (["--dataset=digits10"], "error: noise_rate: 0 gives no wrong labels to show"),
    (["--dataset=folder:/no", "--noise_rate=0.4"], "error: dataset: folder:/no, there is"),
  ],
)
def test_noise_that_cannot_be_shown_gets_one_line(arguments, message, tmp_path):
  code = run("--figure=noise", f"--out_dir={tmp_path}", *arguments)
  assert code.startswith(message)
  assert "\n" not in code


def test_all_figures_are_those_of_the_paper(tmp_path, monkeypatch):
  saved = []
  monkeypatch.setattr(command, "_draw", lambda name: name)
  monkeypatch.setattr(command.figures, "save", lambda *x: saved.append(x[2]) or [])
  assert run("--figure=all", f"--out_dir={tmp_path}") is None
  assert saved == ["figure1", "figure2", "figure3", "figure4", "figure5"]


@pytest.mark.parametrize(
  "named, kept", [("module://matplotlib_inline.backend_inline", None), ("svg", "svg")]
)
def test_figures_need_no_backend_that_a_variable_names(named, kept, tmp_path):
  # A kernel sets it for the commands of its cells too, whose environment may be another.
  script = f"""if True:
    import os, sys
    sys.modules["matplotlib_inline"] = None
    from noisy_jax.analysis import figures
    figure = figures.logit_bias_by_classes({{10: 0.0, 100: 2.5}})
    figures.save(figure, {str(tmp_path)!r}, "x")
    import matplotlib
    print(os.environ["MPLBACKEND"], matplotlib.rcParams._get_backend_or_none())
    print("matplotlib.pyplot" in sys.modules)
  """
  done = subprocess.run(
    [sys.executable, "-c", script],
    capture_output=True,
    text=True,
    env={**os.environ, "MPLBACKEND": named},
  )
  assert done.stderr == ""
  assert done.stdout == f"{named} {kept}\nFalse\n"
  assert matplotlib.image.imread(tmp_path / "x.png").shape[1] == 1400

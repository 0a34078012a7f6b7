import importlib.util
import subprocess
import sys
import types

import pytest

from noisy_jax.cli import command_line, huge_pages, main


@pytest.fixture
def call(monkeypatch):
  """Calls the program with arguments, in this process."""
  monkeypatch.setattr(huge_pages, "restart", lambda: None)

  def run(*arguments):
    monkeypatch.setattr(sys, "argv", ["noisy-jax", *arguments])
    main.main()

  return run


def test_without_a_command_all_are_listed(call, capsys):
  for arguments in ((), ("-h",), ("--help",)):
    call(*arguments)
    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in main._COMMANDS)


def test_an_unknown_command_and_a_missing_library_are_named(call, monkeypatch):
  message = r"^error: unknown command 'trian'; known: demo, train, evaluate"
  with pytest.raises(SystemExit, match=message):
    call("trian")
  monkeypatch.delitem(sys.modules, "noisy_jax.cli.report", raising=False)
  monkeypatch.setitem(sys.modules, "noisy_jax.reports", None)
  message = r"^error: noisy-jax report needs noisy_jax\.reports, which is not installed"
  with pytest.raises(SystemExit, match=message):
    call("report")


def test_a_command_gets_its_arguments(call, monkeypatch):
  started = []
  # Imported in this process, its flags would meet those of another command.
  monkeypatch.setattr(
    importlib, "import_module", lambda name: types.SimpleNamespace(__name__=name)
  )
  monkeypatch.setattr(
    command_line, "start", lambda command: started.append((command.__name__, sys.argv))
  )
  call("estimate-noise", "--folds=2")
  name = "noisy_jax.cli.estimate_noise"
  assert importlib.util.find_spec(name)
  assert started == [(name, ["noisy-jax estimate-noise", "--folds=2"])]


def test_the_module_is_the_program():
  command = [sys.executable, "-m", "noisy_jax", "report"]
  done = subprocess.run(command, capture_output=True, text=True)
  assert done.returncode == 1
  assert done.stderr == "error: --runs and --out_dir must be given, or --readme\n"

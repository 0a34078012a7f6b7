import configparser
import importlib.util
import pathlib
import re
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


def test_an_unknown_command_is_named(call):
  message = r"^error: unknown command 'trian'; known: demo, train, evaluate"
  with pytest.raises(SystemExit, match=message):
    call("trian")


@pytest.mark.parametrize("package, extra", main._EXTRAS.items())
def test_a_missing_package_is_named_with_its_extra(package, extra, call, monkeypatch):
  def fail(name):
    raise ModuleNotFoundError(f"No module named {package!r}", name=package)

  monkeypatch.setattr(importlib, "import_module", fail)
  with pytest.raises(SystemExit) as ended:
    call("report")
  line = f"error: noisy-jax report: needs {package}: pip install 'noisy_jax[{extra}]'"
  assert ended.value.code == line
  setup = configparser.ConfigParser()
  setup.read(pathlib.Path(__file__).parents[2] / "setup.cfg")
  assert re.search(f"^{package}\\b", setup["options.extras_require"][extra], re.MULTILINE)


def test_a_package_that_all_commands_need_comes_with_the_library(call, monkeypatch):
  monkeypatch.delitem(sys.modules, "noisy_jax.cli.report", raising=False)
  monkeypatch.setitem(sys.modules, "noisy_jax.reports", None)
  message = r"^error: noisy-jax report: needs noisy_jax\.reports: pip install 'noisy_jax'$"
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

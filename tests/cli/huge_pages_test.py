import os
import subprocess
import sys

import pytest

from noisy_jax.cli import huge_pages

SHOW = """
import os, sys
print(os.environ.get("GLIBC_TUNABLES"), sys.flags.utf8_mode, sys.argv[1:])
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="glibc's setting")


@pytest.fixture
def shown(tmp_path):
  """What a command of a package that begins as experiments does sees of its start."""
  package = tmp_path / "package"
  package.mkdir()
  (package / "__init__.py").write_text(
    f"import runpy\nrunpy.run_path({huge_pages.__file__!r})['restart_command']()\n"
  )
  (package / "show.py").write_text(SHOW)

  def run(*command, tunables=None):
    env = {k: v for k, v in os.environ.items() if k != "GLIBC_TUNABLES"}
    env["PYTHONPATH"] = os.pathsep.join([str(tmp_path), os.getcwd()])
    if tunables is not None:
      env["GLIBC_TUNABLES"] = tunables
    command = [sys.executable, *command, "--flag", "two words"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()

  return run


def test_a_command_keeps_its_arguments_and_other_tunables(shown):
  arguments = "['--flag', 'two words']"
  assert shown("-m", "package.show") == f"glibc.malloc.hugetlb=1 0 {arguments}"
  assert shown("-X", "utf8", "-m", "package.show").endswith(f"hugetlb=1 1 {arguments}")
  other = "glibc.malloc.check=0"
  both = f"{other}:glibc.malloc.hugetlb=1 "
  assert shown("-m", "package.show", tunables=other).startswith(both)
  off = "glibc.malloc.hugetlb=0"
  assert shown("-m", "package.show", tunables=off).startswith(f"{off} ")


def test_other_programs_are_left_alone(shown):
  assert shown("-c", "import package, package.show").startswith("None ")
  assert shown("package/show.py").startswith("None ")
  # As here: pytest too was asked for by -m, or may have been.
  huge_pages.restart_command()


def test_commands_of_this_package_restart():
  env = {k: v for k, v in os.environ.items() if k != "GLIBC_TUNABLES"}
  command = [sys.executable, "-X", "importtime", "-m", "experiments.report"]
  done = subprocess.run(command, env=env, capture_output=True, text=True)
  # Each start comes by runpy, and the second alone imports what takes a while.
  lines = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
  assert [lines.count(name) for name in ("runpy", "jax")] == [2, 1]

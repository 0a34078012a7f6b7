"""What holds for every page: its sessions, commands, links and tables."""

import doctest
import importlib.util
import pathlib
import re
import shlex

import pytest

from noisy_jax import analysis, training
from noisy_jax.reports import tables
from noisy_jax.sweeps.finished_runs import RESULTS

ROOT = pathlib.Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "BUILD.md", *sorted((ROOT / "docs").rglob("*.md"))]
TESTS = pathlib.Path(__file__).parent
COMMANDS = re.compile(r"^(?:noisy-jax|python -m (experiments\.[\w.]+)) (.*)$", re.MULTILINE)


def blocks(page, language):
  return re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)


def with_blocks(language):
  pages = [page for page in PAGES if blocks(page, language)]
  return pytest.mark.parametrize("page", pages, ids=lambda page: page.stem)


@with_blocks("pycon")
def test_sessions_print_what_they_show(page):
  session = "".join(blocks(page, "pycon"))
  test = doctest.DocTestParser().get_doctest(
    session, {"analysis": analysis}, page.stem, str(page), 0
  )
  assert doctest.DocTestRunner().run(test).failed == 0


@with_blocks("python")
def test_a_page_with_code_has_a_test_that_runs_it(page):
  name = page.stem.lower()
  assert (TESTS / f"{name}_page_test.py").exists() or (TESTS / f"{name}_test.py").exists()


@with_blocks("bash")
def test_commands_and_their_flags_are_there(page):
  text = "".join(blocks(page, "bash")).replace("\\\n", " ")
  for module, arguments in COMMANDS.findall(text):
    given = shlex.split(arguments, comments=True)
    module = module or f"noisy_jax.cli.{given[0].replace('-', '_')}"
    assert importlib.util.find_spec(module), module
    flags = {word[2:].partition("=")[0] for word in given if word.startswith("--")}
    assert not {flag for flag in flags if not is_flag(flag, module)}, (module, flags)


def is_flag(name, module):
  """Whether the module of a command has the flag, or a file that it shares."""
  if name in training.TrainConfig.__dataclass_fields__:
    return True
  file = pathlib.Path(importlib.util.find_spec(module).origin)
  # Commands have shared flags in such files; benchmarks have them in each other.
  shared = "*.py" if "benchmarks" in module else "*_flags.py"
  files = [file, *file.parent.glob(shared)]
  return any(f'"{name}"' in file.read_text() for file in files)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_linked_files_exist(page):
  for link in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
    assert link.startswith("https://") or (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_tables_of_results_are_up_to_date(page):
  text = page.read_text()
  assert tables.fill(text, RESULTS) == text

import ast
import graphlib
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parent.parent
ROOMS = ("noisy_jax", "experiments")


def modules():
  """Path of every module, by its dotted name."""
  found = {}
  for room in ROOMS:
    for path in sorted((ROOT / room).rglob("*.py")):
      name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
      found[name.removesuffix(".__init__")] = path
  return found


def imported(path, names):
  """The modules of ours that a file imports, on top or inside a function."""
  found = set()
  for node in ast.walk(ast.parse(path.read_text())):
    if isinstance(node, ast.Import):
      found.update(alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
      asked = {f"{node.module}.{alias.name}" for alias in node.names}
      # A package's __init__ stands for what it exports.
      found.update(name if name in names else node.module for name in asked)
  return found & names.keys()


@pytest.fixture(scope="module")
def graph():
  names = modules()
  return {name: imported(path, names) - {name} for name, path in names.items()}


def package_of(name):
  """The directory in noisy_jax, or experiments as a whole."""
  parts = name.split(".")
  return ".".join(parts[: 2 if parts[0] == "noisy_jax" else 1])


def circle(graph):
  """Names that import each other in a ring; empty where there is no ring."""
  try:
    graphlib.TopologicalSorter(graph).prepare()
  except graphlib.CycleError as error:
    return error.args[1]
  return []


def test_no_files_import_each_other_and_a_ring_would_be_found(graph):
  # An __init__ imports its own files, which import their neighbours, not the __init__.
  assert circle(graph) == []
  assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}


def test_packages_depend_one_way(graph):
  packages = {}
  for name, others in graph.items():
    own = packages.setdefault(package_of(name), set())
    # The package noisy_jax itself exports all others.
    own.update(package_of(other) for other in others if other != "noisy_jax")
  for name, others in packages.items():
    others.discard(name)
  assert circle(packages) == []


def test_the_library_imports_no_command_and_training_no_runs(graph):
  library = {name for name in graph if name.startswith("noisy_jax")}
  assert {other for name in library for other in graph[name]} <= library
  for name, others in graph.items():
    if package_of(name) == "noisy_jax.training":
      assert "noisy_jax.runs" not in set(map(package_of, others)), name


def test_files_are_short():
  paths = [path for room in (*ROOMS, "tests") for path in (ROOT / room).rglob("*.py")]
  lengths = {path: len(path.read_text().splitlines()) for path in paths}
  assert not [path for path, length in lengths.items() if length >= 300]

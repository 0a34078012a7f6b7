"""Commands, and what belongs to the papers and to this repository."""

import importlib.util
import pathlib
import runpy

# As a file: importing noisy_jax takes a second, and a command that restarts pays it twice.
_package = importlib.util.find_spec("noisy_jax")
assert _package is not None
assert _package.submodule_search_locations is not None
_path = pathlib.Path(_package.submodule_search_locations[0], "cli", "huge_pages.py")
runpy.run_path(str(_path))["restart_command"]()

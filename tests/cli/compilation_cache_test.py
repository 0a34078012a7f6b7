import os
import subprocess
import sys

import pytest

SCRIPT = """
import jax
from noisy_jax.cli import compilation_cache
print(compilation_cache.enable())
print(jax.config.jax_compilation_cache_dir)
print(jax.config.jax_persistent_cache_min_compile_time_secs)
print(jax.jit(lambda x: x + 1)(1))
"""


def run(**environment):
  own = ("JAX_COMPILATION_CACHE_DIR", "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS")
  ours = {name: value for name, value in os.environ.items() if name not in own}
  done = subprocess.run(
    [sys.executable, "-c", SCRIPT],
    env=ours | environment,
    capture_output=True,
    text=True,
    check=True,
  )
  return done.stdout.split(), done.stderr


@pytest.mark.parametrize("variable, below", [("XDG_CACHE_HOME", ""), ("HOME", ".cache")])
def test_programs_go_to_the_users_cache(variable, below, tmp_path):
  ((chosen, known, seconds, result), _) = run(
    **{"XDG_CACHE_HOME": ""} | {variable: str(tmp_path)}
  )
  assert chosen == known == str(tmp_path / below / "noisy_jax" / "jax")
  assert (float(seconds), result) == (0, "2")
  assert list((tmp_path / below / "noisy_jax" / "jax").iterdir())


def test_the_environment_decides_first_and_a_cache_that_cannot_be_made_stops_nothing(
  tmp_path,
):
  (chosen, known, seconds, _), _ = run(
    XDG_CACHE_HOME=str(tmp_path / "not_here"),
    JAX_COMPILATION_CACHE_DIR=str(tmp_path / "here"),
    JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS="2",
  )
  assert (chosen, known, float(seconds)) == ("None", str(tmp_path / "here"), 2)
  assert not (tmp_path / "not_here").exists()
  (tmp_path / "file").write_text("")
  (*_, result), stderr = run(XDG_CACHE_HOME=str(tmp_path / "file"))
  assert result == "2"
  assert "Traceback" not in stderr

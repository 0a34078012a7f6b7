"""What all tests run under: four virtual devices, and JAX without silent promotions."""

import os
import pathlib

# Before the first import of jax. NPROC sets the size of XLA's thread pool: with fewer
# threads than devices, a collective waits for ever.
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"
os.environ["NPROC"] = "16"
os.environ["JAX_PLATFORMS"] = "cpu"
_CACHE = pathlib.Path(__file__).parent.parent / ".cache" / "jax"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(_CACHE))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")

import jax  # noqa: E402
import pytest  # noqa: E402

jax.config.update("jax_numpy_rank_promotion", "raise")

# What tests share asserts too, and is to say as much when it fails.
pytest.register_assert_rewrite(
  "tests.data.uniform", "tests.short_loops", "tests.stopped_runs"
)


@pytest.fixture(scope="module", autouse=True)
def _free_compiled_programs():
  """They take memory maps, and where these run out (65,530 on Linux), XLA crashes."""
  yield
  jax.clear_caches()

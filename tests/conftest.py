"""What all tests run under: four virtual devices, and JAX without silent promotions.

Ranks are never promoted. Types are not promoted in the tests of three packages; optax
counts steps in integers and divides them by floats, so training cannot be among them.
"""

import os
import pathlib

# Before the first import of jax. NPROC sets the size of XLA's thread pool: with fewer
# threads than devices, a collective waits for ever. Compiling is what costs time here: at
# level 0 LLVM takes half as long over programs that compute the same, more slowly.
os.environ["XLA_FLAGS"] = (
  "--xla_force_host_platform_device_count=4 --xla_backend_optimization_level=0"
)
os.environ["NPROC"] = "16"
os.environ["JAX_PLATFORMS"] = "cpu"
_CACHE = pathlib.Path(__file__).parent.parent / ".cache" / "jax"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(_CACHE))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")

import jax  # noqa: E402
import pytest  # noqa: E402

# What tests share asserts too, and is to say as much when it fails.
pytest.register_assert_rewrite(
  "tests.audit.pages",
  "tests.data.uniform",
  "tests.losses.battery",
  "tests.small_setups",
  "tests.stopped_runs",
)

jax.config.update("jax_numpy_rank_promotion", "raise")
# Packages whose code is ours alone.
_STRICT = {"analysis", "losses", "noise"}


@pytest.fixture(autouse=True)
def _no_silent_promotion_of_types(request):
  if request.path.relative_to(pathlib.Path(__file__).parent).parts[0] in _STRICT:
    with jax.numpy_dtype_promotion("strict"):
      yield
  else:
    yield


@pytest.fixture(scope="module", autouse=True)
def _free_compiled_programs():
  """They take memory maps, and where these run out (65,530 on Linux), XLA crashes."""
  yield
  jax.clear_caches()

"""A cache of compiled programs that commands share."""

import os
import pathlib


def enable() -> pathlib.Path | None:
  """Keeps compiled programs in the user's cache directory.

  The directory is $XDG_CACHE_HOME/noisy_jax/jax, or ~/.cache/noisy_jax/jax. JAX's own
  variables JAX_COMPILATION_CACHE_DIR and JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS come
  first.

  Returns:
    The directory; None if the environment names one, or if the user has no home.
  """
  import jax

  # By default, JAX keeps programs that took a second to compile; small networks take less.
  if "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ:
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
  if "JAX_COMPILATION_CACHE_DIR" in os.environ:
    return None
  caches = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
  if not caches.is_absolute():
    return None
  directory = caches / "noisy_jax" / "jax"
  jax.config.update("jax_compilation_cache_dir", str(directory))
  return directory

"""The versions and settings of the libraries that a run was made with."""

import importlib.metadata
import pathlib
import platform

import jax

import noisy_jax
from noisy_jax.runs.files import read_json

_LIBRARIES = ("jax", "jaxlib", "flax", "optax", "numpy")
# The same seed gives other numbers if one of these changes.
_JAX_SETTINGS = (
  "jax_default_prng_impl",
  "jax_enable_x64",
  "jax_threefry_partitionable",
)


def versions() -> dict[str, str]:
  """The versions of Python and the libraries, settings of JAX, and the devices."""
  # A checkout that is not installed has no metadata of its own.
  numbers = {"noisy_jax": noisy_jax.__version__}
  numbers |= {name: importlib.metadata.version(name) for name in _LIBRARIES}
  devices = jax.local_devices()
  kind = f"{len(devices)} x {devices[0].device_kind}"
  numbers |= _jax_settings()
  return {"python": platform.python_version(), **numbers, "devices": kind}


def _jax_settings():
  return {name: str(getattr(jax.config, name)) for name in _JAX_SETTINGS}


def check_jax_settings(path: pathlib.Path) -> None:
  """Refuses to go on where JAX would draw other numbers.

  Args:
    path: path of the versions.json of a run.

  Raises:
    OSError: if a setting of JAX has changed since the run began.
  """
  recorded = read_json(path)
  for name, here in _jax_settings().items():
    if recorded.get(name) != here:
      raise OSError(
        f"workdir: {path} says that the run began with {name} {recorded.get(name)}, and it "
        f"is {here} now; set it back, or choose another workdir"
      )

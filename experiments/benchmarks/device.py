"""What the benchmarks run on: its name, whether PyTorch can use it, memory for both."""

import functools
import importlib.util
import os
import re
import subprocess
import sys
from typing import NamedTuple

import jax

# The default of JAX is three quarters.
_SHARE_OF_MEMORY = "0.45"


class Device(NamedTuple):
  """A device.

  Attributes:
    backend: cpu, gpu or tpu.
    kind: what its maker calls it.
  """

  backend: str
  kind: str

  @property
  def name(self) -> str:
    """In words: such as "NVIDIA H100 80GB HBM3", or "2 CPU cores"."""
    return f"{os.cpu_count()} CPU cores" if self.backend == "cpu" else self.kind

  @property
  def file_name(self) -> str:
    """The file of a table from this device: cpu.md, nvidia-h100-80gb-hbm3.md."""
    stem = re.sub(r"[^a-z0-9]+", "-", self.kind.lower()).strip("-")
    return f"{'cpu' if self.backend == 'cpu' else stem}.md"


def here() -> Device:
  """What JAX runs on in this process, which takes hold of it."""
  return Device(jax.default_backend(), jax.devices()[0].device_kind)


@functools.cache
def of_other_processes() -> Device:
  """What JAX runs on in a process like this one, which itself leaves it alone.

  Raises:
    OSError: if JAX does not start.
  """
  code = "import jax; print(jax.default_backend(), jax.devices()[0].device_kind, sep='\\n')"
  done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
  if done.returncode:
    raise OSError(f"JAX does not start: {done.stderr.strip().splitlines()[-1]}")
  return Device(*done.stdout.splitlines()[-2:])


def for_torch() -> str | None:
  """PyTorch's name for JAX's device, cpu or cuda; None where it cannot use it."""
  backend = jax.default_backend()
  if backend not in ("cpu", "gpu") or not importlib.util.find_spec("torch"):
    return None
  # An optional extra: importing this file must not need it.
  import torch

  return "cpu" if backend == "cpu" else "cuda" if torch.cuda.is_available() else None


def share_memory() -> None:
  """Leaves half of a GPU's memory to PyTorch; to be called before JAX is first used."""
  if importlib.util.find_spec("torch"):
    os.environ.setdefault("XLA_CLIENT_MEM_FRACTION", _SHARE_OF_MEMORY)

"""One copy of a computation on each local device: the only file that names jax.pmap.

All arrays on the devices are stacked. They have a leading axis with one entry per local
device; arrays of the networks have a second axis with one entry per seed. Per-device
functions are written without these axes and combine their results over `AXIS`, which spans
the devices of all processes.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

AXIS = "replica"


def pmap(
  function: Callable,
  devices: Sequence[jax.Device],
  *,
  donate: tuple[int, ...] = (),
  over_seeds: tuple[bool, ...] | None = None,
  **bound: Any,
) -> Callable:
  """Runs a function on every device at once, over stacked arguments.

  Args:
    function: per-device function with a keyword `axis_name`, which becomes `AXIS`.
    devices: the devices of the stacked arguments.
    donate: positions of arguments whose memory the results may reuse.
    over_seeds: for each argument, whether it has a leading axis of seeds, or all seeds
      share it. The function then runs for each seed, and its results have that axis. None
      runs it once.
    **bound: further keyword arguments of the function, the same on all devices.

  Returns:
    The function of stacked arguments, with stacked results.
  """
  function = functools.partial(function, axis_name=AXIS, **bound)
  if over_seeds is not None:
    function = _over_seeds(function, over_seeds, devices[0].platform)
  # With several processes, the devices of all processes take part.
  on = devices if jax.process_count() == 1 else None
  return jax.pmap(function, axis_name=AXIS, devices=on, donate_argnums=donate)


def _over_seeds(function, over_seeds, platform):
  """The function over the seeds of the arguments that have an axis of seeds."""

  def of_all(*args):
    own = [arg for arg, has_seeds in zip(args, over_seeds, strict=True) if has_seeds]

    def of_one(own):
      rest = iter(own)
      pairs = zip(args, over_seeds, strict=True)
      return function(*(next(rest) if has_seeds else arg for arg, has_seeds in pairs))

    if len(jax.tree.leaves(own)[0]) == 1:
      # In a loop of one step, XLA's CPU has no fast convolution.
      result = of_one(jax.tree.map(lambda leaf: leaf[0], own))
      return jax.tree.map(lambda leaf: leaf[None], result)
    # One network keeps a CPU core busy; several side by side only fill its caches.
    return jax.lax.map(of_one, own) if platform == "cpu" else jax.vmap(of_one)(own)

  return of_all


def stack(tree: Any, devices: Sequence[jax.Device]) -> Any:
  """Copies of a tree of arrays, one on each device.

  The mesh axis has the name that pmap gives to its outputs. Under another name the first
  step's output would differ in type from its input, and the second step would compile
  again.
  """

  def copies(leaf):
    # Through the host: device_put may share memory with the original, and donating the
    # copy would then delete the original too.
    leaf = np.asarray(leaf)
    return np.broadcast_to(leaf, (len(devices), *leaf.shape))

  return put(jax.tree.map(copies, tree), devices)


def put(tree: Any, devices: Sequence[jax.Device]) -> Any:
  """Sends host arrays [devices, ...] to these devices, without waiting for the transfer."""
  sharding = NamedSharding(Mesh(np.array(devices), (AXIS,)), PartitionSpec(AXIS))
  return jax.device_put(tree, sharding)


def unstack(tree: Any, seed: int | None = None) -> Any:
  """The first device's copy of a stacked tree, as numpy arrays; of one seed if named."""
  place = 0 if seed is None else (0, seed)
  return jax.tree.map(lambda leaf: np.asarray(leaf.addressable_shards[0].data)[place], tree)


def split(batches: np.ndarray, devices: Sequence[jax.Device]) -> np.ndarray:
  """This process's part of global batches [..., n], as [devices, ..., n / all devices]."""
  parts = np.split(batches, len(devices) * jax.process_count(), axis=-1)
  first = len(devices) * jax.process_index()
  return np.stack(parts[first : first + len(devices)])


def unsplit(parts: Any) -> Any:
  """Joins the parts of all processes, results per example, to global batches [..., n]."""

  def joined(leaf):
    leaf = np.asarray(leaf)
    if jax.process_count() > 1:
      leaf = np.concatenate(multihost_utils.process_allgather(leaf))
    return np.concatenate(leaf, axis=-1)

  return jax.tree.map(joined, parts)

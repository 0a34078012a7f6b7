"""One copy of a computation on each local device: the only file that names jax.pmap.

Everything on the devices is stacked: a leading axis with one entry per local device.
Per-device functions are written without it and combine their results over `AXIS`, which
goes over the devices of all processes.
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
  over_seeds: tuple[int | None, ...] | None = None,
  **bound: Any,
) -> Callable:
  """`function` on every device at once, over stacked arguments.

  Args:
    function: per-device function with a keyword `axis_name`, which becomes `AXIS`.
    devices: the devices of the stacked arguments.
    donate: positions of arguments whose memory the results may take over.
    over_seeds: where given, the function runs for several seeds at once: of each argument,
      the axis of its seeds, or None where all seeds share it.
    **bound: further keyword arguments of the function, the same on all devices.

  Returns:
    The function of stacked arguments, with stacked results.
  """
  function = functools.partial(function, axis_name=AXIS, **bound)
  if over_seeds is not None:
    # A CPU core is busy with one network; side by side, several only fill its caches.
    one_by_one = devices[0].platform == "cpu"
    several = _one_by_one if one_by_one else jax.vmap
    function = several(function, in_axes=over_seeds)
  # With several processes all devices take part, those of the others too.
  on = devices if jax.process_count() == 1 else None
  return jax.pmap(function, axis_name=AXIS, devices=on, donate_argnums=donate)


def _one_by_one(function, in_axes):
  """What `jax.vmap` computes, in a loop; axes are 0 or None."""

  def of_all(*args):
    own = [arg for arg, axis in zip(args, in_axes, strict=True) if axis == 0]

    def of_one(own):
      rest = iter(own)
      pairs = zip(args, in_axes, strict=True)
      return function(*(next(rest) if axis == 0 else arg for arg, axis in pairs))

    return jax.lax.map(of_one, own)

  return of_all


def stack(tree: Any, devices: Sequence[jax.Device]) -> Any:
  """Copies of a tree of arrays, one on each device.

  The mesh axis bears the name pmap gives to its outputs. Under another name the first
  step's output would not look like its input, and the second step would compile again.
  """

  def copies(leaf):
    # Through the host: device_put may share memory with the original, and donating the
    # copy would then delete that as well.
    leaf = np.asarray(leaf)
    return np.broadcast_to(leaf, (len(devices), *leaf.shape))

  return put(jax.tree.map(copies, tree), devices)


def put(tree: Any, devices: Sequence[jax.Device]) -> Any:
  """Host arrays [devices, ...] on these devices; they may still be on their way there."""
  sharding = NamedSharding(Mesh(np.array(devices), (AXIS,)), PartitionSpec(AXIS))
  return jax.device_put(tree, sharding)


def unstack(tree: Any) -> Any:
  """The first device's copy of a stacked tree, as numpy arrays on the host."""
  return jax.tree.map(lambda leaf: np.asarray(leaf.addressable_shards[0].data)[0], tree)


def split(batches: np.ndarray, devices: Sequence[jax.Device]) -> np.ndarray:
  """This process's parts of global batches [..., n], [devices, ..., n / all devices]."""
  parts = np.split(batches, len(devices) * jax.process_count(), axis=-1)
  first = len(devices) * jax.process_index()
  return np.stack(parts[first : first + len(devices)])


def unsplit(parts: Any) -> Any:
  """Results per example as global batches [..., n], from the parts of all processes."""

  def joined(leaf):
    leaf = np.asarray(leaf)
    if jax.process_count() > 1:
      leaf = np.concatenate(multihost_utils.process_allgather(leaf))
    return np.concatenate(leaf, axis=-1)

  return jax.tree.map(joined, parts)

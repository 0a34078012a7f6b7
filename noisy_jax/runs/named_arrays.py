"""A tree of arrays as a flat table of names, for files, and back."""

import hashlib
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np


def by_name(tree: Any) -> dict[str, np.ndarray]:
  """The arrays of a tree by their path in it; those of size 0 are left out."""
  leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
  return {_name(path): np.asarray(leaf) for path, leaf in leaves if leaf.size}


def like(template: Any, arrays: Mapping[str, np.ndarray], *, partial: bool = False) -> Any:
  """Rebuilds a tree from the table that `by_name` made of it.

  Args:
    template: a tree of arrays or of their shapes and dtypes.
    arrays: arrays by name.
    partial: whether the template may lack some of the arrays.

  Returns:
    A tree like the template.

  Raises:
    ValueError: if an array is missing, has another shape, or has no place in the template.
  """
  leaves, structure = jax.tree_util.tree_flatten_with_path(template)
  expected = {_name(path): tuple(leaf.shape) for path, leaf in leaves if leaf.size}
  found = {name: leaf.shape for name, leaf in arrays.items()}
  names = expected.keys() if partial else expected.keys() | found.keys()
  for name in sorted(names):
    if expected.get(name) != found.get(name):
      raise ValueError(
        f"the checkpoint has {found.get(name)} as the shape of {name}, must be "
        f"{expected.get(name)}"
      )
  return jax.tree.unflatten(
    structure,
    [arrays.get(_name(path), np.zeros(leaf.shape, leaf.dtype)) for path, leaf in leaves],
  )


def digest(arrays: Mapping[str, np.ndarray]) -> str:
  """A hexadecimal digest of the names, shapes, dtypes and bits of arrays."""
  state = hashlib.blake2b(digest_size=16)
  for name in sorted(arrays):
    leaf = arrays[name]
    state.update(f"{name} {leaf.dtype} {leaf.shape} ".encode())
    state.update(np.ascontiguousarray(leaf).data)
  return state.hexdigest()


def _name(path):
  return jax.tree_util.keystr(path, simple=True, separator=".")

"""A tree of arrays as a flat table of names, for what is stored, and back."""

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
  """The tree that `by_name` made the arrays of.

  Args:
    template: a tree of arrays or of their shapes and dtypes.
    arrays: by name.
    partial: whether there may be arrays that the template is without.

  Returns:
    A tree like the template.

  Raises:
    ValueError: if an array is missing, or has another shape or no place.
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
  """A number, in hexadecimal, that any change of a name, shape, dtype or bit changes."""
  state = hashlib.blake2b(digest_size=16)
  for name in sorted(arrays):
    leaf = arrays[name]
    state.update(f"{name} {leaf.dtype} {leaf.shape} ".encode())
    state.update(np.ascontiguousarray(leaf).data)
  return state.hexdigest()


def _name(path):
  return jax.tree_util.keystr(path, simple=True, separator=".")

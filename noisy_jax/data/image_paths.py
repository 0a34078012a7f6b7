"""Which files of a folder are images."""

import os
from collections import Counter
from typing import NamedTuple

from noisy_jax.data.formats import ending, is_picture
from noisy_jax.data.links import Places


class Found(NamedTuple):
  """What a folder holds, without names that begin with a dot.

  Attributes:
    paths: of the images, with /, sorted.
    others: how many other files have each ending.
  """

  paths: list[str]
  others: Counter[str]


def images_below(root: str, relative: str, places: Places) -> Found:
  """Finds the images in a folder, at any depth.

  Args:
    root: what the paths are relative to.
    relative: path of the folder below it; empty for itself.
    places: what links must not lead back to; those to folders are added.

  Returns:
    `Found`.

  Raises:
    ValueError: naming a link that leads back.
  """
  found = Found([], Counter())
  _add(root, relative, places, found)
  found.paths.sort()
  return found


def _add(root, relative, places, found):
  with os.scandir(os.path.join(root, relative)) as entries:
    for entry in entries:
      if entry.name.startswith("."):
        continue
      path, is_link = f"{relative}/{entry.name}".lstrip("/"), entry.is_symlink()
      # Not is_dir of the entry: it fails for links in a circle.
      if os.path.isdir(entry.path) if is_link else entry.is_dir():
        if is_link:
          places.add(entry.path)
        _add(root, path, places, found)
      elif is_picture(entry.name):
        # Who reads a link that ends nowhere tells.
        if is_link and os.path.exists(entry.path):
          places.check_file(entry.path)
        found.paths.append(path)
      else:
        found.others[ending(entry.name)] += 1

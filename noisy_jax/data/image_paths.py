"""Finding the image files of a folder."""

import os
from collections import Counter
from typing import NamedTuple

from noisy_jax.data.formats import ending, is_picture
from noisy_jax.data.links import Places


class Found(NamedTuple):
  """The files of a folder, without names that begin with a dot.

  Attributes:
    paths: paths of the images, with /, sorted.
    others: number of other files by ending.
  """

  paths: list[str]
  others: Counter[str]


def images_below(root: str, relative: str, places: Places) -> Found:
  """Finds the images in a folder, at any depth.

  Args:
    root: the folder that the paths start from.
    relative: path of the folder below it; empty for the root itself.
    places: folders that links must not lead back to; targets of links to folders are added.

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
        # The reader of a broken link reports it.
        if is_link and os.path.exists(entry.path):
          places.check_file(entry.path)
        found.paths.append(path)
      else:
        found.others[ending(entry.name)] += 1

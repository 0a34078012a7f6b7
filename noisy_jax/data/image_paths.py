"""Which files of a folder are images."""

import os
from collections.abc import Iterator

from noisy_jax.data.links import Places

_SUFFIXES = (".png", ".jpg", ".jpeg")


def images_below(root: str, relative: str, places: Places) -> Iterator[str]:
  """The paths of the image files in a folder, at any depth.

  Args:
    root: what the paths are relative to.
    relative: path of the folder below it; empty for itself.
    places: what links must not lead back to; those to folders are added.

  Yields:
    Paths with /, in no order, without names that begin with a dot.

  Raises:
    ValueError: naming a link that leads back.
  """
  with os.scandir(os.path.join(root, relative)) as entries:
    for entry in entries:
      if entry.name.startswith("."):
        continue
      path, is_link = f"{relative}/{entry.name}".lstrip("/"), entry.is_symlink()
      # Not is_dir of the entry: it fails for links in a circle.
      if os.path.isdir(entry.path) if is_link else entry.is_dir():
        if is_link:
          places.add(entry.path)
        yield from images_below(root, path, places)
      elif entry.name.lower().endswith(_SUFFIXES):
        # Who reads a link that ends nowhere tells.
        if is_link and os.path.exists(entry.path):
          places.check_file(entry.path)
        yield path

"""A check of links in a folder of images, which must not lead to images twice."""

import functools
import os
from collections.abc import Iterator


class Places:
  """The folders that the images of a set are read from, none inside another.

  A link back into one of these folders, or to a folder above one, would give the same
  images twice: with the label of another class, or to train and to test on. Paths are
  compared after resolving links, so that the folders themselves may be links to anywhere
  else.
  """

  def __init__(self, flag: str):
    """Starts without folders; messages name the flag."""
    self._flag = flag
    # From real paths to the paths that users know.
    self._places: dict[str, str] = {}
    self._above: dict[str, str] = {}
    self._real = functools.cache(os.path.realpath)

  def add(self, folder: str) -> None:
    """Adds a folder, or the target of a link to a folder.

    Args:
      folder: path of the folder or the link.

    Raises:
      ValueError: if the folder overlaps another one.
    """
    real = os.path.realpath(folder)
    self._check(folder, real)
    self._places[real] = folder
    self._above |= dict.fromkeys(_above(real), folder)

  def check_file(self, link: str) -> None:
    """Refuses a link to a file in one of the folders.

    Args:
      link: path of the link.

    Raises:
      ValueError: if it leads there, naming it.
    """
    # A call of realpath for each link would take minutes for a million links.
    folder, name = os.path.split(os.path.join(os.path.dirname(link), os.readlink(link)))
    real = os.path.join(self._real(folder), name)
    self._check(link, os.path.realpath(link) if os.path.islink(real) else real)

  def _check(self, link, real):
    for folder in (real, *_above(real)):
      if folder in self._places:
        self._refuse(link, real, "in", self._places[folder])
    if real in self._above:
      self._refuse(link, real, "above", self._above[real])

  def _refuse(self, link, real, where, place):
    relation = "" if real == place else f", {where} {place}"
    raise ValueError(
      f"{self._flag}: {link} leads to {real}{relation}, must lead out of the set: these "
      "images would come twice"
    )


def _above(path: str) -> Iterator[str]:
  """The folders above a path, nearest first."""
  while (parent := os.path.dirname(path)) != path:
    yield parent
    path = parent

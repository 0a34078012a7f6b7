"""Where links in a folder of images may lead: out of it, to a place of their own."""

import functools
import os
from collections.abc import Iterator


class Places:
  """The folders that the images of a set are read from, none inside another.

  A link back into one of them, or to a folder above one, would give the same images twice:
  with the label of another class, or to train and to test on. Paths are compared as they
  are without links, so that the folders themselves may be links to anywhere else.
  """

  def __init__(self, flag: str):
    """Begins without a place; messages name the flag."""
    self._flag = flag
    # From real paths to those by which users know them.
    self._places: dict[str, str] = {}
    self._above: dict[str, str] = {}
    self._real = functools.cache(os.path.realpath)

  def add(self, folder: str) -> None:
    """Adds a folder, or what a link to a folder leads to.

    Args:
      folder: its path.

    Raises:
      ValueError: if it overlaps another place.
    """
    real = os.path.realpath(folder)
    self._check(folder, real)
    self._places[real] = folder
    self._above |= dict.fromkeys(_above(real), folder)

  def check_file(self, link: str) -> None:
    """Refuses a link to a file in one of the places.

    Args:
      link: its path.

    Raises:
      ValueError: naming it.
    """
    # One call of realpath a link would take minutes for a million of them.
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

"""A folder of links to the pictures of an audited folder, in the classes decided on."""

import collections
import contextlib
import itertools
import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from noisy_jax.audit.decisions import Audited

_TRAIN = "train"


class Link(NamedTuple):
  """A link to make.

  Attributes:
    place: path of the link, relative to the folder of links.
    target: absolute path of the picture.
    is_moved: whether the picture has another class there.
  """

  place: str
  target: str
  is_moved: bool


def check_outside(
  name: str, place: str | os.PathLike, folder: str, ids: Iterable[str]
) -> None:
  """Refuses a place inside an audited folder, where nothing is ever written.

  Args:
    name: of the argument that gave the place, for messages.
    place: a path, which need not exist.
    folder: the audited folder.
    ids: paths of its pictures relative to it; their folders may be links to elsewhere.

  Raises:
    ValueError: if the place is the folder, or in it or one of the linked folders.
  """
  parents = {os.path.dirname(id_) for id_ in ids}
  inside = {os.path.realpath(os.path.join(folder, parent)) for parent in {"", *parents}}
  path = os.path.realpath(place)
  while path not in inside:
    if path == (path := os.path.dirname(path)):
      return
  raise ValueError(f"{name}: {place} is in {path}, must be outside of the audited pictures")


def plan_links(audited: Audited, labels: Mapping[str, str]) -> list[Link]:
  """The links to the pictures that are not left out.

  Args:
    audited: the audit of a folder, with or without folders train and test.
    labels: the changed labels by id, as in `read_decisions`, also those before the audit.

  Returns:
    The links in their classes, those of moved pictures last.

  Raises:
    ValueError: if the audit is not of a folder, or the links would make none that can be
      trained on.
    OSError: if a picture is no longer there.
  """
  if audited.folder is None:
    raise ValueError(
      f"links: true, must be left out: {audited.dataset} is no folder of pictures"
    )
  # In a folder with train and test, the class is the second part of each path. No class of
  # another folder may be called train.
  is_flat = not any(id_.startswith(f"{_TRAIN}/") for id_ in audited.given)
  links = []
  classes: dict[str, set[str]] = collections.defaultdict(set)
  for id_, name in audited.given.items():
    split, _, rest = ("", "", id_) if is_flat else id_.partition("/")
    of_split, label = classes[split], labels.get(id_, name)
    if not label:
      continue
    target = os.path.join(audited.folder, id_)
    if not os.path.isfile(target):
      raise FileNotFoundError(
        f"AUDIT: {target} is no longer there, must be as it was audited"
      )
    # Not always the given class, which may have been corrected before the audit.
    own, _, inner = rest.partition("/")
    of_split.add(label)
    inner = inner if label == own else os.path.basename(rest)
    links.append(Link(os.path.join(split, label, inner), target, label != own))
  _check_classes(classes, "" if is_flat else _TRAIN)
  return sorted(links, key=lambda link: link.is_moved)


def make_links(links: Iterable[Link], place: str | os.PathLike) -> None:
  """Makes the links, none over another: where a name is taken, a number follows it.

  Args:
    links: the links from `plan_links`.
    place: the folder to make them in.

  Raises:
    OSError: if a link cannot be made.
  """
  for link in links:
    path = os.path.join(place, link.place)
    stem, ending = os.path.splitext(path)
    try:
      os.makedirs(os.path.dirname(path), exist_ok=True)
      for count in itertools.count(2):
        with contextlib.suppress(FileExistsError):
          os.symlink(link.target, path)
          break
        path = f"{stem}-{count}{ending}"
    except OSError as error:
      raise OSError(f"links: {path} cannot be made ({error.strerror})") from error


def _check_classes(classes, train):
  """Refuses links that `folder:PATH` would refuse, before any is made."""
  if len(classes[train]) < 2:
    raise ValueError(
      f"links: classes left to train on: {len(classes[train])}, must be at least 2"
    )
  for split, of_split in classes.items():
    if not of_split:
      raise ValueError(f"links: no picture is left in {split}, must be at least 1")
    if alone := sorted(of_split - classes[train]):
      raise ValueError(
        f"links: no picture of class {alone[0]!r} is left in {train}, and some are in "
        f"{split}; must be left out or relabelled there too"
      )

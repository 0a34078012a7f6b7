"""The files of a folder of images: its splits, its classes and their pictures."""

import os
from collections import Counter
from typing import NamedTuple

import numpy as np

from noisy_jax.data import test_share
from noisy_jax.data.formats import ENDINGS, ending, is_picture, left_out_note
from noisy_jax.data.image_paths import images_below
from noisy_jax.data.links import Places
from noisy_jax.paths import expanded_path

# Folders of these names, in capitals too, hold splits; as classes they would be a mistake.
_SPLITS = ("train", "training", "test", "testing", "val", "valid", "validation")
_NUM_TOLD = 3


class Split(NamedTuple):
  """The image files of a split.

  Attributes:
    place: text that identifies the split, such as the path of its folder.
    paths: paths relative to the folder of the set, with /, sorted in each class.
    labels: class ids, int64[n].
  """

  place: str
  paths: list[str]
  labels: np.ndarray


class Listing(NamedTuple):
  """The files of a folder, before any of them is opened.

  Attributes:
    root: absolute path of the folder.
    class_names: names of the classes, sorted; the class id is the position.
    train: the split to train on.
    test: the split to measure on.
    notes: as in `Dataset`.
  """

  root: str
  class_names: tuple[str, ...]
  train: Split
  test: Split
  notes: tuple[str, ...]


def list_folder(path: str | os.PathLike) -> Listing:
  """Finds the splits, classes and image files that `from_folder` reads.

  Args:
    path: the folder; ~ is the home directory.

  Returns:
    `Listing`.

  Raises:
    FileNotFoundError: if the folder, its classes or their images are missing.
    ValueError: if there is only one class, if a test class is not a training class, if no
      class has a picture to spare for a test split, or if a link leads to images that are
      read anyway.
  """
  root = os.path.abspath(expanded_path("dataset", path))
  if not os.path.isdir(root):
    raise FileNotFoundError(f"dataset: folder:{root}, there is no such folder")
  if not os.path.isdir(os.path.join(root, "train")):
    return _without_splits(root)
  for name in ("test", "val"):
    if os.path.isdir(os.path.join(root, name)):
      return _with_splits(root, "train", name)
  return _with_splits(root, "train")


def _with_splits(root, *splits):
  """The listing of a folder with a folder train, and perhaps one to test on."""
  for split in splits:
    if not _folders(os.path.join(root, split)):
      raise FileNotFoundError(
        f"dataset: {root}/{split} has no classes; each must be a folder of images"
      )
  inside = [f"{s}/{name}" for s in splits for name in _folders(os.path.join(root, s))]
  links = [folder for folder in inside if os.path.islink(os.path.join(root, folder))]
  places = _places(root, splits, links)
  found = [_classes(root, split, places) for split in splits]
  for split, classes in zip(splits, found, strict=True):
    if empty := [name for name, files in classes.items() if not files.paths]:
      raise FileNotFoundError(
        f"dataset: {root}/{split}/{empty[0]} has no picture ({', '.join(ENDINGS)})"
      )
  names = list(found[0])
  if len(names) < 2:
    raise ValueError(f"dataset: {root}/train has 1 class, must have at least 2")
  if unknown := [name for name in found[-1] if name not in found[0]]:
    raise ValueError(
      f"dataset: class {unknown[0]!r} of {root}/{splits[-1]}, must be one of train; "
      f"{len(unknown)} of {len(found[-1])} are not"
    )
  train, notes = _split(os.path.join(root, "train"), found[0], names), []
  if len(splits) == 1:
    train, test = _shared(train)
    notes.append(f"no folder test, nor val: {test_share.NOTE}")
  else:
    test = _split(os.path.join(root, splits[1]), found[1], names)
    if splits[1] != "test":
      notes.append(f"no folder test; tested on {splits[1]}")
  notes += _left_out(root, splits, found)
  return Listing(root, tuple(names), train, test, tuple(notes))


def _without_splits(root):
  """The listing of a folder of classes."""
  folders = _folders(root)
  if splits := [name for name in folders if name.lower() in _SPLITS]:
    raise FileNotFoundError(
      f"dataset: {root} has no folder train, but {splits[0]}; must have train/CLASS/ "
      "beside it, or CLASS/ alone"
    )
  found = _classes(root, "", _places(root, folders))
  classes = {name: files for name, files in found.items() if files.paths}
  if len(classes) < 2:
    raise FileNotFoundError(
      f"dataset: {root} has no folder train, and pictures in {len(classes)} of its "
      f"{len(folders)} folders; must have train/CLASS/, or CLASS/ for at least 2 classes"
    )
  train, test = _shared(_split(root, classes, list(classes)))
  notes = [f"no folder train: {test_share.NOTE}"]
  if empty := [name for name in found if name not in classes]:
    shown = ", ".join(empty[:_NUM_TOLD]) + (" ..." if len(empty) > _NUM_TOLD else "")
    notes.append(f"left out folders without pictures: {shown}")
  notes += _left_out(root, ("",), [classes])
  return Listing(root, tuple(classes), train, test, tuple(notes))


def _folders(folder):
  return _visible(folder, os.path.isdir)


def _visible(folder, is_of_kind):
  return sorted(
    name
    for name in os.listdir(folder)
    if not name.startswith(".") and is_of_kind(os.path.join(folder, name))
  )


def _places(root, folders, links=()):
  """The folders below the root that are read, and the targets of links in them."""
  places = Places("dataset")
  # Where one folder leads to another, the link is the one to name.
  folders = sorted((os.path.join(root, name) for name in folders), key=os.path.islink)
  for folder in (*folders, *(os.path.join(root, name) for name in links)):
    places.add(folder)
  return places


def _classes(root, split, places):
  """The files of each class in a folder below the root, `Found` by the class's name."""
  return {
    name: images_below(root, os.path.join(split, name), places)
    for name in _folders(os.path.join(root, split))
  }


def _split(place, classes, names):
  class_ids = {name: class_id for class_id, name in enumerate(names)}
  paths = [path for files in classes.values() for path in files.paths]
  labels = [class_ids[name] for name, files in classes.items() for _ in files.paths]
  return Split(place, paths, np.array(labels))


def _shared(whole):
  """A split without the share to test on, and this share."""
  place, paths, labels = whole
  is_test = test_share.in_test_share(place, paths, labels)
  return tuple(
    Split(
      f"the {name} split of {place}",
      [path for path, inside in zip(paths, chosen, strict=True) if inside],
      labels[chosen],
    )
    for name, chosen in (("training", ~is_test), ("test", is_test))
  )


def _left_out(root, splits, found):
  """Notes on files that are not read."""
  notes = []
  others: Counter[str] = Counter()
  for split, classes in zip(splits, found, strict=True):
    pictures = 0
    for files in classes.values():
      others += files.others
    for name in _visible(os.path.join(root, split), os.path.isfile):
      if is_picture(name):
        pictures += 1
      else:
        others[ending(name)] += 1
    if pictures:
      notes.append(
        f"left out {pictures:,} pictures in {split or root}, which are in no class"
      )
  return [*notes, *left_out_note(others)]

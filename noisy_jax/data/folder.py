"""folder:PATH, a data set of image files: PATH/train/CLASS/... and PATH/test/CLASS/..."""

import os
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from noisy_jax.data.dataset import Dataset, check_dataset
from noisy_jax.data.formats import ENDINGS, ending, is_picture, left_out_note
from noisy_jax.data.image_files import decode
from noisy_jax.data.image_paths import images_below
from noisy_jax.data.kept_arrays import fingerprint, in_cache, kept
from noisy_jax.data.links import Places
from noisy_jax.data.resize import check_image_size
from noisy_jax.paths import expanded_path

ON_BAD_IMAGE = ("fail", "skip")


class Split(NamedTuple):
  """The image files of a split.

  Attributes:
    name: name of its folder.
    paths: paths relative to the folder of the set, with /, sorted in each class.
    labels: class ids, int64[n].
  """

  name: str
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


def from_folder(
  path: str | os.PathLike,
  *,
  image_size: int | None = None,
  on_bad_image: str = "fail",
) -> Dataset:
  """Reads the pictures PATH/train/CLASS/** and PATH/test/CLASS/**, or PATH/val/CLASS/**.

  Class ids follow the sorted names of the folders in train. Names that begin with a dot
  are ignored; other files that are not pictures are left out and counted in `notes`. The
  folder, its splits, classes and files may be links that lead out of it. Images become
  RGB, without transparency; if all of them are grey, they keep one channel. Decoded images
  are cached.

  Args:
    path: the folder; ~ is the home directory.
    image_size: height and width to scale all images to; None keeps their size.
    on_bad_image: response to files that cannot be read whole: `fail` raises; `skip` leaves
      them out and names them in `notes`.

  Returns:
    `Dataset` with uint8 images; ids are paths relative to the folder.

  Raises:
    FileNotFoundError: if the folder, a split, its classes or their images are missing.
    OSError: if a file cannot be read as an image and `on_bad_image` is fail.
    ValueError: if images differ in size and `image_size` is None, if a test class is not a
      training class, or if a link leads to images that are read anyway.

  Example:
    >>> dataset = from_folder("~/photos", image_size=64)  # doctest: +SKIP
    >>> dataset.class_names  # doctest: +SKIP
    ('cat', 'dog')
  """
  check_image_size(image_size)
  if on_bad_image not in ON_BAD_IMAGE:
    raise ValueError(f"on_bad_image: {on_bad_image!r}, must be {' or '.join(ON_BAD_IMAGE)}")
  listing = list_folder(path)
  root, splits = listing.root, (listing.train, listing.test)
  paths = [relative for split in splits for relative in split.paths]
  options = [image_size, on_bad_image]
  arrays = kept(
    in_cache([root, *options]),
    fingerprint(options, (os.path.join(root, relative) for relative in paths)),
    lambda: _arrays(decode(root, paths, image_size, skip_bad=on_bad_image == "skip")),
  )
  images, bad = arrays["images"], arrays["bad"]
  good = np.ones(len(paths), bool)
  good[bad] = False
  ids, labels = np.array(paths), np.concatenate([split.labels for split in splits])
  # Bad images have no row: the rows of train come first, those of test after them.
  is_train = np.arange(len(paths)) < len(splits[0].paths)
  cut = int((good & is_train).sum())
  if cut in (0, len(images)):
    raise OSError(f"dataset: {root} has a split of which no image can be read")
  return check_dataset(
    Dataset(
      images[:cut],
      labels[good & is_train],
      images[cut:],
      labels[good & ~is_train],
      len(listing.class_names),
      listing.class_names,
      ids[good & is_train],
      ids[good & ~is_train],
      (*listing.notes, *bad_notes([paths[index] for index in bad])),
    )
  )


def _arrays(decoded):
  return {"images": decoded.images, "bad": np.array(decoded.bad, np.int64)}


def list_folder(path: str | os.PathLike) -> Listing:
  """Finds the splits, classes and image files that `from_folder` reads.

  Args:
    path: the folder; ~ is the home directory.

  Returns:
    `Listing`.

  Raises:
    FileNotFoundError: if the folder, a split, its classes or their images are missing.
    ValueError: if there is only one class, if a test class is not a training class, or if
      a link leads to images that are read anyway.
  """
  root = os.path.abspath(expanded_path("dataset", path))
  train_name, test_name = _find_splits(root)
  names = _class_names(root, train_name)
  if len(names) < 2:
    raise ValueError(f"dataset: {root}/{train_name} has 1 class, must have at least 2")
  places = _places(root, (train_name, test_name))
  train, others = _list(root, train_name, names, places)
  test, more = _list(root, test_name, names, places)
  notes = _notes(root, (train_name, test_name), others + more)
  return Listing(root, tuple(names), train, test, notes)


def _find_splits(root):
  if not os.path.isdir(root):
    raise FileNotFoundError(f"dataset: folder:{root}, there is no such folder")
  if not os.path.isdir(os.path.join(root, "train")):
    raise FileNotFoundError(f"dataset: {root} has no folder train")
  for test in ("test", "val"):
    if os.path.isdir(os.path.join(root, test)):
      return "train", test
  raise FileNotFoundError(f"dataset: {root} has no folder test, nor val")


def _class_names(root, split):
  names = _visible(os.path.join(root, split), os.path.isdir)
  if not names:
    raise FileNotFoundError(
      f"dataset: {root}/{split} has no classes; each must be a folder of images"
    )
  return names


def _visible(folder, is_of_kind):
  return sorted(
    name
    for name in os.listdir(folder)
    if not name.startswith(".") and is_of_kind(os.path.join(folder, name))
  )


def _places(root, splits):
  """The folders that hold the images of both splits, and the targets of linked classes."""
  places = Places("dataset")
  # Where one split leads to the other, the link is the one to name.
  for folder in sorted((os.path.join(root, s) for s in splits), key=os.path.islink):
    places.add(folder)
  for split in splits:
    for name in _class_names(root, split):
      folder = os.path.join(root, split, name)
      if os.path.islink(folder):
        places.add(folder)
  return places


def _list(root, split, names, places):
  """The image files of a split, and the number of other files by ending."""
  here = _class_names(root, split)
  unknown = sorted(set(here) - set(names))
  if unknown:
    raise ValueError(
      f"dataset: class {unknown[0]!r} of {root}/{split}, must be one of train; "
      f"{len(unknown)} of {len(here)} are not"
    )
  class_ids = {name: class_id for class_id, name in enumerate(names)}
  paths, labels = [], []
  others: Counter[str] = Counter()
  for name in here:
    found = images_below(root, f"{split}/{name}", places)
    if not found.paths:
      raise FileNotFoundError(
        f"dataset: {root}/{split}/{name} has no picture ({', '.join(ENDINGS)})"
      )
    paths += found.paths
    labels += [class_ids[name]] * len(found.paths)
    others += found.others
  return Split(split, paths, np.array(labels)), others


def _notes(root, splits, others):
  """Notes on files left out, and on a split in place of the test split."""
  notes = [] if splits[1] == "test" else [f"no folder test; tested on {splits[1]}"]
  for split in splits:
    pictures = 0
    for name in _visible(os.path.join(root, split), os.path.isfile):
      if is_picture(name):
        pictures += 1
      else:
        others[ending(name)] += 1
    if pictures:
      notes.append(f"left out {pictures:,} pictures in {split}, which are in no class")
  return (*notes, *left_out_note(others))


def bad_notes(names: Sequence[str]) -> tuple[str, ...]:
  """A note on images that were left out because they cannot be read.

  Args:
    names: names of these images.

  Returns:
    One sentence, or none without such images.
  """
  if not names:
    return ()
  shown = ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
  return (f"left out {len(names):,} unreadable images: {shown}",)

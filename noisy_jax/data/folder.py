"""folder:PATH, a data set of image files: PATH/train/CLASS/..., or PATH/CLASS/... alone."""

import os
from collections.abc import Sequence

import numpy as np

from noisy_jax.data.dataset import Dataset, check_dataset
from noisy_jax.data.folder_listing import list_folder
from noisy_jax.data.image_files import decode
from noisy_jax.data.kept_arrays import fingerprint, in_cache, kept
from noisy_jax.data.resize import check_image_size

ON_BAD_IMAGE = ("fail", "skip")


def from_folder(
  path: str | os.PathLike,
  *,
  image_size: int | None = None,
  on_bad_image: str = "fail",
) -> Dataset:
  """Reads the pictures PATH/train/CLASS/** and PATH/test/CLASS/**, or PATH/CLASS/**.

  In place of test the folder may be called val. Without either, a tenth of each class is
  the test split, chosen by the paths alone (see `in_test_share`), as `notes` says. Class
  ids follow the sorted names of the folders in train, or of the folders with pictures in
  PATH. Names that begin with a dot are ignored; other files that are not pictures are left
  out and counted in `notes`. The folder, its splits, classes and files may be links that
  lead out of it. Images become RGB, without transparency; if all of them are grey, they
  keep one channel. Decoded images are cached.

  Args:
    path: the folder; ~ is the home directory.
    image_size: height and width to scale all images to; None keeps their size.
    on_bad_image: response to files that cannot be read whole: `fail` raises; `skip` leaves
      them out and names them in `notes`.

  Returns:
    `Dataset` with uint8 images; ids are paths relative to the folder.

  Raises:
    FileNotFoundError: if the folder, its classes or their images are missing.
    OSError: if a file cannot be read as an image and `on_bad_image` is fail.
    ValueError: if images differ in size and `image_size` is None, if a test class is not a
      training class, if no class has a picture to spare for a test split, or if a link
      leads to images that are read anyway.

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

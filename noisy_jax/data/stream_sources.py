"""Sources of encoded images by index: a folder, or a prepared TFDS set."""

import contextlib
import os
import pathlib
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import tqdm

from noisy_jax.data import tfds
from noisy_jax.data.folder_listing import list_folder
from noisy_jax.data.kept_arrays import fingerprint, kept
from noisy_jax.data.tfds_builder import damage_in_one_line, prepared_builder
from noisy_jax.noise import check_labels

_CHUNK = 1000


class Source(Protocol):
  """Images that are read on demand, by any number of threads at once.

  Attributes:
    labels: labels of all images, int32[n].
    class_names: one name a class; empty if the classes have no names.
    place: text that identifies the source, for messages too.
  """

  labels: np.ndarray
  class_names: tuple[str, ...]
  place: str

  def files(self) -> Iterable[str]:
    """The paths of the files that decide what the images are."""

  def read(self, index: int) -> bytes:
    """The encoded image; raises OSError if it cannot be read."""

  def id(self, index: int) -> str:
    """The image's id in its set."""

  def name(self, index: int) -> str:
    """The image's name in messages."""


class Sources(NamedTuple):
  """The splits of a set.

  Attributes:
    train: the split to train on.
    test: the split to measure on.
    notes: as in `Dataset`.
    labels_trusted: as in `Dataset`.
  """

  train: Source
  test: Source
  notes: tuple[str, ...]
  labels_trusted: bool


class FolderSource:
  """Image files below a folder."""

  def __init__(
    self,
    root: str,
    paths: list[str],
    labels: np.ndarray,
    class_names: Sequence[str] = (),
    *,
    place: str = "",
  ):
    """Takes the paths relative to root, the label of each, int[n], and names.

    `place` identifies these images, where they are not all of the folder.
    """
    self.place = place or root
    # As bytes: millions of str would take several times the memory.
    self._root, self._paths = root, np.array([os.fsencode(path) for path in paths])
    self.labels, self.class_names = np.asarray(labels, np.int32), tuple(class_names)

  def files(self) -> Iterator[str]:
    """The paths of all images."""
    return map(self.name, range(len(self._paths)))

  def read(self, index: int) -> bytes:
    """The content of the file."""
    file = self.name(index)
    # Opening a pipe would wait for a writer.
    if not stat.S_ISREG(os.stat(file).st_mode):
      raise OSError(f"{file} is not a regular file")
    with open(file, "rb") as stream:
      return stream.read()

  def id(self, index: int) -> str:
    """The path of the file, relative to the folder."""
    return os.fsdecode(self._paths[index])

  def name(self, index: int) -> str:
    """The path of the file."""
    return os.path.join(self._root, self.id(index))


class TfdsSource:
  """A split of a prepared set, its images still encoded."""

  def __init__(self, builder: Any, split: str, image_key: str, label_key: str):
    """Opens the split; reads all of it once for the labels, unless they are cached."""
    from tensorflow_datasets import decode

    self._split, self._image_key = f"{builder.info.full_name} {split}", image_key
    self._set = (builder.info.full_name, builder.data_dir)
    self.place = f"{self._split} in {builder.data_dir}"
    with damage_in_one_line(*self._set):
      # Records as they are: TFDS would take half as long as decoding to unpack them.
      self._records = builder.as_data_source(
        split, deserialize_method=decode.DeserializeMethod.RAW_BYTES
      )
      self._files = [os.fspath(file) for file in builder.info.splits[split].filepaths]
      labels = _kept_labels(self._records, label_key, builder.data_dir, split, self._files)
    self.class_names = tuple(builder.info.features[label_key].names)
    self.labels = check_labels(labels, len(self.class_names))

  def files(self) -> list[str]:
    """The paths of the records."""
    return self._files

  def read(self, index: int) -> bytes:
    """The encoded image of the record."""
    with damage_in_one_line(*self._set):
      return _features(self._records[index])[self._image_key].bytes_list.value[0]

  def id(self, index: int) -> str:
    """The id of the record, or its position if it has none."""
    return self._id(index) or str(index)

  def name(self, index: int) -> str:
    """The id of the record, or its position, and its split."""
    id_ = None
    with contextlib.suppress(OSError):
      id_ = self._id(index)
    return f"{id_ or f'example {index}'} of {self._split}"

  def _id(self, index):
    with damage_in_one_line(*self._set):
      ids = _features(self._records[index])["id"].bytes_list.value
    return ids[0].decode() if ids else None


def open_folder(path: str | os.PathLike) -> Sources:
  """Opens the splits of a folder, as `from_folder` finds them.

  Args:
    path: the folder.

  Returns:
    `Sources`, whose examples are in the order of `from_folder`.

  Raises:
    FileNotFoundError: as `from_folder`.
    ValueError: as `from_folder`.
  """
  listing = list_folder(path)
  train, test = (
    FolderSource(
      listing.root, split.paths, split.labels, listing.class_names, place=split.place
    )
    for split in (listing.train, listing.test)
  )
  return Sources(train, test, listing.notes, labels_trusted=False)


def open_tfds(name: str, data_dir: str | os.PathLike | None) -> Sources:
  """Opens the splits of a prepared set, as `from_tfds` chooses them.

  The first call reads each split once for its labels, and keeps them beside the records if
  it may write there.

  Args:
    name: name of the set in TFDS.
    data_dir: directory of prepared TFDS sets.

  Returns:
    `Sources`, whose examples are in the order of the records.

  Raises:
    FileNotFoundError: if the set is not prepared there as array_record, with the command
      that prepares it.
    OSError: if the set is there and cannot be read.
    ValueError: as `from_tfds`.
  """
  builder = prepared_builder(name, data_dir)
  chosen = tfds.choose(name, builder)
  train, test = (
    TfdsSource(builder, split, chosen.image_key, chosen.label_key)
    for split in (chosen.train, chosen.test)
  )
  return Sources(train, test, chosen.notes, tfds.labels_trusted(builder))


def open_tfds_split(name: str, split: str, data_dir: str | os.PathLike | None) -> Source:
  """Opens one split of a prepared set.

  Args:
    name: name of the set in TFDS.
    split: name of the split in TFDS.
    data_dir: directory of prepared TFDS sets.

  Returns:
    `Source`, in the order of the records.

  Raises:
    FileNotFoundError: if the set is not prepared there, with the command that prepares it.
    OSError: if the set is there and cannot be read.
    ValueError: if it has no such split or is not an image classification set.
  """
  builder = prepared_builder(name, data_dir)
  if split not in builder.info.splits:
    known = ", ".join(builder.info.splits)
    raise ValueError(f"split: {split!r}, must be one of {known}, which {name} has")
  return TfdsSource(builder, split, *tfds.feature_names(name, builder.info))


def _features(record):
  """The features of a record, by name; unknown names give an empty feature."""
  from tensorflow_datasets.proto import tf_example_pb2

  return tf_example_pb2.Example.FromString(record).features.feature


def _kept_labels(records, label_key, data_dir, split, files):
  """The labels of a split, int64[n], read once and then kept beside the records."""

  def read():
    labels = np.empty(len(records), np.int64)
    with tqdm.tqdm(
      total=len(records), desc=f"labels of {split}", disable=None, leave=False
    ) as bar:
      for start in range(0, len(records), _CHUNK):
        part = records.__getitems__(list(range(start, min(start + _CHUNK, len(records)))))
        labels[start : start + len(part)] = [
          _features(record)[label_key].int64_list.value[0] for record in part
        ]
        bar.update(len(part))
    return {"labels": labels}

  file = pathlib.Path(data_dir, f"labels_{split}.npz")
  return kept(file, fingerprint(label_key, files), read)["labels"]

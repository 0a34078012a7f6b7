"""Preventing the empty folders that TFDS leaves behind."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def no_temporary_folders() -> Iterator[None]:
  """Keeps TFDS from leaving an empty folder behind for each set that is not prepared.

  A builder makes such a folder, and never removes it, to copy information on the set from
  a bucket of Google's. We do not need the copy: a set is read as it was prepared.
  """
  import tensorflow_datasets as tfds

  kind, name = tfds.core.DatasetInfo, "initialize_from_bucket"
  method = getattr(kind, name)
  setattr(kind, name, lambda info: None)
  try:
    yield
  finally:
    setattr(kind, name, method)

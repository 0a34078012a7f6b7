import os

import numpy as np
import pytest

from noisy_jax import data
from tests.data.image_folders import make, write


def test_the_second_reading_comes_from_the_cache(tmp_path, cache, monkeypatch):
  make(tmp_path)
  first = data.from_folder(tmp_path)
  (file,) = cache.iterdir()
  monkeypatch.setattr("noisy_jax.data.folder.decode", None)
  second = data.from_folder(tmp_path)
  np.testing.assert_array_equal(first.train_images, second.train_images)
  assert list(cache.iterdir()) == [file]


@pytest.mark.parametrize("how", ["moved", "linked", "copied", "written"])
def test_swapped_files_of_equal_size_and_time_are_read_again(tmp_path, cache, how):
  folder = make(tmp_path / "set") / "train"
  one, two = folder / "class_000" / "0.png", folder / "class_001" / "0.png"
  if how == "linked":
    for path, name in ((one, "a.png"), (two, "b.png")):
      path.rename(tmp_path / name)
      path.symlink_to(tmp_path / name)
  # What follows the end of a PNG is no part of it.
  contents = [path.read_bytes().ljust(100, b"\0") for path in (one, two)]
  for path, content in zip((one, two), contents, strict=True):
    path.write_bytes(content)
    os.utime(path, ns=(10**18, 10**18))
  data.from_folder(tmp_path / "set")
  changed = {path: path.stat().st_ctime_ns for path in (one, two)}
  if how == "copied":
    for path, content in zip((one, two), contents[::-1], strict=True):
      new = tmp_path / "new.png"
      new.write_bytes(content)
      os.utime(new, ns=(10**18, 10**18))
      new.rename(path)
  elif how == "written":
    for path, content in zip((one, two), contents[::-1], strict=True):
      path.write_bytes(content)
      # Some file systems count time in steps of several milliseconds.
      while path.stat().st_ctime_ns == changed[path]:
        os.utime(path, ns=(10**18, 10**18))
      os.utime(path, ns=(10**18, 10**18))
  else:
    one.rename(tmp_path / "kept.png")
    two.rename(one)
    (tmp_path / "kept.png").rename(two)
  images = data.from_folder(tmp_path / "set").train_images
  np.testing.assert_array_equal(images[:, 0, 0, 0], [50, 10, 20, 0, 60, 70])
  assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("change", ["content", "time", "name", "more", "size"])
def test_a_changed_folder_is_read_again_in_place_of_the_old(tmp_path, cache, change):
  make(tmp_path)
  data.from_folder(tmp_path)
  victim = tmp_path / "train" / "class_000" / "0.png"
  options = {}
  if change == "content":
    write(victim, 77)
  elif change == "time":
    victim.write_bytes(b"x" * victim.stat().st_size)
    os.utime(victim, ns=(1, 1))
  elif change == "name":
    victim.rename(victim.with_name("9.png"))
  elif change == "more":
    write(victim.with_name("new.png"), 1)
  else:
    options["image_size"] = 2
  if change == "time":
    with pytest.raises(OSError, match="cannot be read as an image"):
      data.from_folder(tmp_path)
    return
  dataset = data.from_folder(tmp_path, **options)
  shades = dataset.train_images[dataset.train_labels == 0, 0, 0, 0].tolist()
  expected = {"content": [77, 10, 20], "name": [10, 20, 0], "more": [0, 10, 20, 1]}
  assert shades == expected.get(change, [0, 10, 20])
  assert len(list(cache.iterdir())) == (2 if change == "size" else 1)


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "empty"])
def test_a_damaged_cache_is_ignored_and_rewritten(tmp_path, cache, damage):
  make(tmp_path)
  first = data.from_folder(tmp_path)
  (file,) = cache.iterdir()
  whole = file.read_bytes()
  pixels = first.train_images.tobytes()
  start = whole.index(pixels)
  contents = {
    "cut": whole[:-40],
    "flipped": whole[:start] + b"\xff" + whole[start + 1 :],
    "text": b"no cache",
    "empty": b"",
  }
  file.write_bytes(contents[damage])
  np.testing.assert_array_equal(data.from_folder(tmp_path).train_images, first.train_images)
  assert file.read_bytes() == whole
  assert list(cache.iterdir()) == [file]


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path, cache):
  make(tmp_path / "set")
  cache.parent.mkdir(parents=True)
  cache.write_text("a file where the folder would be")
  assert len(data.from_folder(tmp_path / "set").train_labels) == 6

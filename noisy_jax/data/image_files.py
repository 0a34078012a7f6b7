"""Decoding image files into one array, in parallel."""

import os
import stat
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import tqdm

from noisy_jax.data.decode import read_rgb
from noisy_jax.data.resize import height_and_width, resize

_CHUNK = 64


class Decoded(NamedTuple):
  """Images in the order of their paths, without those that cannot be read.

  Attributes:
    images: uint8[n, height, width, channels], one channel if all are grey, else three.
    bad: positions of the paths that cannot be read, ascending.
  """

  images: np.ndarray
  bad: tuple[int, ...]


def decode(
  root: str,
  paths: Sequence[str],
  image_size: int | tuple[int, int] | None,
  *,
  skip_bad: bool,
) -> Decoded:
  """Reads image files, with a progress bar on a terminal.

  Args:
    root: the folder that the paths start from.
    paths: paths of the files.
    image_size: height and width to scale all images to, or one number for both; None
      keeps their size.
    skip_bad: whether to leave out files that cannot be read whole, or to fail.

  Returns:
    `Decoded`.

  Raises:
    OSError: if a file cannot be read and `skip_bad` is False, or if none can be read.
    ValueError: if images differ in size and `image_size` is None.
  """
  files = [os.path.join(root, path) for path in paths]
  height, width = height_and_width(image_size) if image_size else _first_size(files)
  images = np.empty((len(files), height, width, 3), np.uint8)

  def read(start):
    """Reads a chunk; returns the problem of each bad file, and whether the rest is grey."""
    problems, grey = {}, True
    for position in range(start, min(start + _CHUNK, len(files))):
      try:
        image, is_grey = _read(files[position])
      except Exception as error:
        # Pillow's decoders fail in many ways on damaged files.
        problems[position] = error
        continue
      if image_size:
        image = resize(image, image_size)
      if image.shape[:2] != (height, width):
        problems[position] = image.shape[:2]
        continue
      images[position] = image
      grey &= is_grey
    return problems, grey

  all_problems: dict[int, Exception | tuple[int, int]] = {}
  all_grey = True
  with (
    ThreadPoolExecutor(os.cpu_count()) as pool,
    tqdm.tqdm(total=len(files), desc="images", disable=None, leave=False) as bar,
  ):
    for start, (problems, grey) in zip(
      range(0, len(files), _CHUNK),
      pool.map(read, range(0, len(files), _CHUNK)),
      strict=True,
    ):
      all_problems |= problems
      all_grey &= grey
      bar.update(min(_CHUNK, len(files) - start))

  sizes = {p: size for p, size in all_problems.items() if isinstance(size, tuple)}
  bad = tuple(position for position in all_problems if position not in sizes)
  if bad and not skip_bad:
    cause = str(all_problems[bad[0]]).replace(files[bad[0]], "it").partition("\n")[0]
    raise OSError(
      f"dataset: {files[bad[0]]} cannot be read as an image ({cause}); {len(bad):,} of "
      f"{len(files):,} files cannot; --on_bad_image=skip leaves them out"
    )
  if sizes:
    position, size = next(iter(sizes.items()))
    raise ValueError(
      f"dataset: {files[position]} has {size[0]}x{size[1]} pixels and others have "
      f"{height}x{width}; --image_size=N makes all of them N by N, --max_memory_gb=0 "
      "streams them"
    )
  if bad:
    images = np.delete(images, bad, axis=0)
  return Decoded(np.ascontiguousarray(images[..., :1]) if all_grey else images, bad)


def _first_size(files):
  """Height and width of the first file that is an image."""
  for file in files:
    try:
      return _read(file)[0].shape[:2]
    except Exception:
      # decode reports it, with all others.
      continue
  raise OSError(f"dataset: none of {len(files):,} files can be read as an image")


def _read(file):
  """uint8[height, width, 3], and whether the file is grey."""
  # Opening a pipe would wait for a writer.
  if not stat.S_ISREG(os.stat(file).st_mode):
    raise ValueError("not a regular file")
  # Not by decode_rgb: OpenCV hides the mode, and its CMYK colours differ from the ones in
  # caches and in the digests of workdirs.
  return read_rgb(file)

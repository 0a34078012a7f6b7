"""Small pictures of examples, side by side on sheets that fit in a page."""

import base64
import io
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from noisy_jax.data.stream import Stream

_SIDE = 96
# Images up to this side are drawn as they are, with visible pixels.
_SMALL = 32
_COLUMNS = 10
_PER_SHEET = 100
# Codecs work on blocks of this side: a cell of whole blocks takes no colour from the next.
_BLOCK = 16
_QUALITIES = (80, 60, 40, 20, 5)
# Of a page below 60 MB; the rest is for its text.
_MAX_BYTES = 54_000_000


class Thumbnails(NamedTuple):
  """Thumbnails in rows of cells, on as many sheets as they need.

  Attributes:
    sheets: WebP images as base64, each with up to `per_sheet` thumbnails.
    per_sheet: number of thumbnails on a full sheet.
    columns: number of cells in a row.
    width: width of a thumbnail in pixels; it lies top left in its cell.
    height: height of a thumbnail.
    cell_width: width of a cell.
    cell_height: height of a cell.
    is_exact: whether thumbnails are the images themselves, which are small.
  """

  sheets: list[str]
  per_sheet: int
  columns: int
  width: int
  height: int
  cell_width: int
  cell_height: int
  is_exact: bool


def thumbnails(
  images: np.ndarray | Stream, places: np.ndarray, *, max_bytes: int = _MAX_BYTES
) -> Thumbnails:
  """Makes thumbnails of some images, of up to 96 pixels a side.

  Args:
    images: uint8 in [0, 255] or float32 in [0, 1], [n, height, width, channels]; or a
      stream, of which no other images are read. One or two channels are shown as grey by
      the first, others as RGB by the first three.
    places: positions of the images to show, int[m].
    max_bytes: bytes that all sheets may take together; the quality goes down to fit. Images
      of up to 32 pixels a side, which take 20 MB at most for 5,000, are exact always.

  Returns:
    `Thumbnails`, in the order of places.
  """
  height, width = _shape(images)
  is_exact = max(height, width) <= _SMALL
  scale = min(1.0, _SIDE / max(height, width))
  size = max(1, round(width * scale)), max(1, round(height * scale))
  block = 1 if is_exact else _BLOCK
  cell = math.ceil(size[0] / block) * block, math.ceil(size[1] / block) * block
  num_sheets = math.ceil(len(places) / _PER_SHEET)
  sheets = []
  for pictures in _in_order(images, places):
    sheet = _sheet(pictures, size, cell)
    encoded = _lossless(sheet) if is_exact else _fitted(sheet, max_bytes // num_sheets)
    sheets.append(base64.b64encode(encoded).decode())
  return Thumbnails(sheets, _PER_SHEET, _COLUMNS, *size, *cell, is_exact)


def _shape(images):
  """Height and width."""
  return images.image_shape[:2] if isinstance(images, Stream) else images.shape[1:3]


def _in_order(images, places) -> Iterator[np.ndarray]:
  """The images of one sheet after the other."""
  if isinstance(images, Stream):
    for batch in images.select(places).test_batches(_PER_SHEET):
      yield batch.images[batch.indices >= 0]
    return
  for start in range(0, len(places), _PER_SHEET):
    yield images[places[start : start + _PER_SHEET]]


def _sheet(pictures, size, cell):
  """A picture of all pictures."""
  from PIL import Image

  width, height = cell
  rows = math.ceil(len(pictures) / _COLUMNS)
  sheet = Image.new("RGB", (_COLUMNS * width, rows * height))
  for number, pixels in enumerate(pictures):
    picture = Image.fromarray(_rgb(pixels))
    if picture.size != size:
      picture = picture.resize(size, Image.Resampling.LANCZOS)
    sheet.paste(picture, (number % _COLUMNS * width, number // _COLUMNS * height))
  return sheet


def _rgb(pixels):
  """uint8[height, width, 3]."""
  if pixels.dtype != np.uint8:
    pixels = (np.clip(pixels, 0, 1) * 255).round().astype(np.uint8)
  channels = [0, 0, 0] if pixels.shape[-1] < 3 else [0, 1, 2]
  return pixels[..., channels]


def _lossless(sheet):
  file = io.BytesIO()
  sheet.save(file, "WEBP", lossless=True)
  return file.getvalue()


def _fitted(sheet, max_bytes):
  """The sheet at the best quality whose base64 fits, or else at the lowest."""
  for quality in _QUALITIES:
    file = io.BytesIO()
    sheet.save(file, "WEBP", quality=quality)
    if math.ceil(file.tell() / 3) * 4 <= max_bytes:
      break
  return file.getvalue()

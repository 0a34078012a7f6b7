"""Decoding one image to pixels."""

import io
import typing

import numpy as np

from noisy_jax.data.formats import FORMATS

# Modes with up to 8 bits a channel; deeper images would be clipped on conversion.
_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"}
_GREY_MODES = {"1", "L"}
_BITS_PER_SAMPLE = 258  # a tag of TIFF


def decode_rgb(encoded: bytes) -> np.ndarray:
  """Decodes a picture in one of the formats of `formats.FORMATS`, whole or not at all.

  Grey and CMYK images become RGB, transparency is dropped, and an orientation tag is
  ignored.

  Args:
    encoded: the bytes of the file.

  Returns:
    uint8[height, width, 3].

  Raises:
    OSError: if the file is cut short, is not such a picture, or has more than 8 bits a
      channel, with the cause.
  """
  if _is_for_opencv(encoded):
    import cv2

    # Unlike image_files, not by Pillow: a stream waits for its decoder, and makes all
    # images RGB of 8 bits, whatever the mode of the file.
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    try:
      image = cv2.imdecode(np.frombuffer(encoded, np.uint8), flags)
    except cv2.error:
      image = None
    if image is not None:
      return image
  # OpenCV is a third faster but gives no reason for a failure; Pillow does.
  try:
    return read_rgb(io.BytesIO(encoded))[0]
  except Exception as error:
    # Pillow's decoders fail in many ways on damaged files.
    from PIL import Image

    if isinstance(error, Image.UnidentifiedImageError):
      raise OSError(f"none of {', '.join(FORMATS)}") from error
    raise OSError(str(error).partition("\n")[0]) from error


def _is_for_opencv(encoded):
  """Whether OpenCV decodes a file as Pillow does, which is not so for all PNG and GIF."""
  # OpenCV halves the bits of a PNG with 16 a channel, takes another first frame of an
  # animated PNG, and gives transparent TIFF and GIF other colours.
  if encoded.startswith(b"\x89PNG\r\n\x1a\n"):
    return encoded[24:25] <= b"\x08" and b"acTL" not in encoded
  is_webp = encoded.startswith(b"RIFF") and encoded[8:12] == b"WEBP"
  return is_webp or encoded.startswith(b"\xff\xd8\xff")


def read_rgb(file: str | typing.BinaryIO) -> tuple[np.ndarray, bool]:
  """Reads a picture with Pillow.

  Args:
    file: the path of the picture, or a stream of its bytes.

  Returns:
    uint8[height, width, 3], and whether the picture is grey.

  Raises:
    ValueError: if the picture has more than 8 bits a channel.
    Exception: of many kinds, from Pillow, if the picture cannot be read whole.
  """
  from PIL import Image

  with Image.open(file, formats=FORMATS) as image:
    if image.mode not in _MODES:
      raise ValueError(f"mode {image.mode}, must have 8 bits a channel")
    if (bits := _bits_per_channel(image)) > 8:
      raise ValueError(f"{bits} bits a channel, must have 8 bits a channel")
    is_grey = image.mode in _GREY_MODES
    if image.mode in ("P", "PA"):
      # Pillow recommends this detour where a palette has transparent colours.
      return np.asarray(image.convert("RGBA").convert("RGB")), is_grey
    # Converting an RGB image would copy it, for a fifth of the time.
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB")), is_grey


def _bits_per_channel(image):
  """The bits a channel in the file, which Pillow cuts to 8 where it has no deeper mode."""
  if image.format == "TIFF":
    return max(image.tag_v2.get(_BITS_PER_SAMPLE, (1,)))
  return 16 if image.format == "PNG" and ";16" in image.tile[0][-1] else 8

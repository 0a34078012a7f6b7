"""The picture formats that can be read, and their file name endings."""

import os
from collections import Counter

# By Pillow's names. A file with several frames or pages gives the first.
_ENDINGS = {
  "PNG": (".png",),
  "JPEG": (".jpg", ".jpeg", ".jfif", ".jpe"),
  "WEBP": (".webp",),
  "BMP": (".bmp",),
  "TIFF": (".tif", ".tiff"),
  "GIF": (".gif",),
}
FORMATS = tuple(_ENDINGS)
ENDINGS = tuple(ending for endings in _ENDINGS.values() for ending in endings)
_NUM_TOLD = 5


def is_picture(name: str) -> bool:
  """Whether a file counts as a picture, by its ending in small letters or capitals."""
  return name.lower().endswith(ENDINGS)


def ending(name: str) -> str:
  """The ending of a file's name in small letters, with its dot; empty without one."""
  return os.path.splitext(name)[1].lower()


def left_out_note(endings: Counter[str]) -> tuple[str, ...]:
  """A note on files that are not pictures.

  Args:
    endings: number of these files by ending.

  Returns:
    One sentence, or none without such files.
  """
  total = endings.total()
  if not total:
    return ()
  ordered = sorted(endings.items(), key=lambda item: (-item[1], item[0]))
  # Names of files may have any characters.
  counts = [
    f"{count:,} {(end if end.isprintable() else ascii(end)) or 'without one'}"
    for end, count in ordered[:_NUM_TOLD]
  ]
  more = [] if len(ordered) <= _NUM_TOLD else ["..."]
  one, many = "file that is no picture by its", "files that are no pictures by their"
  files = one if total == 1 else many
  return (f"left out {total:,} {files} ending: {', '.join(counts + more)}",)

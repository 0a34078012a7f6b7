"""The picture formats that are read, and the files that are taken for pictures."""

import os
from collections import Counter

# By Pillow's names. Of several frames or pages, the first is read.
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
  """Whether a file is taken for a picture: by its ending, in small letters or capitals."""
  return name.lower().endswith(ENDINGS)


def ending(name: str) -> str:
  """The ending of a file's name in small letters, with its dot; empty without one."""
  return os.path.splitext(name)[1].lower()


def left_out_note(endings: Counter[str]) -> tuple[str, ...]:
  """What to say of files that are no pictures.

  Args:
    endings: how many files have each.

  Returns:
    One sentence, or none where there is no such file.
  """
  total = endings.total()
  if not total:
    return ()
  ordered = sorted(endings.items(), key=lambda item: (-item[1], item[0]))
  # Names of files may have any characters.
  told = [
    f"{count:,} {(end if end.isprintable() else ascii(end)) or 'without one'}"
    for end, count in ordered[:_NUM_TOLD]
  ]
  more = [] if len(ordered) <= _NUM_TOLD else ["..."]
  one, many = "file that is no picture by its", "files that are no pictures by their"
  files = one if total == 1 else many
  return (f"left out {total:,} {files} ending: {', '.join(told + more)}",)

"""The metadata is in setup.cfg; this adds README.md as the page of a package index.

Such a page has no files of the repository beside it, and no public address of the
repository is known. So links to its files become their text, and its pictures are left out
with their captions, which are paragraphs in italics.
"""

import pathlib
import re

import setuptools

_PICTURE_HERE = re.compile(r"!\[[^\]]*\]\((?!https?:)[^)]*\)\s*(\*\w.*?\*\n\n)?", re.DOTALL)
_LINK_HERE = re.compile(r"\[([^\]]*)\]\((?!https?:)[^)]*\)")


def _standing_alone(page: str) -> str:
  # Every second part is a block of code.
  parts = page.split("```")
  parts[::2] = [_LINK_HERE.sub(r"\1", _PICTURE_HERE.sub("", part)) for part in parts[::2]]
  return "```".join(parts)


_readme = pathlib.Path(__file__).with_name("README.md")
setuptools.setup(long_description=_standing_alone(_readme.read_text(encoding="utf-8")))

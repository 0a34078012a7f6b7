"""The hook of mkdocs.yml: links out of docs/, and formulas.

A page links to any file of the repository by a relative path, as a code host wants it. The
site has these files too: README.md as its first page, other Markdown as pages, and the rest
as files. Formulas between dollars become MathML, which a browser shows without a script.
"""

import html
import pathlib
import posixpath
import re

from latex2mathml import converter
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_PAGES = ("README.md", "BUILD.md", "CHANGELOG.md", "experiments/results/**/*.md")
_LINK = re.compile(r"(\]\()([^)#\s:]+)((?:#[^)\s]*)?\))")
_FORMULA = re.compile(
  r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', flags=re.DOTALL
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
  """Adds the pages that lie outside of docs/."""
  for pattern in _PAGES:
    for path in sorted(_ROOT.glob(pattern)):
      _add(files, config, path.relative_to(_ROOT).as_posix())
  return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
  """Turns links between files of the repository into links within the site."""
  source = page.file.abs_src_path
  if source is None or not (here := pathlib.Path(source).resolve()).is_relative_to(_ROOT):
    return markdown
  folder = posixpath.dirname(page.file.src_uri)
  if folder.startswith("experiments"):
    # Their words are those of every grid; a search should find the page of the results.
    page.meta["search"] = {"exclude": True}

  def within_site(match):
    target = (here.parent / match[2]).resolve()
    if not (target.is_file() and target.is_relative_to(_ROOT)):
      return match[0]  # mkdocs reports it
    place = _add(files, config, target.relative_to(_ROOT).as_posix())
    return match[1] + posixpath.relpath(place, folder or ".") + match[3]

  return _LINK.sub(within_site, markdown)


def on_page_content(content: str, **_: object) -> str:
  """Turns formulas into MathML."""

  def mathml(match):
    display = "block" if match[1] == "div" else "inline"
    return converter.convert(html.unescape(match[2]).strip(), display=display)

  return _FORMULA.sub(mathml, content)


def _add(files, config, path):
  """The place in the site of a file of the repository, which is added if it is missing."""
  place = "index.md" if path == "README.md" else path.removeprefix("docs/")
  if place not in files.src_uris:
    file = File.generated(
      config,
      place,
      abs_src_path=str(_ROOT / path),
      inclusion=InclusionLevel.NOT_IN_NAV,
    )
    files.append(file)
  return place

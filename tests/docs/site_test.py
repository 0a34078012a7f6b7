"""The site of the documentation, built once."""

import importlib
import pathlib
import re
import subprocess
import sys
import zlib

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PACKAGES = ["losses", "analysis", "noise", "methods", "data", "models", "training", "runs"]
PACKAGES += ["analysis.theory", "analysis.figures"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
  pytest.importorskip("mkdocs")
  place = tmp_path_factory.mktemp("site")
  command = [sys.executable, "-m", "mkdocs", "build", "--strict", f"--site-dir={place}"]
  done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
  assert done.returncode == 0, done.stderr
  return place


def test_every_public_name_has_an_entry(site):
  *_, packed = (site / "objects.inv").read_bytes().split(b"\n", 4)
  entries = {line.split()[0] for line in zlib.decompress(packed).decode().splitlines()}
  for package in PACKAGES:
    path = f"noisy_jax.{package}"
    names = importlib.import_module(path).__all__
    # A function may have the name of its file.
    missing = {x for x in names if not {f"{path}.{x}", f"{path}.{x}.{x}"} & entries}
    assert not missing, package


def test_no_page_loads_anything_from_elsewhere_or_leaves_a_formula(site):
  pages = {path: path.read_text() for path in site.rglob("*.html")}
  assert len(pages) > 30
  for path, text in pages.items():
    assert not re.search(r'<(script|link|img|iframe)[^>]*(src|href)="(https?:)?//', text), (
      path
    )
    assert "arithmatex" not in text, path
  assert "<math" in pages[site / "idea.html"]


def test_the_readme_is_its_first_page(site):
  text = (site / "index.html").read_text()
  assert "keep learning when labels are wrong" in text
  for link in re.findall(r'href="([\w/]+\.html)', text):
    assert (site / link).exists(), link

"""A headless browser, and pages opened in it."""

import os
import shutil

import pytest
from playwright import sync_api

from noisy_jax.audit.page import write_page
from tests.audit.pages import make_findings, make_summary

_BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="package")
def browser():
  if _BROWSER is None and "REQUIRE_BROWSER" not in os.environ:
    pytest.skip("there is no Chromium")
  with sync_api.sync_playwright() as playwright:
    # Chromium's own sandbox does not run as root, in containers.
    browser = playwright.chromium.launch(executable_path=_BROWSER, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def open_page(browser, tmp_path):
  """Writes a page and opens it; at the end the browser must have had nothing to object."""
  objections = []
  context = browser.new_context(viewport={"width": 1200, "height": 800})

  def opened(findings, summary, images):
    path = tmp_path / "report.html"
    write_page(path, findings, summary, images)
    page = context.new_page()
    page.on("console", lambda message: objections.append(message.text))
    page.on("pageerror", lambda error: objections.append(str(error)))
    page.on("dialog", lambda dialog: objections.append(dialog.message))

    def on_request(request):
      if request.url != path.as_uri() and not request.url.startswith("blob:"):
        objections.append(request.url)

    page.on("request", on_request)
    page.goto(path.as_uri())
    return page

  yield opened
  context.close()
  assert objections == []


@pytest.fixture
def pets(open_page):
  findings, images = make_findings(copies={1: (7, 8, 11)})
  return open_page(findings, make_summary(), images)

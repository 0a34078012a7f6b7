"""The page of an audit, as a reader uses it, in a headless browser."""

import csv
import io
import os
import shutil

import numpy as np
import pytest
from PIL import Image
from playwright import sync_api

from noisy_jax.audit.findings import Estimate, Findings, Summary
from noisy_jax.audit.page import write_page

_BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
  _BROWSER is None and "REQUIRE_BROWSER" not in os.environ, reason="there is no Chromium"
)
NAMES = ("cat", "dog", "fox", "emu")
HEADING = ["id", "decision", "label"]


@pytest.fixture(scope="module")
def browser():
  with sync_api.sync_playwright() as playwright:
    # Chromium's own sandbox does not run as root, in containers.
    browser = playwright.chromium.launch(executable_path=_BROWSER, args=["--no-sandbox"])
    yield browser
    browser.close()


def color(example):
  return example % 16 * 16, 255 - example // 16 * 8, 128


def make_findings(size=200, names=NAMES, *, num_declared=40, ids=None, copies=None):
  """Example i is the i-th likeliest, in another place of the set; every fourth is a cat."""
  place_of = np.random.default_rng(0).permutation(size)
  labels, likely, scores = np.empty(size, int), np.empty(size, int), np.empty(size)
  all_ids, declared = np.empty(size, object), np.empty(size, bool)
  rank = np.arange(size)
  labels[place_of] = rank % len(names)
  likely[place_of] = (rank + 1 + rank // len(names) % 2) % len(names)
  scores[place_of] = rank / size
  declared[place_of] = rank < num_declared
  all_ids[place_of] = [f"{i}.png" for i in rank] if ids is None else ids
  copies = {
    place_of[one]: tuple(place_of[list(others)]) for one, others in (copies or {}).items()
  }
  found = Findings(
    all_ids.astype(str), labels.astype(np.int32), likely.astype(np.int32),
    scores.astype(np.float32), declared, copies,
  )  # fmt: skip
  images = np.empty((size, 8, 12, 3), np.uint8)
  images[place_of] = np.array([color(i) for i in rank])[:, None, None]
  return found, images


def make_summary(names=NAMES, **fields):
  num_classes = len(names)
  return Summary(
    "folder:pets", names, "It is a margin.", 0.2, Estimate(0.19, 0.18, 0.21),
    Estimate(3, 1, 6), "By a mixture.", np.eye(num_classes), np.zeros(num_classes),
    ("Two files were left out.",),
  )._replace(**fields)  # fmt: skip


@pytest.fixture
def open_page(browser, tmp_path):
  """Writes a page and opens it; at the end the browser must have had nothing to object."""
  objections = []
  context = browser.new_context(viewport={"width": 1200, "height": 800})
  context.set_default_timeout(5000)

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
  findings, images = make_findings(copies={1: (7, 8)})
  return open_page(findings, make_summary(), images)


def matches(page):
  return page.text_content("#matches")


def chosen(page):
  return page.text_content("#chosen .id")


def press(page, keys):
  for key in keys.split():
    page.keyboard.press(key)


def downloaded(page):
  """The rows of decisions.csv, as Python reads them, and its bytes."""
  with page.expect_download() as download:
    page.click("#download")
  assert download.value.suggested_filename == "decisions.csv"
  content = download.value.path().read_bytes()
  text = content.decode(errors="surrogateescape")
  return list(csv.reader(io.StringIO(text, newline=""), strict=True)), content


def load(page, content):
  file = {"name": "decisions.csv", "mimeType": "text/csv", "buffer": content}
  page.evaluate("byId('status').textContent = ''")
  page.set_input_files("#load", file)
  sync_api.expect(page.locator("#status")).not_to_have_text("")
  return page.text_content("#status")


def color_of(page, example):
  shot = page.locator(f"#example-{example} .picture").screenshot()
  return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))[8, 8]


def test_the_header_says_what_was_found_and_what_it_means(pets):
  header = " ".join(pets.inner_text("header").split())
  for text in (
    "folder:pets", "200 in 4 classes", "19.0% 18.0% to 21.0%", "40 score below 0.2",
    "3 1 to 6 expected", "It is a margin.", "By a mixture.", "Two files were left out.",
  ):  # fmt: skip
    assert text in header
  label = pets.get_attribute("#histogram svg", "aria-label")
  assert label.startswith("Histogram of 200 scores from 0 to 0.995, 40 of them declared")


def test_cards_show_their_examples_and_only_those_in_sight_are_there(pets):
  assert matches(pets) == "40 of 200 shown"
  card = pets.locator(".card").nth(1)
  assert card.get_attribute("aria-label") == (
    "1.png, given dog, likely fox, score 0.005, also labelled emu, cat"
  )
  assert card.locator(".copies").inner_text() == "also emu, cat"
  pets.click("#clear")
  assert matches(pets) == "200 of 200 shown"
  assert pets.locator("#example-199").count() == 0
  np.testing.assert_array_equal(color_of(pets, 2), color(2))
  press(pets, "End")
  assert chosen(pets) == "199.png"
  pets.wait_for_selector("#example-199")
  assert pets.locator("#example-0").count() == 0
  # On the second sheet.
  np.testing.assert_array_equal(color_of(pets, 199), color(199))
  assert pets.locator(".list").get_attribute("aria-activedescendant") == "example-199"


def test_filters_by_class_pair_and_score(pets):
  pets.select_option("#given", label="cat (50)")
  assert matches(pets) == "10 of 200 shown"
  assert set(pets.locator(".card .given").all_text_contents()) == {"given cat"}
  pets.select_option("#likely", label="fox (50)")
  assert matches(pets) == "5 of 200 shown"
  pets.click("#clear")
  pets.check("#only-declared")
  pair = pets.get_by_role("button", name="given dog, likely emu: 5")
  pair.click()
  assert matches(pets) == "5 of 200 shown"
  assert pair.get_attribute("aria-pressed") == "true"
  pair.click()
  assert matches(pets) == "40 of 200 shown"
  pets.fill("#low", "0.05")
  pets.fill("#high", "0.0751")
  assert pets.locator(".card .score").all_text_contents() == [
    f"score {score}" for score in (0.05, 0.055, 0.06, 0.065, 0.07, 0.075)
  ]
  pets.fill("#low", "7")
  assert pets.inner_text("#empty") == "No example fits these filters."
  assert pets.locator("#accept").is_disabled()
  press(pets, "a ArrowDown")


def test_the_histogram_is_a_filter(pets):
  pets.click("#clear")
  box = pets.locator("#histogram svg").bounding_box()
  middle = box["y"] + box["height"] / 2
  pets.mouse.move(box["x"] + box["width"] * 0.25, middle)
  pets.mouse.down()
  pets.mouse.move(box["x"] + box["width"] * 0.75, middle, steps=3)
  pets.mouse.up()
  number = int(matches(pets).split()[0])
  assert abs(number - 100) <= 2
  assert abs(float(pets.input_value("#low")) - 0.25) < 0.01
  assert abs(float(pets.input_value("#high")) - 0.75) < 0.01
  pets.mouse.click(box["x"] + 1, middle)
  assert matches(pets) == "4 of 200 shown"


def test_keys_decide_and_undo_and_a_reload_loses_nothing(pets):
  press(pets, "a k x")
  assert chosen(pets) == "3.png"
  press(pets, "ArrowRight r")
  pets.keyboard.type("O")
  assert pets.locator("#classes-list li").all_inner_texts() == ["dog", "fox"]
  press(pets, "ArrowDown Enter")
  # To relabel to the given label is to keep it.
  press(pets, "r")
  pets.keyboard.type("dog")
  press(pets, "Enter")
  assert pets.inner_text("#example-0 .decision") == "→ dog"
  assert pets.inner_text("#counter") == "5 decided: 2 relabel, 2 keep, 1 leave out"
  rows = [
    HEADING, ["0.png", "relabel", "dog"], ["1.png", "keep", ""],
    ["2.png", "leave_out", ""], ["4.png", "relabel", "fox"], ["5.png", "keep", ""],
  ]  # fmt: skip
  assert downloaded(pets)[0] == rows
  pets.reload()
  assert downloaded(pets)[0] == rows
  press(pets, "x x u")
  assert chosen(pets) == "1.png"
  rows[1] = ["0.png", "leave_out", ""]
  assert downloaded(pets)[0] == rows
  press(pets, "u u")
  assert pets.inner_text("#status") == "There is nothing to undo."
  assert pets.inner_text("#example-0 .decision") == "→ dog"
  pets.click("#leave-out")
  assert pets.inner_text("#example-0 .decision") == "left out"


def test_decided_examples_leave_a_list_of_the_others(pets):
  pets.select_option("#decided", "none")
  pets.click("#example-2")
  press(pets, "a a")
  assert matches(pets) == "38 of 200 shown"
  assert chosen(pets) == "4.png"
  press(pets, "u")
  assert chosen(pets) == "3.png"
  pets.select_option("#decided", "relabel")
  assert matches(pets) == "1 of 200 shown"


def test_keys_in_a_field_are_text(pets):
  pets.focus("#low")
  press(pets, "a k x")
  assert pets.inner_text("#counter") == "none decided"


def test_decisions_are_loaded_and_bad_files_are_refused(pets):
  press(pets, "k")
  rows = b'id,decision,label\n1.png,relabel,fox\n"other ""1"".png",leave_out,\n'
  said = load(pets, b"\xef\xbb\xbf" + rows)
  assert said == "2 decisions loaded. 1 are on examples that this page lacks."
  kept = [
    HEADING, ["0.png", "keep", ""], ["1.png", "relabel", "fox"],
    ['other "1".png', "leave_out", ""],
  ]  # fmt: skip
  assert downloaded(pets)[0] == kept
  heading = b"id,decision,label\n"
  for content, said in (
    (b"", "its first row must be id,decision,label"),
    (b"id;decision;label\n", "its first row must be id,decision,label"),
    (heading + b"1.png,keep\n", "row 2 must have 3 cells"),
    (heading + b"1.png,hide,\n", "decision \"hide\", must be relabel or keep or leave_out"),
    (heading + b"1.png,relabel,cow\n", 'label "cow", must be the name of a class'),
    (heading + b"1.png,keep,cat\n", 'label "cat", must be empty'),
    (heading + b'1.png,"keep,\n', "row 2 is not a row of a CSV file"),
  ):  # fmt: skip
    assert said in load(pets, content)
  assert downloaded(pets)[0] == kept
  press(pets, "u")
  assert downloaded(pets)[0] == kept[:2]


def test_names_are_data_and_come_back_as_they_were(open_page):
  hostile = [
    "<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", "a 'b' \"c\", d",
    "=1+1", "-1", "@x", " two\nlines\r\n", "caf\udce9 \udcff\udc80", "\U0001f408 \u2028é",
    "\u202egnp.x", "{{ 1 }}", "&lt;", "__proto__",
  ]  # fmt: skip
  size = len(hostile)
  ids = [f"{name}/{i}" for i, name in enumerate(hostile)]
  findings, images = make_findings(
    size, hostile, num_declared=size, ids=ids, copies={0: (3,)}
  )
  summary = make_summary(
    tuple(hostile), dataset="folder:" + ids[7], notes=tuple(hostile), score_meaning=ids[0]
  )
  page = open_page(findings, summary, images)
  assert page.inner_text("h1") == "folder:caf\\udce9 \\udcff\\udc80/7"
  assert hostile[1] in page.inner_text(".about")
  assert page.inner_text("#example-0 .given bdi") == hostile[0]
  assert page.inner_text("#example-0 .copies bdi") == "=1+1"
  assert page.inner_text("#example-6 .given bdi") == " two\\nlines\\r\\n"
  assert page.inner_text("#example-7 .given bdi") == "caf\\udce9 \\udcff\\udc80"
  assert page.inner_text("#example-9 .given bdi") == "\\u202egnp.x"
  press(page, "a r")
  page.keyboard.type("=1")
  press(page, "Enter")
  for _ in ids[2:]:
    press(page, "a")
  likely = [hostile[(i + 1) % size] for i in range(size)]
  likely[1] = "=1+1"
  expected = [[id_, "relabel", name] for id_, name in zip(ids, likely, strict=True)]
  rows, content = downloaded(page)
  assert rows == [HEADING, *expected]
  page.reload()
  assert downloaded(page)[1] == content
  press(page, "Home " + "k " * size)
  assert load(page, content) == f"{size} decisions loaded."
  assert downloaded(page)[1] == content


def test_features_have_a_table_and_many_classes_a_list_of_pairs(open_page):
  names = tuple(f"class {i}" for i in range(40))
  findings, _ = make_findings(200, names, num_declared=120)
  page = open_page(findings, make_summary(names), None)
  heads = page.get_by_role("columnheader").all_inner_texts()
  assert heads == ["Id", "Given", "Likely", "Score", "Also labelled", "Decision"]
  assert page.locator("img, .picture").count() == 0
  cells = page.locator("#example-0").get_by_role("gridcell").all_inner_texts()
  assert cells == ["0.png", "class 0", "class 1", "0", "", ""]
  press(page, "a ArrowDown k")
  assert downloaded(page)[0][1:] == [["0.png", "relabel", "class 1"], ["2.png", "keep", ""]]
  # The most frequent pairs first.
  pairs = page.locator(".pairs button")
  assert pairs.count() == 80
  assert pairs.first.inner_text().split("\n") == ["class 0 → class 1", "2"]
  page.fill("#confusions input", "39 0")
  assert pairs.all_inner_texts() == ["class 39 → class 0\n2"]
  pairs.first.click()
  assert matches(page) == "2 of 200 shown"
  assert pairs.first.get_attribute("aria-pressed") == "true"


def test_without_declared_labels_the_likeliest_are_there(open_page):
  findings, images = make_findings(30, num_declared=0)
  page = open_page(findings, make_summary(), images)
  said = "No label is declared wrong. These are the likeliest."
  assert page.inner_text("#status") == said
  assert page.inner_text("#confusions") == "No label is declared wrong."
  assert matches(page) == "30 of 30 shown"


def test_another_audit_has_its_own_decisions(open_page):
  findings, images = make_findings(30)
  press(open_page(findings, make_summary(), images), "a")
  page = open_page(findings, make_summary(dataset="folder:others"), images)
  assert page.inner_text("#counter") == "none decided"


def test_a_narrow_page_has_no_scroll_bar_below(pets):
  pets.set_viewport_size({"width": 400, "height": 800})
  pets.reload()
  assert pets.evaluate("document.documentElement.scrollWidth") == 400
  # Three cards in a row, and filters on demand.
  tops = [pets.locator(".card").nth(i).bounding_box()["y"] for i in range(4)]
  assert tops[0] == tops[2] < tops[3]
  assert not pets.locator("#given").is_visible()


def test_scores_that_are_no_numbers_are_refused(tmp_path):
  findings, images = make_findings(30)
  findings.scores[3] = np.nan
  with pytest.raises(ValueError, match="not finite"):
    write_page(tmp_path / "report.html", findings, make_summary(), images)
  assert not list(tmp_path.iterdir())

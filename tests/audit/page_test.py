import io

import numpy as np
import pytest
from PIL import Image
from playwright import sync_api

from noisy_jax.audit.page import write_page
from tests.audit.pages import (
  chosen,
  color,
  downloaded,
  make_findings,
  make_summary,
  matches,
  press,
)


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
    "1.png, given dog, likely fox, score 0.005, also labelled cat, emu"
  )
  assert card.locator(".copies").inner_text() == "also cat, emu"
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


def test_features_have_a_table_and_many_classes_a_list_of_pairs(open_page):
  names = tuple(f"class {i}" for i in range(40))
  findings, _ = make_findings(200, names, num_declared=120)
  page = open_page(findings, make_summary(names), np.ones((200, 3), np.float32))
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


def test_a_narrow_page_has_no_scroll_bar_below(pets):
  pets.set_viewport_size({"width": 400, "height": 800})
  pets.reload()
  assert pets.evaluate("document.documentElement.scrollWidth") == 400
  # Three cards in a row, and filters on demand.
  tops = [pets.locator(".card").nth(i).bounding_box()["y"] for i in range(4)]
  assert tops[0] == tops[2] < tops[3]
  assert not pets.locator("#given").is_visible()


def test_the_page_refuses_other_scripts_and_the_network(browser, tmp_path):
  findings, images = make_findings(30)
  write_page(tmp_path / "report.html", findings, make_summary(), images)
  context = browser.new_context()
  page = context.new_page()
  page.goto((tmp_path / "report.html").as_uri())
  page.evaluate("""() => {
    const script = make("script", {}, "window.hasRun = true");
    document.body.append(script, make("p", {onclick: "window.hasRun = true", id: "p"}));
    byId("p").click();
  }""")
  assert page.evaluate("window.hasRun") is None
  for url in ("https://example.org/", "data:text/plain,1"):
    with pytest.raises(sync_api.Error, match="Failed to fetch"):
      page.evaluate("url => fetch(url)", url)
  context.close()


def test_scores_that_are_no_numbers_are_refused(tmp_path):
  findings, images = make_findings(30)
  findings.scores[3] = np.nan
  with pytest.raises(ValueError, match="not finite"):
    write_page(tmp_path / "report.html", findings, make_summary(), images)
  assert not list(tmp_path.iterdir())

import re

import numpy as np
from scipy import stats

from tests.audit.pages import chosen, make_findings, make_summary, matches, press


def test_the_share_of_false_alarms_is_that_of_the_declared_that_were_judged(pets):
  press(pets, "k a x " + "a " * 16)
  assert not pets.locator("#judged").is_visible()
  press(pets, "k")
  interval = stats.binomtest(2, 20).proportion_ci(0.95, "wilson")
  low, high = (f"{100 * end:.1f}" for end in interval)
  expected = (
    "Of the 20 declared labels you judged, 2 were right: 10.0 % false alarms (95 % "
    f"interval {low} to {high} %)."
  )
  assert pets.inner_text("#judged") == expected
  # Other labels do not count.
  pets.click("#clear")
  press(pets, "End k")
  assert pets.inner_text("#counter").startswith("21 decided")
  assert pets.inner_text("#judged") == expected
  pets.reload()
  assert pets.inner_text("#judged") == expected


def test_the_first_of_the_random_order_are_a_fair_sample(open_page):
  findings, images = make_findings(3000, num_declared=2000)
  page = open_page(findings, make_summary(), images)
  press(page, "End")
  page.select_option("#order", "random")
  assert matches(page) == "2,000 of 3,000 shown"
  order = np.array(page.evaluate("places"))
  assert sorted(order) == list(range(2000))
  assert chosen(page) == f"{order[0]}.png"
  assert page.locator(".card").first.get_attribute("id") == f"example-{order[0]}"
  # Neither the first nor any other part prefers some examples.
  for part in np.split(order, 20):
    assert stats.kstest(part / 2000, "uniform").pvalue > 1e-3
  press(page, "k")
  assert chosen(page) == f"{order[1]}.png"
  page.reload()
  assert re.match(r"0\.png", chosen(page))
  page.select_option("#order", "random")
  assert page.evaluate("places") == order.tolist()

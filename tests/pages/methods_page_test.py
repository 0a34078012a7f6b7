import re

import pytest

from experiments.pages import methods_page
from experiments.pages.method_words import WORDS
from noisy_jax import methods
from noisy_jax.analysis import evidence

PAGE = methods_page.PATH.read_text()


def test_the_page_is_what_the_command_writes():
  # After new results: python -m experiments.pages.evidence, then .methods_page.
  assert methods_page.page() == PAGE


def test_every_method_has_its_words_its_test_and_its_paper():
  assert list(methods.NAMES) == list(WORDS)
  tests = methods_page.PATH.parents[1] / "tests" / "methods"
  for name, words in WORDS.items():
    (section,) = re.findall(rf"^## {name}\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    assert words.summary.count(". ") == 1
    text = (tests / f"{words.test}.py").read_text()
    assert f"methods.{name}(" in text
    assert "https://" in section
    for keyword in methods.defaults(name):
      assert f"- `{keyword}=" in section


@pytest.mark.parametrize(
  "name, expected", [("none", "0"), ("sr", "0"), ("elr", "$4 K$"), ("marvel", "17")]
)
def test_memory_is_that_of_a_row(name, expected):
  assert methods_page.memory(name) == expected


def test_a_table_has_every_cell_of_a_method_and_no_other():
  rows = evidence.rows()
  cells = {str(row.cell) for row in rows if row.setting.method != "none"}
  shown = set(re.findall(r"^\| (\w+, .*?, \d+ epochs) \|", PAGE, re.MULTILINE))
  assert shown == cells

import re

import numpy as np
import pytest

from experiments.pages import loss_page, loss_pictures
from noisy_jax import losses

PAGE = loss_page.PATH.read_text()


def test_every_loss_has_a_picture_of_its_own():
  shown = re.findall(r"!\[.*?\]\((.*?)\)", PAGE)
  assert sorted(shown) == sorted(f"pictures/losses/{name}.svg" for name in losses.NAMES)
  files = sorted(loss_pictures.PLACE.iterdir())
  assert [file.stem for file in files] == sorted(losses.NAMES)
  assert sum(file.stat().st_size for file in files) < 1.2e6


def test_a_picture_is_what_the_command_draws():
  committed, drawn = (
    (loss_pictures.PLACE / "mae.svg").read_text(),
    loss_pictures.svg(loss_pictures.draw("mae")),
  )
  if re.findall("<!-- .*", committed) != re.findall("<!-- .*", drawn):
    pytest.skip("drawn by another version of matplotlib")
  # Rounding differs between processors, and so do the names that follow from coordinates.
  committed, drawn = (re.sub("[mp][0-9a-f]{10}", "", text) for text in (committed, drawn))
  number = r"-?\d+(?:\.\d+)?"
  assert re.sub(number, "", committed) == re.sub(number, "", drawn)
  found, expected = (
    np.array(re.findall(number, text), float) for text in (drawn, committed)
  )
  np.testing.assert_allclose(found, expected, atol=0.03)


def test_curves_are_those_of_mae():
  # For MAE with scale 2, dL/dz_k is -2 p (1 - p), whatever the other classes.
  p = np.array([0.001, 0.1, 0.5, 1.0])
  for count in (10, 1000):
    found = loss_pictures.label_pull("mae", count, p)
    np.testing.assert_allclose(found, 2 * p * (1 - p), rtol=1e-4, atol=1e-5)
  curve = loss_pictures.error_curve("mae", 10)
  assert 0.45 < curve.max() < 0.5
  assert 2 < loss_pictures._LOGITS[curve.argmax()] < 3.5


def test_every_loss_but_cross_entropy_links_to_a_paper():
  for name in losses.NAMES:
    (section,) = re.findall(rf"^### {name}\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)
    assert bool(re.search(r"^Source: .*\]\(https://", section, re.MULTILINE)) == (
      name != "ce"
    )


def test_no_formula_is_python():
  assert not re.search(r"\bif\b.*\belse\b", PAGE)
  for formula in re.findall(r"\$+(.*?)\$+", PAGE):
    assert not re.search(r"\*|\bnan\b|\binf\b|\\[^a-zA-Z]", formula), formula

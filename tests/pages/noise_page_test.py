import re

import matplotlib.image
import numpy as np
import pytest
from PIL import Image

from experiments.pages import noise_page, noise_pictures
from noisy_jax import noise

PAGE = noise_page.PATH.read_text()


def test_the_page_is_what_the_command_writes():
  assert noise_page.page() == PAGE


def test_the_table_names_every_kind_of_noise_and_no_other():
  first_column = re.findall(r"^\| \[(`.*?)\]\(#", PAGE, re.MULTILINE)
  named = {name for cell in first_column for name in re.findall("`(.*?)`", cell)}
  # symmetric_including_true stands in the row of symmetric.
  assert named == set(noise.KINDS.split(", ")) - {"symmetric_including_true"}


def test_every_picture_is_on_the_page_and_its_matrices_are_of_the_kinds_they_name():
  pictures = noise_pictures.pictures()
  shown = re.findall(r"\(pictures/noise/(\w+)\.png\)", PAGE)
  assert set(shown) == pictures.keys()
  assert {path.stem for path in noise_pictures.PLACE.iterdir()} == pictures.keys()
  for panels in pictures.values():
    for title, matrix in panels.items():
      assert noise.parse(title)
      np.testing.assert_allclose(matrix.sum(1), 1)
  assert pictures["symmetric"]["pairflip"][9, 0] == noise_pictures.RATE
  in_turn = pictures["asymmetric"]["asymmetric:cifar10_in_turn"]
  assert in_turn[3, 5] == pytest.approx(0.4 - 0.4**2)  # cats to dogs, some of them back


def software(path):
  with Image.open(path) as image:
    return image.info["Software"]


def test_a_picture_is_what_the_command_draws(tmp_path, monkeypatch):
  committed = noise_pictures.PLACE / "asymmetric.png"
  monkeypatch.setattr(noise_pictures, "PLACE", tmp_path)
  panels = noise_pictures.pictures()["asymmetric"]
  monkeypatch.setattr(noise_pictures, "pictures", lambda: {"asymmetric": panels})
  noise_pictures.write()
  drawn = tmp_path / "asymmetric.png"
  if software(committed) != software(drawn):
    pytest.skip("drawn by another version of matplotlib")
  found, expected = map(matplotlib.image.imread, (drawn, committed))
  np.testing.assert_allclose(found, expected, atol=0.02)

"""The pictures of docs/noise.md: transition matrices as heat maps."""

import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import jax
import numpy as np

from noisy_jax import data, noise
from noisy_jax.analysis.figures import style

if TYPE_CHECKING:
  from matplotlib.figure import Figure

PLACE = pathlib.Path(__file__).parents[2] / "docs" / "pictures" / "noise"
RATE = 0.4

# More cells would be too small for a number.
_NUMBERED = 10


def write() -> None:
  """Draws all pictures."""
  PLACE.mkdir(parents=True, exist_ok=True)
  for name, panels in pictures().items():
    with style.context():
      draw(panels).savefig(PLACE / f"{name}.png", dpi=150)


def pictures() -> dict[str, dict[str, np.ndarray]]:
  """The matrices of each picture by their titles, at the rate of 40 %."""
  maps = {name: _of_map(each) for name, each in noise.CLASS_MAPS.items()}
  return {
    "symmetric": {
      "symmetric": noise.symmetric_matrix(10, RATE),
      "symmetric_including_true": noise.symmetric_matrix(10, RATE, including_true=True),
      "pairflip": noise.pairflip_matrix(10, RATE),
    },
    "asymmetric": {
      f"asymmetric:{name}": maps[name] for name in ("mnist", "cifar10", "cifar10_in_turn")
    },
    "asymmetric_cifar100": {
      f"asymmetric:{name}": maps[name] for name in maps if name.startswith("cifar100")
    },
    "instance": {
      f"instance{suffix}": _of_instances(pixels)
      for pixels, suffix in zip(noise.PIXELS, ("", ":raw", ":unit"), strict=True)
    },
  }


def draw(panels: Mapping[str, np.ndarray]) -> "Figure":
  """Heat maps side by side, with numbers in the cells of few classes."""
  with style.context():
    from matplotlib.colors import PowerNorm

    figure = style.new_figure(style.WIDTH, 2.6)
    for axes, (title, matrix) in zip(
      figure.subplots(1, len(panels)), panels.items(), strict=True
    ):
      # Noise over many classes consists of small shares.
      axes.imshow(matrix, "Blues", norm=PowerNorm(0.5, 0, 1), interpolation="none")
      axes.set_title(title, fontsize=9)
      axes.set(xlabel="noisy label", ylabel="clean class")
      if len(matrix) > _NUMBERED:
        continue
      axes.set(xticks=range(len(matrix)), yticks=range(len(matrix)))
      axes.tick_params(labelsize=7)
      for row, column in np.argwhere(matrix >= 0.005):
        share = matrix[row, column]
        axes.text(
          column,
          row,
          f"{share:.2f}".removeprefix("0"),
          ha="center",
          va="center",
          fontsize=6,
          color="white" if share > 0.3 else style.BLACK,
        )
  return figure


def _of_map(class_map):
  of = class_map.pairs, class_map.num_classes, RATE
  return noise.class_map_matrix(*of, in_turn=class_map.in_turn)


def _of_instances(pixels):
  """The realised matrix of noise that depends on the images of digits10."""
  digits = data.load("digits10")
  noisy = noise.instance_dependent(
    digits.train_labels, digits.train_images, 10, RATE, key=jax.random.key(0), pixels=pixels
  )
  return noisy.matrix

"""The figure of label noise: its transition matrix, and images with wrong labels."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from noisy_jax.analysis.figures import style
from noisy_jax.noise import NoisyLabels

if TYPE_CHECKING:
  from matplotlib.axes import Axes
  from matplotlib.figure import Figure

# More names or numbers would overlap, and more cells would be too small to see.
_NAMED_CLASSES = 20
_DRAWN_CELLS = 200
_LONGEST_NAME = 13
# A dollar in the name of a folder does not begin a formula.
_TEXT: dict[str, Any] = dict(fontsize=7, parse_math=False)


def label_noise(
  labels: NoisyLabels,
  images: np.ndarray,
  *,
  class_names: Sequence[str] = (),
  foreign: np.ndarray | None = None,
  title: str = "",
) -> "Figure":
  """The share of every noisy label in every clean class, and examples of wrong labels.

  Args:
    labels: noisy and clean labels of n images.
    images: uint8 in [0, 255] or float32 in [0, 1], [n, height, width, channels]; three
      channels are red, green and blue; otherwise the first channel is drawn in grey.
    class_names: names of the K classes; without them, class ids.
    foreign: bool[n], true for an image of none of the classes; None if there are none.
    title: title of the figure.

  Returns:
    A matplotlib figure. On the left is the realised transition matrix, [K, K], with grey
    rows for classes without examples; above 200 classes, neighbours share a cell with the
    largest of their shares. On the right are up to 24 wrong labels, evenly spread over the
    clean classes, each image between its clean class and its noisy label.
  """
  names = [
    _short(style.printable(str(name))) for name in class_names or range(labels.num_classes)
  ]
  with style.context():
    figure = style.new_figure(1.6 * style.WIDTH, 0.66 * style.WIDTH)
    if title:
      figure.suptitle(style.printable(title), wrap=True, parse_math=False)
    ((left, right),) = figure.subfigures(1, 2, squeeze=False, width_ratios=[1, 1.3])
    _draw_matrix(left.subplots(), labels.matrix, names)
    height, width = images.shape[1:3]
    rows, columns = (6, 4) if width >= 2 * height else (4, 6)
    panels = right.subplots(rows, columns).ravel()
    shown = _examples(labels, foreign, panels.size)
    for axes in panels[len(shown) :]:
      axes.set_axis_off()
    for axes, index in zip(panels, shown, strict=False):
      is_foreign = foreign is not None and foreign[index]
      truth = "foreign" if is_foreign else names[labels.clean[index]]
      _draw_example(axes, images[index], truth, names[labels.noisy[index]])
  return figure


def _examples(labels, foreign, count):
  """Indices of up to `count` wrong labels, evenly spread in the order of clean classes."""
  wrong = labels.flipped if foreign is None else labels.flipped | foreign
  places = np.flatnonzero(wrong)
  places = places[np.argsort(labels.clean[places], kind="stable")]
  middles = (np.arange(count) + 0.5) / count * places.size
  return places if places.size <= count else places[middles.astype(int)]


def _draw_example(axes: "Axes", image: np.ndarray, truth: str, label: str) -> None:
  rgb = image.shape[-1] == 3
  white = 255 if image.dtype == np.uint8 else 1
  axes.imshow(
    image if rgb else image[..., 0], "gray", vmin=0, vmax=white, interpolation="none"
  )
  axes.set(xticks=[], yticks=[])
  axes.spines[:].set_visible(False)
  axes.set_title(truth, pad=2, **_TEXT)
  axes.set_xlabel(f"→ {label}", color=style.ORANGE, labelpad=2, **_TEXT)


def _draw_matrix(axes: "Axes", matrix: np.ndarray, names: Sequence[str]) -> None:
  from matplotlib import colormaps
  from matplotlib.colors import PowerNorm

  colors = colormaps["Blues"].with_extremes(bad=style.GREY)
  # Number of classes in a row or column of a cell.
  size = -(-len(matrix) // _DRAWN_CELLS)
  cells = _largest_in_cells(matrix, size)
  end = size * len(cells) - 0.5
  drawn = axes.imshow(
    cells,
    colors,
    # Noise over many classes consists of small shares.
    norm=PowerNorm(0.5, 0, 1),
    interpolation="none",
    extent=(-0.5, end, end, -0.5),
  )
  share = "share of the clean class" + (f", largest of {size} x {size}" if size > 1 else "")
  bar = axes.figure.colorbar(drawn, ax=axes, shrink=0.8, label=share)
  bar.set_ticks(
    [0, 0.01, 0.05, 0.2, 0.5, 1], labels=["0", "1%", "5%", "20%", "50%", "100%"]
  )
  axes.set_xlabel("noisy label", color=style.ORANGE)
  axes.set_ylabel("clean class")
  axes.spines["right"].set_visible(False)
  if len(names) > _NAMED_CLASSES:
    return
  turned: dict[str, Any] = dict(rotation=45, ha="right") if max(map(len, names)) > 3 else {}
  axes.set_xticks(range(len(names)), names, **turned, **_TEXT)
  axes.set_yticks(range(len(names)), names, **_TEXT)
  for row, column in np.argwhere(matrix >= 0.005):
    value = matrix[row, column]
    color = "white" if value > 0.3 else style.BLACK
    number = f"{value:.2f}".removeprefix("0")
    axes.text(column, row, number, ha="center", va="center", fontsize=6, color=color)


def _largest_in_cells(matrix: np.ndarray, size: int) -> np.ndarray:
  """The maximum of each size x size block, so that thin lines of large shares show."""
  starts = np.arange(0, len(matrix), size)
  by_row = np.fmax.reduceat(matrix, starts, axis=0)
  return np.fmax.reduceat(by_row, starts, axis=1)


def _short(name: object) -> str:
  text = style.printable(str(name))
  return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"

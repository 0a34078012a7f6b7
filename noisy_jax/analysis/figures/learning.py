"""Accuracy against the number of classes, above the error curves that explain it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from noisy_jax.analysis.figures import style

if TYPE_CHECKING:
  from matplotlib.axes import Axes
  from matplotlib.figure import Figure

_STYLES: dict[str, dict[str, Any]] = {
  "CE": dict(color=style.BLACK, linestyle="-", marker="s"),
  "MAE": dict(color=style.BLUE, linestyle="--", marker="o", markerfacecolor="white"),
  "MAE*": dict(color=style.BLUE, linestyle="-", marker="o"),
  "GCE": dict(color=style.ORANGE, linestyle="--", marker="^", markerfacecolor="white"),
  "GCE*": dict(color=style.ORANGE, linestyle="-", marker="^"),
}


class ErrorPanel(NamedTuple):
  """What one panel of error curves shows.

  Attributes:
    title: name of the loss.
    curves: number of classes -> -<delta_k> on the grid.
    logit_bias: of the loss at the largest number of classes.
  """

  title: str
  curves: Mapping[int, np.ndarray]
  logit_bias: float


def learning_against_classes(
  accuracies: Mapping[str, Mapping[int, float]],
  z: np.ndarray,
  panels: Sequence[ErrorPanel],
  initial_logits: np.ndarray,
  *,
  title: str,
) -> "Figure":
  """Accuracy against the number of classes, above the error curves that explain it.

  Args:
    accuracies: loss -> number of classes -> test accuracy, a fraction.
    z: grid of labelled logits, [n].
    panels: error curves on that grid, one panel a loss, left to right.
    initial_logits: logits of fresh networks with the most classes, any shape.
    title: stands above the figure; says what was trained.

  Returns:
    A matplotlib figure.
  """
  from matplotlib.figure import Figure

  with style.context():
    figure = Figure(figsize=(style.WIDTH, 6.4), layout="constrained")
    figure.suptitle(title, fontsize=10)
    rows: list[Any] = [["accuracy"] * len(panels), [panel.title for panel in panels]]
    axes = figure.subplot_mosaic(rows, height_ratios=(1.15, 1))
    _draw_accuracies(axes["accuracy"], accuracies)
    for panel in panels:
      _draw_errors(axes[panel.title], z, panel, initial_logits)
  return figure


def _draw_accuracies(axes: "Axes", accuracies) -> None:
  for name, by_classes in accuracies.items():
    classes = sorted(by_classes)
    values = [100 * by_classes[count] for count in classes]
    axes.plot(classes, values, label=name, clip_on=False, **_STYLES[name])
  axes.set_xscale("log")
  axes.set_xticks(classes, [f"{count:,}" for count in classes])
  axes.minorticks_off()
  axes.set_ylim(0, 100)
  axes.set_xlabel("number of classes $K$")
  axes.set_ylabel("accuracy on clean test images (%)")
  axes.spines["right"].set_visible(False)
  axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(accuracies))


def _draw_errors(axes: "Axes", z, panel: ErrorPanel, initial_logits) -> None:
  most = max(panel.curves)
  eps = panel.logit_bias
  density = style.histogram_behind(axes, initial_logits, z, eps)
  density.set_ylabel(
    f"density of initial logits, {style.count(most)}", color=style.DARK_GREY
  )

  ends = (min(panel.curves), most)
  for classes, line in zip(ends, style.BY_CLASSES, strict=False):
    axes.plot(z, panel.curves[classes], label=style.count(classes), **line)
  axes.set_xlim(z[0], z[-1])
  axes.set_ylim(0, 1.6 * max(curve.max() for curve in panel.curves.values()))
  axes.set_xlabel(style.LABELLED_LOGIT)
  axes.set_ylabel(style.AVERAGE_ERROR)
  axes.set_title(f"{panel.title}: where it has gradient, where logits start", fontsize=9)
  handles = [*axes.get_legend_handles_labels()[0], *density.get_legend_handles_labels()[0]]
  axes.legend(
    handles=handles, loc="upper right", fontsize=8, handlelength=1.6, borderaxespad=0
  )

  above_curves = axes.get_xaxis_transform()
  arrow = dict(arrowstyle="->", color=style.DARK_GREY, shrinkA=0, shrinkB=0)
  axes.annotate("", (eps, 0.68), (0, 0.68), xycoords=above_curves, arrowprops=arrow)
  label = f"logit bias {eps:.2f}"
  axes.text(eps, 0.705, label, ha="right", color=style.DARK_GREY, transform=above_curves)

"""Figures, drawn from numbers that others computed. matplotlib is imported on use."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
  from matplotlib.axes import Axes
  from matplotlib.figure import Figure

# Okabe and Ito's colours, told apart by the colour-blind too; dashes and markers repeat
# what they say.
_BLACK, _BLUE, _ORANGE, _GREEN = "#000000", "#0072B2", "#D55E00", "#009E73"
_GREY, _DARK_GREY = "#999999", "#555555"
_STYLES: dict[str, dict[str, Any]] = {
  "CE": dict(color=_BLACK, linestyle="-", marker="s"),
  "MAE": dict(color=_BLUE, linestyle="--", marker="o", markerfacecolor="white"),
  "MAE*": dict(color=_BLUE, linestyle="-", marker="o"),
  "GCE": dict(color=_ORANGE, linestyle="--", marker="^", markerfacecolor="white"),
  "GCE*": dict(color=_ORANGE, linestyle="-", marker="^"),
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
  from matplotlib import rc_context
  from matplotlib.figure import Figure

  with rc_context({"font.size": 9, "axes.spines.top": False, "legend.frameon": False}):
    figure = Figure(figsize=(7.0, 6.4), layout="constrained")
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
  density = axes.twinx()
  axes.set_zorder(density.get_zorder() + 1)
  axes.patch.set_visible(False)
  bins = np.linspace(z[0], z[-1], 90).tolist()
  logits, eps = np.ravel(initial_logits), panel.logit_bias
  # Both histograms reach halfway up: the error curves stay readable above them.
  density.set_ylim(0, 2.2 * np.histogram(logits, bins, density=True)[0].max())
  density.hist(logits, bins, density=True, color=_GREY, alpha=0.5, label="initial logits")
  density.hist(
    logits + eps,
    bins,
    density=True,
    histtype="step",
    color=_GREY,
    hatch="////",
    label="with bias",
  )
  density.set_ylabel(f"density of initial logits, $K$ = {most:,}", color=_DARK_GREY)
  density.tick_params(axis="y", colors=_DARK_GREY)

  ends = zip((min(panel.curves), most), (_BLACK, _GREEN), ("--", "-"), strict=True)
  for classes, color, linestyle in ends:
    label = f"$K$ = {classes:,}"
    axes.plot(z, panel.curves[classes], color=color, linestyle=linestyle, label=label)
  axes.set_xlim(z[0], z[-1])
  axes.set_ylim(0, 1.6 * max(curve.max() for curve in panel.curves.values()))
  axes.set_xlabel("labelled logit $z_k$")
  axes.set_ylabel(r"average error $-\langle\delta_k\rangle$")
  axes.set_title(f"{panel.title}: where it has gradient, where logits start", fontsize=9)
  handles = [*axes.get_legend_handles_labels()[0], *density.get_legend_handles_labels()[0]]
  axes.legend(
    handles=handles, loc="upper right", fontsize=8, handlelength=1.6, borderaxespad=0
  )

  above_curves = axes.get_xaxis_transform()
  arrow = dict(arrowstyle="->", color=_DARK_GREY, shrinkA=0, shrinkB=0)
  axes.annotate("", (eps, 0.68), (0, 0.68), xycoords=above_curves, arrowprops=arrow)
  label = f"logit bias {eps:.2f}"
  axes.text(eps, 0.705, label, ha="right", color=_DARK_GREY, transform=above_curves)

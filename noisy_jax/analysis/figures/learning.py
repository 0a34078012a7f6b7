"""The figure of accuracies above the error curves that explain them."""

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
  "MAE, fading": dict(color=style.ORANGE, linestyle="-", marker="D"),
}


class ErrorPanel(NamedTuple):
  """The error curves of one loss.

  Attributes:
    title: name of the loss.
    curves: number of classes to -<delta_k> on the grid.
    logit_bias: bias of the loss at the largest number of classes.
  """

  title: str
  curves: Mapping[int, np.ndarray]
  logit_bias: float


def learning_against_classes(
  accuracies: Mapping[str, Mapping[int, float]],
  curves: Mapping[str, Sequence[float]],
  z: np.ndarray,
  panel: ErrorPanel,
  initial_logits: np.ndarray,
  *,
  title: str,
) -> "Figure":
  """Accuracies against the epoch and the number of classes, above error curves.

  Args:
    accuracies: loss to number of classes to test accuracy in the end, a fraction.
    curves: loss to test accuracy after each epoch on the most classes, fractions.
    z: grid of labelled logits, [n].
    panel: error curves on the grid.
    initial_logits: logits of fresh networks with the most classes, any shape.
    title: title of the figure, such as the settings of the trainings.

  Returns:
    A matplotlib figure.
  """
  most = max(panel.curves)
  with style.context():
    figure = style.new_figure(style.WIDTH, 6.4)
    rows: list[Any] = [["epochs", "classes"], [panel.title, panel.title]]
    axes = figure.subplot_mosaic(rows, height_ratios=(1.15, 1))
    _draw_epochs(axes["epochs"], curves, most)
    _draw_accuracies(axes["classes"], accuracies)
    handles = axes["epochs"].get_legend_handles_labels()[0]
    figure.legend(
      handles=handles,
      loc="outside upper center",
      ncols=len(handles),
      title=title,
      title_fontsize=10,
    )
    _draw_errors(axes[panel.title], z, panel, initial_logits)
  return figure


def _draw_epochs(axes: "Axes", curves, num_classes) -> None:
  for name, values in curves.items():
    epochs = np.arange(1, len(values) + 1)
    every = max(1, len(values) // 5)
    heights = 100 * np.asarray(values)
    axes.plot(epochs, heights, label=name, markevery=every, clip_on=False, **_STYLES[name])
  axes.set_ylim(0, 100)
  axes.set_xlabel("epoch")
  style.whole_ticks(axes)
  axes.set_ylabel("accuracy on clean test images (%)")
  axes.set_title(style.count(num_classes), fontsize=9)
  axes.spines["right"].set_visible(False)


def _draw_accuracies(axes: "Axes", accuracies) -> None:
  for name, by_classes in accuracies.items():
    classes = sorted(by_classes)
    values = [100 * by_classes[count] for count in classes]
    axes.plot(classes, values, clip_on=False, **_STYLES[name])
  axes.set_xscale("log")
  axes.set_xticks(classes, [f"{count:,}" for count in classes])
  axes.minorticks_off()
  axes.set_ylim(0, 100)
  axes.set_xlabel("number of classes $K$")
  axes.set_title("after the last epoch", fontsize=9)
  axes.spines["right"].set_visible(False)


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

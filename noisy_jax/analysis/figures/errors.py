"""Figures of average errors, beside the logits of fresh networks."""

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from noisy_jax.analysis.figures import style

if TYPE_CHECKING:
  from matplotlib.figure import Figure


class LossesPanel(NamedTuple):
  """One panel of the error curves of many losses.

  Attributes:
    num_classes: K.
    curves: name of a loss to -<delta_k> on the grid; up to seven look different.
    initial_logits: logits of fresh networks over K classes, any shape.
    logit_bias: bias of a second histogram of these logits; None for no second one.
    bias_of: name of the loss with this bias.
  """

  num_classes: int
  curves: Mapping[str, np.ndarray]
  initial_logits: np.ndarray
  logit_bias: float | None = None
  bias_of: str = "MAE"


def error_by_classes(
  z: np.ndarray,
  curves: Mapping[int, np.ndarray],
  initial_logits: np.ndarray,
  *,
  loss: str,
) -> "Figure":
  """The average error of one loss at several numbers of classes.

  Args:
    z: grid of labelled logits, [n].
    curves: number of classes to -<delta_k> on the grid; up to four look different.
    initial_logits: logits of fresh networks for the histogram, any shape.
    loss: name of the loss.

  Returns:
    A matplotlib figure.
  """
  with style.context():
    figure = style.new_figure(style.WIDTH, 3.2)
    axes = figure.subplots()
    density = style.histogram_behind(axes, initial_logits, z)
    density.set_ylabel("density of initial logits", color=style.DARK_GREY)
    top = max(curve.max() for curve in curves.values())
    for (classes, curve), line in zip(
      curves.items(), itertools.cycle(style.BY_CLASSES), strict=False
    ):
      axes.plot(z, curve, label=style.count(classes), **line)
      peak = int(curve.argmax())
      axes.annotate(
        style.count(classes),
        (z[peak], curve[peak]),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        color=line["color"],
      )
    _label_histogram(density, "initial logits", initial_logits)
    axes.set(xlim=(z[0], z[-1]), ylim=(0, 1.2 * top))
    axes.set(xlabel=style.LABELLED_LOGIT, ylabel=f"{style.AVERAGE_ERROR} of {loss}")
  return figure


def error_by_losses(z: np.ndarray, panels: Sequence[LossesPanel]) -> "Figure":
  """The average error of many losses, one panel for each number of classes.

  Args:
    z: grid of labelled logits, [n].
    panels: panels from top to bottom.

  Returns:
    A matplotlib figure.
  """
  with style.context():
    figure = style.new_figure(style.WIDTH, 2.9 * len(panels))
    for letter, axes, panel in zip(
      "abcdefgh",
      figure.subplots(len(panels), sharex=True, squeeze=False).flat,
      panels,
      strict=False,
    ):
      density = style.histogram_behind(axes, panel.initial_logits, z, panel.logit_bias)
      density.set_axis_off()
      for (name, curve), line in zip(
        panel.curves.items(), itertools.cycle(style.BY_LOSS), strict=False
      ):
        axes.plot(z, curve, label=name, **line)
      _label_histogram(density, "initial logits", panel.initial_logits)
      if panel.logit_bias is not None:
        density.text(
          np.mean(panel.initial_logits) + panel.logit_bias,
          0.48,
          f"with {panel.bias_of}'s\nbias {panel.logit_bias:.2f}",
          ha="center",
          color=style.DARK_GREY,
          transform=density.get_xaxis_transform(),
        )
      top = max(curve.max() for curve in panel.curves.values())
      axes.set(xlim=(z[0], z[-1]), ylim=(0, 1.1 * top), ylabel=style.AVERAGE_ERROR)
      title = style.count(panel.num_classes)
      if len(panels) > 1:
        title = f"({letter}) {title}"
      axes.set_title(title, fontsize=9, loc="left")
      axes.spines["right"].set_visible(False)
      axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), handlelength=2.6)
      axes.tick_params(labelbottom=True)
    axes.set_xlabel(style.LABELLED_LOGIT)
  return figure


def error_of_every_loss(
  z: np.ndarray,
  curves: Mapping[str, Mapping[int, np.ndarray]],
  initial_logits: np.ndarray,
  *,
  columns: int = 6,
) -> "Figure":
  """The average error of many losses, one small panel for each loss.

  Curves are shares of the maximum of the loss's first curve, so that a panel compares
  numbers of classes, not losses.

  Args:
    z: grid of labelled logits, [n].
    curves: name of a loss to number of classes to -<delta_k> on the grid; the same numbers
      for all losses; up to four look different.
    initial_logits: logits of fresh networks for the histogram, any shape.
    columns: panels in a row.

  Returns:
    A matplotlib figure.
  """
  rows = -(-len(curves) // columns)
  with style.context():
    figure = style.new_figure(style.WIDTH, 1.15 * rows + 0.9)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    bins = z[::2].tolist()
    heights, edges = np.histogram(initial_logits, bins, density=True)
    for axes, (name, by_classes) in zip(panels.flat, curves.items(), strict=False):
      whole = next(iter(by_classes.values())).max()
      axes.stairs(
        heights / heights.max() / 2,
        edges,
        fill=True,
        color=style.GREY,
        alpha=0.5,
        label="initial logits",
      )
      for (classes, curve), line in zip(
        by_classes.items(), itertools.cycle(style.BY_CLASSES), strict=False
      ):
        axes.plot(z, curve / whole, label=style.count(classes), **line)
      axes.set_title(name, fontsize=9, loc="left", pad=2)
      axes.spines["right"].set_visible(False)
      axes.set(xlim=(z[0], z[-1]), ylim=(0, 1.15))
    handles, labels = panels.flat[0].get_legend_handles_labels()
    for axes in panels.flat[len(curves) :]:
      axes.set_axis_off()
    for column in range(columns):
      (*_, last) = [row[column] for row in panels if row[column].axison]
      last.tick_params(labelbottom=True)
    figure.legend(handles, labels, loc="outside upper center", ncols=len(handles))
    figure.supxlabel(style.LABELLED_LOGIT, fontsize=9)
    first = style.count(next(iter(next(iter(curves.values())))))
    figure.supylabel(f"average error, share of its largest at {first}", fontsize=9)
  return figure


def _label_histogram(density, label, logits):
  """Labels the histogram on the left of its peak, where curves are low."""
  density.text(
    np.mean(logits) - 1.1 * np.std(logits),
    0.42,
    label,
    ha="right",
    va="center",
    color=style.DARK_GREY,
    transform=density.get_xaxis_transform(),
  )

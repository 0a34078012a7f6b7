"""Figures of calibration: a hyperparameter, or the logit bias, by number of classes."""

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from noisy_jax.analysis.figures import style

if TYPE_CHECKING:
  from matplotlib.figure import Figure


def hyperparameter_by_classes(
  values: np.ndarray,
  curves: Mapping[int, np.ndarray],
  roots: Mapping[int, float],
  target: float,
  *,
  loss: str,
  symbol: str,
) -> "Figure":
  """Average error against a hyperparameter, and the values with equal average errors.

  Args:
    values: grid of the hyperparameter, ascending, [n].
    curves: number of classes to |<delta_k>(0)| on the grid; up to four look different.
    roots: number of classes to the value at which its curve meets the target.
    target: average error of the fewest classes.
    loss: name of the loss.
    symbol: symbol of the hyperparameter, such as "q".

  Returns:
    A matplotlib figure.
  """
  with style.context():
    from matplotlib.ticker import StrMethodFormatter

    figure = style.new_figure(style.WIDTH, 3.2)
    axes = figure.subplots()
    axes.set_yscale("log")
    axes.axhline(target, color=style.DARK_GREY, linestyle=":", label="target")
    axes.annotate(
      f"target {target:.2g}, kept from {style.count(min(curves))}",
      (values[0], target),
      xytext=(0, 4),
      textcoords="offset points",
      color=style.DARK_GREY,
    )
    bottom = min(curve.min() for curve in curves.values())
    for (classes, curve), line in zip(
      curves.items(), itertools.cycle(style.BY_CLASSES), strict=False
    ):
      color = line["color"]
      axes.plot(values, curve, label=style.count(classes), **line)
      # Near the end, where curves are far apart.
      at = 4 * len(values) // 5
      axes.annotate(
        style.count(classes),
        (values[at], curve[at]),
        xytext=(4, 4),
        textcoords="offset points",
        color=color,
      )
      root = roots[classes]
      axes.plot([root, root], [bottom, target], color=color, linewidth=0.8)
      axes.plot([root], [target], color=color, marker="o", clip_on=False)
      axes.annotate(
        f"${symbol}$ = {root:.2g}",
        (root, bottom),
        xytext=(-3, 4),
        textcoords="offset points",
        ha="right",
        color=color,
      )
    axes.set_ylim(bottom)
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.set_xlabel(f"hyperparameter ${symbol}$ of {loss}")
    axes.set_ylabel(r"average error $|\langle\delta_k\rangle|$ at $z_k$ = 0")
    axes.spines["right"].set_visible(False)
  return figure


def logit_bias_by_classes(
  biases: Mapping[int, float], *, loss: str = "MAE", reference_classes: int = 10
) -> "Figure":
  """The logit bias against the number of classes, beside ln((K - 1) / (R - 1)).

  Args:
    biases: number of classes to eps.
    loss: name of the loss.
    reference_classes: R, up to which the loss needs no bias.

  Returns:
    A matplotlib figure.
  """
  classes = sorted(biases)
  values = [biases[count] for count in classes]
  with style.context():
    figure = style.new_figure(style.WIDTH, 3.2)
    axes = figure.subplots()
    axes.set_xscale("log")
    k = np.geomspace(reference_classes, classes[-1], 200)
    formula = rf"$\ln((K - 1) / {reference_classes - 1})$"
    axes.plot(
      k,
      np.log((k - 1) / (reference_classes - 1)),
      color=style.ORANGE,
      linestyle="--",
      label=formula,
    )
    axes.plot(
      classes,
      values,
      color=style.BLUE,
      linestyle="",
      marker="o",
      markersize=4.5,
      clip_on=False,
      zorder=3,
      label=rf"$\epsilon$ of {loss}, calculated",
    )
    axes.annotate(
      f"no bias needed\nup to {style.count(reference_classes)}",
      (classes[0], 0),
      xytext=(-3, 7),
      textcoords="offset points",
      color=style.DARK_GREY,
    )
    powers = [count for count in classes if np.log10(count) % 1 == 0]
    for count in powers:
      if count > reference_classes:
        axes.annotate(
          f"{biases[count]:.2f}",
          (count, biases[count]),
          xytext=(-6, 4),
          textcoords="offset points",
          ha="right",
          color=style.BLUE,
        )
    ticks = sorted({classes[0], *powers})
    axes.set_xticks(ticks, [f"{count:,}" for count in ticks])
    axes.set_xlim(classes[0] / 1.4, classes[-1] * 1.1)
    axes.set_ylim(0, 1.1 * max(values))
    axes.set_xlabel("number of classes $K$")
    axes.set_ylabel(r"logit bias $\epsilon$")
    axes.spines["right"].set_visible(False)
    axes.legend(loc="upper left")
  return figure

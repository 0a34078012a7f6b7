"""What follows from the number of classes: a hyperparameter, or the logit bias."""

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
  chosen: Mapping[int, float],
  target: float,
  *,
  loss: str,
  symbol: str,
) -> "Figure":
  """How a hyperparameter is chosen so that all numbers of classes have one average error.

  Args:
    values: grid of the hyperparameter, ascending, [n].
    curves: number of classes -> |<delta_k>(0)| on that grid; up to four are told apart.
    chosen: number of classes -> the value at which its curve meets the target.
    target: the average error that all are to have, that of the fewest classes.
    loss: name of the loss.
    symbol: of the hyperparameter, such as "q".

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
      # Towards the end, where curves have fanned out.
      at = 4 * len(values) // 5
      axes.annotate(
        style.count(classes),
        (values[at], curve[at]),
        xytext=(4, 4),
        textcoords="offset points",
        color=color,
      )
      root = chosen[classes]
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
    biases: number of classes -> eps.
    loss: name of the loss that has them.
    reference_classes: R, up to which no bias is needed.

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
